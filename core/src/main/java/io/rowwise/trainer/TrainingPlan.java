package io.rowwise.trainer;

import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a {@link SoftmaxTrainer} does with the rows that it is given, wherever they are: how they
 * are encoded, which of them are trained on and in which order, which are kept aside, and how much
 * each counts. It keeps up to 8 bytes a row where the order is not that of the rows.
 */
final class TrainingPlan {
  private final SoftmaxTrainer trainer;
  private final SoftmaxTrainer.Settings settings;
  private final Survey survey;
  private final TableEncoding encoding;
  private final double[] weightsOfClasses;
  private final int[] members;
  private final int[] order;
  private final int[] heldOut;
  private final double totalWeight;

  /**
   * Checks that there is what the trainer asks for.
   *
   * @param survey of the rows
   * @param validation of rows to validate with that are apart
   * @throws IllegalArgumentException if there is not
   */
  TrainingPlan(SoftmaxTrainer trainer, Survey survey, Optional<Survey> validation) {
    this.trainer = trainer;
    this.settings = trainer.settings();
    this.survey = survey;
    if (survey.rows() == 0) {
      throw new IllegalArgumentException("fit: the table has no rows, wanted at least one");
    }
    this.encoding = knownEncoding(settings).orElseGet(survey::encoding);
    if (settings.validationFraction.isPresent()) {
      int[] shuffled = new NumpyRandom(settings.seed).permutation(survey.rows());
      int count =
          LabelledTable.Split.trainRows(
              survey.rows(), 1 - settings.validationFraction.getAsDouble());
      this.members = Arrays.copyOf(shuffled, count);
      this.heldOut = Arrays.copyOfRange(shuffled, count, shuffled.length);
    } else {
      this.members = null;
      this.heldOut = null;
    }
    requireValidation(validation);
    this.weightsOfClasses = weightsOfClasses();
    this.totalWeight = requireWeight("fit", members().mapToDouble(this::weight).sum());
    if (heldOut != null) {
      requireWeight("fit: validation", Arrays.stream(heldOut).mapToDouble(this::ownWeight).sum());
    }
    if (validation.isPresent() && validation.get().weights() != null) {
      requireWeight("fit: validation", Arrays.stream(validation.get().weights()).sum());
    }
    this.order = trainer.solver().dependsOnRowOrder() ? randomOrder() : members;
  }

  /** That of the model that is started from, if there is one. */
  static Optional<TableEncoding> knownEncoding(SoftmaxTrainer.Settings settings) {
    return settings.start.flatMap(model -> model.card().encoding());
  }

  private void requireValidation(Optional<Survey> apart) {
    boolean isThere = heldOut != null || apart.isPresent();
    settings.patience.ifPresent(rows -> requireValidation(isThere, "a patience of " + rows));
    settings.coverage.ifPresent(share -> requireValidation(isThere, "a coverage of " + share));
    requireValidation(isThere || !settings.calibrate, "a calibration");
    if (apart.isPresent() && apart.get().rows() == 0) {
      throw new IllegalArgumentException(
          "fit: the table to validate with has no rows, wanted at least one");
    }
  }

  private static void requireValidation(boolean isThere, String what) {
    if (!isThere) {
      throw new IllegalArgumentException(
          "fit: %s is asked for, but there are no rows to validate with; give validation(...), too"
              .formatted(what));
    }
  }

  private double[] weightsOfClasses() {
    if (settings.classWeights.areNone()) {
      return null;
    }
    long[] counts = new long[classNames().size()];
    members().forEach(row -> counts[survey.labels()[row]]++);
    return settings.classWeights.of(classNames(), counts);
  }

  private static double requireWeight(String what, double total) {
    if (!(total > 0)) {
      throw new IllegalArgumentException(
          what + ": the weights of all rows add up to " + total + ", wanted more than 0");
    }
    return total;
  }

  /** Without rows of weight 0: a batch of nothing else has no mean. */
  private int[] randomOrder() {
    int count = members == null ? survey.rows() : members.length;
    IntStream places = Arrays.stream(new NumpyRandom(settings.seed).permutation(count));
    IntStream rows = members == null ? places : places.map(place -> members[place]);
    return rows.filter(row -> weight(row) > 0).toArray();
  }

  private IntStream members() {
    return members == null ? IntStream.range(0, survey.rows()) : Arrays.stream(members);
  }

  /** How columns become features. */
  TableEncoding encoding() {
    return encoding;
  }

  /** The names of the classes. */
  List<String> classNames() {
    return survey.classNames();
  }

  /** The rows that are no validation, some of which may weigh 0; null for all, as they are. */
  int[] membersOrNull() {
    return members;
  }

  /** The rows to train on, in their order; null for all, as they are. */
  int[] orderOrNull() {
    return order;
  }

  /** The rows kept aside of those that were given; null if there are none. */
  int[] heldOutOrNull() {
    return heldOut;
  }

  /** Whether rows to train on count by weight. */
  boolean hasWeights() {
    return weightsOfClasses != null || survey.weights() != null;
  }

  /** How much a row that is trained on counts. */
  double weight(int row) {
    return weightsOfClasses == null
        ? ownWeight(row)
        : weightsOfClasses[survey.labels()[row]] * ownWeight(row);
  }

  /** How much a row counts without regard of its class. */
  private double ownWeight(int row) {
    return survey.weights() == null ? 1 : survey.weights()[row];
  }

  /** What features are, apart from {@link SoftmaxTrainer#standardize}; null if they stay so. */
  Standardization divisionOrNull() {
    return settings.divisor == 1
        ? null
        : Standardization.dividing(encoding.features(), settings.divisor);
  }

  /**
   * Trains on samples that were prepared by this plan.
   *
   * @param standardization null if features stay as they are
   * @param validation null if there is none
   */
  Fit fit(
      String labelName,
      Standardization standardization,
      Samples samples,
      Samples validation,
      ProgressListener listener) {
    return new PreparedTraining(
            trainer,
            new PreparedTraining.Data(
                encoding,
                labelName,
                classNames(),
                Optional.ofNullable(standardization),
                samples,
                totalWeight,
                Optional.ofNullable(validation)))
        .fit(listener);
  }
}
