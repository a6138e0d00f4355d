package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.kernel.SparseRows;
import io.rowwise.kernel.Targets;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of a table, encoded and standardised, with their classes and weights on a backend. The
 * features are on it too, unless most of them are 0.
 */
final class PreparedRows implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 1024;

  private final Backend backend;
  private final ElementType type;
  private final int classes;
  private final Standardization standardization;
  private final SparseRows sparse;
  private final Matrix x;
  private final Matrix labels;
  private final Matrix weights;

  /**
   * Writes them.
   *
   * @param standardization null if features stay as they are
   */
  PreparedRows(
      Backend backend,
      ElementType type,
      LabelledTable table,
      List<String> classNames,
      TableEncoding encoding,
      Standardization standardization) {
    this.backend = backend;
    this.type = type;
    this.classes = classNames.size();
    this.standardization = standardization;
    boolean isSparse = encoding.isSparse(table.features());
    this.sparse = isSparse ? encoding.encodeSparse(table.features(), 0, table.rows()) : null;
    double[] numbers = Arrays.stream(table.labels(classNames)).asDoubleStream().toArray();
    Matrix weightsOrNone = null;
    Matrix labelsOrNone = null;
    Matrix xOrNone = null;
    boolean isWhole = false;
    try {
      if (!isSparse) {
        xOrNone = backend.matrix(type, table.rows(), encoding.features());
        write(encoding, table, standardization, xOrNone);
      }
      labelsOrNone = backend.matrix(type, table.rows(), 1, numbers);
      if (table.weights().isPresent()) {
        weightsOrNone = backend.matrix(type, table.rows(), 1, table.weights().get());
      }
      isWhole = true;
    } finally {
      this.x = xOrNone;
      this.labels = labelsOrNone;
      this.weights = weightsOrNone;
      if (!isWhole) {
        close();
      }
    }
  }

  private static void write(
      TableEncoding encoding, LabelledTable table, Standardization standardization, Matrix x) {
    int n = encoding.features();
    for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
      int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
      double[] rows = new double[(to - from) * n];
      encoding.encode(table.features(), from, to, rows);
      if (standardization != null) {
        standardization.apply(rows, to - from);
      }
      x.rows(from, to).write(rows);
    }
  }

  /** The class of each row, and its weight if there are any. */
  private Targets targets() {
    Targets targets = Targets.ofClasses(labels);
    return weights == null ? targets : targets.weights(weights);
  }

  /** All of it, for an objective; to be closed before this is. */
  Samples samples() {
    return sparse == null
        ? Samples.of(backend, x, targets(), classes)
        : new SparseSamples(
            backend, type, SparseSource.of(sparse), targets(), classes, standardization);
  }

  @Override
  public void close() {
    for (Matrix matrix : new Matrix[] {x, labels, weights}) {
      if (matrix != null) {
        matrix.close();
      }
    }
  }
}
