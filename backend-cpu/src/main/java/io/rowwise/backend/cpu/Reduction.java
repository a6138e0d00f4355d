package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/** Reductions of rows and columns. */
final class Reduction {
  /** What becomes of one row. */
  interface Row {
    double of(double[] values, int from, int to);
  }

  private Reduction() {}

  static double max(double[] values, int from, int to) {
    double largest = values[from];
    for (int i = from + 1; i < to; i++) {
      largest = Math.max(largest, values[i]);
    }
    return largest;
  }

  static double argMax(double[] values, int from, int to) {
    int best = from;
    for (int i = from + 1; i < to && !Double.isNaN(values[best]); i++) {
      if (values[i] > values[best] || Double.isNaN(values[i])) {
        best = i;
      }
    }
    return best - from;
  }

  static void rows(Row reduction, Matrix x, Matrix out) {
    int columns = x.columns();
    int blockRows = Tile.rows(x.rows(), columns);
    double[] values = new double[blockRows * columns];
    double[] results = new double[blockRows];
    for (int first = 0; first < x.rows(); first += blockRows) {
      int rows = Math.min(blockRows, x.rows() - first);
      CpuStorage.loadRows(x, first, rows, values);
      for (int row = 0; row < rows; row++) {
        results[row] = reduction.of(values, row * columns, (row + 1) * columns);
      }
      CpuStorage.storeRows(results, out, first, rows);
    }
  }

  /** Adds up tiles of rows, then the tiles: two levels keep the error of long columns small. */
  static void columns(Matrix x, Matrix out) {
    int columns = x.columns();
    int blockRows = Tile.rows(x.rows(), columns);
    double[] values = new double[blockRows * columns];
    double[] partial = new double[columns];
    double[] total = new double[columns];
    for (int first = 0; first < x.rows(); first += blockRows) {
      int rows = Math.min(blockRows, x.rows() - first);
      CpuStorage.loadRows(x, first, rows, values);
      for (int column = 0; column < columns; column++) {
        partial[column] = 0;
      }
      for (int row = 0; row < rows; row++) {
        int start = row * columns;
        for (int column = 0; column < columns; column++) {
          partial[column] += values[start + column];
        }
      }
      for (int column = 0; column < columns; column++) {
        total[column] += partial[column];
      }
    }
    CpuStorage.storeRows(total, out, 0, 1);
  }
}
