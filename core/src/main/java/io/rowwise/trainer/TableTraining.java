package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One training of a {@link SoftmaxTrainer} on a table: from cells to a model. */
final class TableTraining {
  private final SoftmaxTrainer trainer;
  private final SoftmaxTrainer.Settings settings;
  private final Backend backend;
  private final ProgressListener listener;
  private final LabelledTable table;
  private final LabelledTable train;
  private final Optional<LabelledTable> validation;
  private final TableEncoding encoding;
  private final List<String> classNames;
  private final Standardization standardization;
  private final double penalty;

  TableTraining(
      SoftmaxTrainer trainer, Backend backend, LabelledTable table, ProgressListener listener) {
    this.trainer = trainer;
    this.settings = trainer.settings();
    this.backend = backend;
    this.listener = listener;
    this.table = table;
    if (table.rows() == 0) {
      throw new IllegalArgumentException("fit: the table has no rows, wanted at least one");
    }
    this.encoding =
        settings
            .start
            .flatMap(model -> model.card().encoding())
            .orElseGet(
                () ->
                    TableEncoding.of(
                        table.features(), settings.missingValues, settings.unknownWords));
    this.classNames =
        settings.start.map(model -> model.card().classNames()).orElse(table.classNames());
    LabelledTable rows = table;
    Optional<LabelledTable> aside = settings.validationTable;
    if (settings.validationFraction.isPresent()) {
      LabelledTable.Split parts =
          table.shuffled(settings.seed).split(1 - settings.validationFraction.getAsDouble());
      rows = parts.train();
      aside = Optional.of(parts.validation());
    }
    this.validation = aside;
    requireValidation();
    rows = weighted(rows);
    double total = totalWeight("fit", rows);
    validation.ifPresent(kept -> totalWeight("fit: validation", kept));
    this.train = trainer.solver().dependsOnRowOrder() ? inRandomOrder(rows) : rows;
    this.standardization = standardization(rows);
    this.penalty = settings.penalty.orElse(1 / total);
  }

  private Standardization standardization(LabelledTable rows) {
    if (settings.standardize) {
      return Standardization.of(encoding, rows.features());
    }
    return settings.divisor == 1
        ? null
        : Standardization.dividing(encoding.features(), settings.divisor);
  }

  private void requireValidation() {
    settings.patience.ifPresent(patience -> requireValidation("a patience of " + patience));
    settings.coverage.ifPresent(coverage -> requireValidation("a coverage of " + coverage));
    if (settings.calibrate) {
      requireValidation("a calibration");
    }
    if (validation.isPresent() && validation.get().rows() == 0) {
      throw new IllegalArgumentException(
          "fit: the table to validate with has no rows, wanted at least one");
    }
  }

  private void requireValidation(String what) {
    if (validation.isEmpty()) {
      throw new IllegalArgumentException(
          "fit: %s is asked for, but there are no rows to validate with; give validation(...), too"
              .formatted(what));
    }
  }

  /** With the weights of classes in those of the rows. */
  private LabelledTable weighted(LabelledTable rows) {
    if (settings.classWeights.areNone()) {
      return rows;
    }
    int[] labels = rows.labels(classNames);
    double[] ofClass = settings.classWeights.of(classNames, labels);
    double[] weights = new double[labels.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = ofClass[labels[i]] * (rows.weights().isPresent() ? rows.weights().get()[i] : 1);
    }
    return rows.weights(weights);
  }

  private static double totalWeight(String what, LabelledTable rows) {
    double total = rows.weights().map(all -> Arrays.stream(all).sum()).orElse(1.0 * rows.rows());
    if (!(total > 0)) {
      throw new IllegalArgumentException(
          what + ": the weights of all rows add up to " + total + ", wanted more than 0");
    }
    return total;
  }

  /** Without rows of weight 0: a batch of nothing else has no mean. */
  private LabelledTable inRandomOrder(LabelledTable rows) {
    int[] order = new NumpyRandom(settings.seed).permutation(rows.rows());
    return rows.rows(
        rows.weights()
            .map(weights -> Arrays.stream(order).filter(row -> weights[row] > 0).toArray())
            .orElse(order));
  }

  Fit fit() {
    ElementType type = settings.type;
    try (PreparedRows rows = prepared(train);
        PreparedRows aside = validation.isPresent() ? prepared(validation.get()) : null;
        Matrix parameters =
            backend.matrix(type, encoding.features() + 1, classNames.size(), start())) {
      long begin = System.nanoTime();
      Optional<Validation> kept =
          Optional.ofNullable(aside).map(some -> new Validation(some.x(), some.targets()));
      Solution solution =
          trainer.minimize(backend, rows.x(), rows.targets(), penalty, kept, parameters, listener);
      double seconds = (System.nanoTime() - begin) * 1e-9;
      double[] found = parameters.toDoubles();
      SoftmaxModel model =
          kept.isPresent()
              ? withHeldOut(found, card(solution), kept.get(), parameters)
              : model(found, card(solution));
      return new Fit(model, solution, penalty, seconds);
    }
  }

  private PreparedRows prepared(LabelledTable rows) {
    return new PreparedRows(backend, settings.type, rows, classNames, encoding, standardization);
  }

  private double[] start() {
    int features = encoding.features();
    int classes = classNames.size();
    double[] parameters = new double[Math.multiplyExact(features + 1, classes)];
    if (settings.start.isPresent()) {
      SoftmaxModel model = settings.start.get();
      if (model.features() != features || model.classes() != classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "fit: the start has %d features and %d classes, the table %d and %d",
                model.features(),
                model.classes(),
                features,
                classes));
      }
      double[] weights = model.weights();
      double[] bias = model.bias();
      if (standardization != null) {
        standardization.fold(weights, bias);
      }
      System.arraycopy(weights, 0, parameters, 0, weights.length);
      System.arraycopy(bias, 0, parameters, weights.length, classes);
    }
    return parameters;
  }

  private SoftmaxModel model(double[] parameters, ModelCard card) {
    int features = encoding.features();
    int classes = classNames.size();
    double[] weights = Arrays.copyOf(parameters, features * classes);
    double[] bias = Arrays.copyOfRange(parameters, features * classes, parameters.length);
    if (standardization != null) {
      standardization.unfold(weights, bias);
    }
    // The same for all classes changes no probability.
    double mean = Arrays.stream(bias).sum() / classes;
    for (int j = 0; j < classes; j++) {
      bias[j] -= mean;
    }
    return SoftmaxModel.of(settings.type, features, classes, weights, bias, card);
  }

  private ModelCard card(Solution solution) {
    ModelCard card =
        ModelCard.empty()
            .classNames(classNames)
            .label(table.labelName())
            .encoding(encoding)
            .device(backend.device().id())
            .fact("penalty", Double.toString(penalty))
            .fact("objective", Double.toString(solution.objective()))
            .fact("gradient_norm", Double.toString(solution.gradientNorm()))
            .fact("iterations", Integer.toString(solution.iterations()))
            .fact("stop_reason", solution.stopReason().toString())
            .fact("training_rows", Integer.toString(train.rows()));
    if (settings.l1 > 0) {
      card = card.fact("l1", Double.toString(settings.l1));
    }
    boolean isShuffled =
        settings.validationFraction.isPresent() || trainer.solver().dependsOnRowOrder();
    return isShuffled ? card.fact("row_order_seed", Long.toString(settings.seed)) : card;
  }

  /** With what the rows kept aside say of the model, and change about it. */
  private SoftmaxModel withHeldOut(
      double[] found, ModelCard card, Validation kept, Matrix parameters) {
    HeldOutLogits heldOut =
        settings.calibrate || settings.coverage.isPresent()
            ? new HeldOutLogits(backend, kept, parameters)
            : null;
    Temperature temperature = settings.calibrate ? heldOut.temperature() : null;
    ModelCard more = card.fact("validation_rows", Integer.toString(kept.x().rows()));
    if (settings.coverage.isPresent()) {
      Map<String, String> facts =
          heldOut
              .conformalThreshold(
                  settings.coverage.getAsDouble(), temperature == null ? 1 : temperature.value())
              .facts();
      for (Map.Entry<String, String> fact : facts.entrySet()) {
        more = more.fact(fact.getKey(), fact.getValue());
      }
    }
    if (temperature != null) {
      more = more.fact("validation_loss", Double.toString(temperature.lossAfter()));
      return temperature.applyTo(model(found, more));
    }
    try (ValidationLoss loss = new ValidationLoss(backend, kept)) {
      return model(found, more.fact("validation_loss", Double.toString(loss.at(parameters))));
    }
  }
}
