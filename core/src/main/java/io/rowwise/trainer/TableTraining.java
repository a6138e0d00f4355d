package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One training of a {@link SoftmaxTrainer} on a table: from cells to samples. */
final class TableTraining {
  /** As many as an encoding makes dense rows of at once, so that the same cell is the first. */
  private static final int ROWS_AT_ONCE = 64;

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
  private final double totalWeight;

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
    // Here, while rows are in the order in which somebody would look for one.
    table.labels(classNames);
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
    this.totalWeight = totalWeight("fit", rows);
    validation.ifPresent(kept -> totalWeight("fit: validation", kept));
    this.train = trainer.solver().dependsOnRowOrder() ? inRandomOrder(rows) : rows;
    this.standardization = standardization(rows);
  }

  private Standardization standardization(LabelledTable rows) {
    if (settings.standardize) {
      try {
        return Standardization.of(encoding, rows.features());
      } catch (CellException e) {
        throw inOrder(e);
      }
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
    try (PreparedRows rows = prepared(train);
        Samples samples = rows.samples();
        PreparedRows aside = validation.isPresent() ? prepared(validation.get()) : null;
        Samples kept = aside == null ? null : aside.samples()) {
      return new PreparedTraining(
              trainer,
              new PreparedTraining.Data(
                  encoding,
                  table.labelName(),
                  classNames,
                  Optional.ofNullable(standardization),
                  samples,
                  totalWeight,
                  Optional.ofNullable(kept)))
          .fit(listener);
    }
  }

  private PreparedRows prepared(LabelledTable rows) {
    try {
      return new PreparedRows(backend, settings.type, rows, classNames, encoding, standardization);
    } catch (CellException e) {
      throw inOrder(e);
    }
  }

  /** What is wrong with the table's first such cell: rows may have been shuffled or left out. */
  private CellException inOrder(CellException wrong) {
    try {
      for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
        int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
        encoding.encodeSparse(table.features(), from, to);
      }
    } catch (CellException first) {
      return first;
    }
    return wrong;
  }
}
