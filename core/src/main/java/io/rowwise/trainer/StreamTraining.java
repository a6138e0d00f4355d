package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledStream;
import io.rowwise.dataset.TableEncoding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import java.util.function.IntToDoubleFunction;

/**
 * One training of a {@link SoftmaxTrainer} on rows that do not fit into memory: they are read to be
 * known, and once more to be written as numbers into a file, which the solver reads.
 */
final class StreamTraining {
  private final SoftmaxTrainer trainer;
  private final SoftmaxTrainer.Settings settings;
  private final Backend backend;
  private final DiskSpace space;
  private final ProgressListener listener;

  StreamTraining(
      SoftmaxTrainer trainer, Backend backend, DiskSpace space, ProgressListener listener) {
    this.trainer = trainer;
    this.settings = trainer.settings();
    this.backend = backend;
    this.space = space;
    this.listener = listener;
  }

  Fit fit(LabelledStream rows) throws IOException {
    Optional<TableEncoding> known = TrainingPlan.knownEncoding(settings);
    List<String> knownClasses = settings.start.map(model -> model.card().classNames()).orElse(null);
    Survey survey = survey(rows, knownClasses, known.isEmpty());
    LabelledRows apart = settings.validationRows.orElse(null);
    Survey ofApart = apart == null ? null : surveyApart(apart, survey.classNames());
    TrainingPlan plan = new TrainingPlan(trainer, survey, Optional.ofNullable(ofApart));
    RowPlaces places = new RowPlaces(plan, survey.rows());
    Standardization standardization =
        settings.standardize
            ? standardization(rows, plan.encoding(), survey, places)
            : plan.divisionOrNull();
    IntToDoubleFunction weight = plan.hasWeights() ? plan::weight : null;
    try (CopiedRows copied = copy(rows, plan, survey, places, standardization, weight);
        CopiedRows copiedApart =
            apart == null ? null : copyApart(apart, plan, ofApart, standardization);
        Samples samples = copied.trained();
        Samples validation = apart == null ? copied.heldOut() : copiedApart.trained()) {
      return plan.fit(rows.labelName(), standardization, samples, validation, listener);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Survey survey(LabelledRows rows, List<String> knownClasses, boolean isEncodingWanted)
      throws IOException {
    return new Survey(
        rows,
        knownClasses,
        () -> isEncodingWanted ? settings.newEncoding() : null,
        telling(Preparation.READING));
  }

  private Survey surveyApart(LabelledRows rows, List<String> classNames) throws IOException {
    try {
      return survey(rows, classNames, false);
    } catch (CellException e) {
      throw e.ofValidation();
    }
  }

  private DoubleConsumer telling(Preparation step) {
    return fraction -> listener.onPreparation(step, fraction);
  }

  private Standardization standardization(
      LabelledRows rows, TableEncoding encoding, Survey survey, RowPlaces places)
      throws IOException {
    FeatureSums sums = new FeatureSums(encoding.features());
    DoubleConsumer progress = telling(Preparation.STANDARDIZING);
    if (isSparse(encoding, survey)) {
      EncodedRows.readSparse(
          rows,
          encoding,
          places.rows(),
          progress,
          (first, sparse) -> {
            for (int i = 0; i < sparse.rows(); i++) {
              if (!places.isHeldOut(first + i)) {
                sums.add(sparse.rows(i, i + 1));
              }
            }
          });
    } else {
      EncodedRows.read(
          rows,
          encoding,
          places.rows(),
          progress,
          (first, encoded, count) -> {
            for (int i = 0; i < count; i++) {
              if (!places.isHeldOut(first + i)) {
                sums.add(encoded, i, 1);
              }
            }
          });
    }
    return Standardization.of(sums);
  }

  private static boolean isSparse(TableEncoding encoding, Survey survey) {
    return encoding.isSparse(survey.nonZeros(), survey.rows());
  }

  /**
   * Without the zeros where that is done in memory, too.
   *
   * @param weight how much a row counts that is trained on; null if all count once
   */
  private CopiedRows copy(
      LabelledRows rows,
      TrainingPlan plan,
      Survey survey,
      RowPlaces places,
      Standardization standardization,
      IntToDoubleFunction weight)
      throws IOException {
    CopiedRows.Request request =
        new CopiedRows.Request(
            backend,
            settings.type,
            space,
            rows,
            plan.classNames().size(),
            plan.encoding(),
            standardization,
            places,
            row -> survey.labels()[row],
            weight,
            weights(survey),
            telling(Preparation.COPYING),
            telling(Preparation.ORDERING));
    return isSparse(plan.encoding(), survey)
        ? new SparseCopy(request, survey.nonZeros())
        : new DenseCopy(request);
  }

  private CopiedRows copyApart(
      LabelledRows rows, TrainingPlan plan, Survey survey, Standardization standardization)
      throws IOException {
    try {
      RowPlaces places = new RowPlaces(survey.rows());
      return copy(rows, plan, survey, places, standardization, weights(survey));
    } catch (CellException e) {
      throw e.ofValidation();
    }
  }

  private static IntToDoubleFunction weights(Survey survey) {
    return survey.weights() == null ? null : row -> survey.weights()[row];
  }
}
