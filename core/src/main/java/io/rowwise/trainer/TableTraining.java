package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** One training of a {@link SoftmaxTrainer} on a table in memory: from cells to samples. */
final class TableTraining {
  /** As many as an encoding makes dense rows of at once, so that the same cell is the first. */
  private static final int ROWS_AT_ONCE = 64;

  private final SoftmaxTrainer.Settings settings;
  private final Backend backend;
  private final LabelledTable table;
  private final LabelledTable train;
  private final LabelledTable validation;
  private final TrainingPlan plan;
  private final Standardization standardization;

  TableTraining(SoftmaxTrainer trainer, Backend backend, LabelledTable table) {
    this.settings = trainer.settings();
    this.backend = backend;
    this.table = table;
    Optional<LabelledTable> apart = settings.validationRows.map(TableTraining::requireTable);
    boolean isEncoded = TrainingPlan.knownEncoding(settings).isPresent();
    Survey survey =
        survey(
            table,
            settings.start.map(model -> model.card().classNames()).orElse(table.classNames()),
            isEncoded ? null : settings.newEncoding());
    this.plan =
        new TrainingPlan(
            trainer, survey, apart.map(rows -> surveyApart(rows, survey.classNames())));
    this.standardization = standardization();
    this.train = trainedOn(plan.orderOrNull());
    this.validation = plan.heldOutOrNull() == null ? apart.orElse(null) : of(plan.heldOutOrNull());
  }

  private static LabelledTable requireTable(LabelledRows rows) {
    if (!(rows instanceof LabelledTable given)) {
      throw new IllegalArgumentException(
          "fit: the rows to validate with are read from a file, wanted a table, as that of the rows"
              + " to train on");
    }
    return given;
  }

  private static Survey surveyApart(LabelledTable rows, List<String> classNames) {
    try {
      return survey(rows, classNames, null);
    } catch (CellException e) {
      throw e.ofValidation();
    }
  }

  private static Survey survey(
      LabelledTable rows, List<String> classNames, TableEncoding.Builder encoding) {
    try {
      return new Survey(rows, classNames, () -> encoding, fraction -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Standardization standardization() {
    if (!settings.standardize) {
      return plan.divisionOrNull();
    }
    try {
      return Standardization.of(plan.encoding(), of(plan.membersOrNull()).features());
    } catch (CellException e) {
      throw inOrder(e);
    }
  }

  private LabelledTable of(int[] rowsOrNull) {
    return rowsOrNull == null ? table : table.rows(rowsOrNull);
  }

  private LabelledTable trainedOn(int[] order) {
    LabelledTable rows = of(order);
    if (!plan.hasWeights()) {
      return rows;
    }
    double[] weights = new double[rows.rows()];
    Arrays.setAll(weights, place -> plan.weight(order == null ? place : order[place]));
    return rows.weights(weights);
  }

  Fit fit(ProgressListener listener) {
    try (PreparedRows rows = prepared(train);
        Samples samples = rows.samples();
        PreparedRows aside = validation == null ? null : prepared(validation);
        Samples kept = aside == null ? null : aside.samples()) {
      return plan.fit(table.labelName(), standardization, samples, kept, listener);
    }
  }

  private PreparedRows prepared(LabelledTable rows) {
    try {
      return new PreparedRows(
          backend, settings.type, rows, plan.classNames(), plan.encoding(), standardization);
    } catch (CellException e) {
      boolean isApart = rows == validation && plan.heldOutOrNull() == null;
      throw isApart ? e.ofValidation() : inOrder(e);
    }
  }

  /** What is wrong with the table's first such cell: rows may have been shuffled or left out. */
  private CellException inOrder(CellException wrong) {
    try {
      for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
        int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
        plan.encoding().encodeSparse(table.features(), from, to);
      }
    } catch (CellException first) {
      return first;
    }
    return wrong;
  }
}
