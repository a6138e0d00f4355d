package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** Reductions of rows and columns. */
final class Reduction {
  // Nanoseconds in one thread, roughly.
  private static final double AN_ELEMENT = 0.7;
  private static final int TILES_OF_A_PART = 16;
  private static final int MOST_PARTS = 64;

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

  static void rows(Workers workers, Row reduction, Matrix x, Matrix out) {
    int columns = x.columns();
    int tileRows = Tiles.rows(x.rows(), columns);
    Tiles.share(
        workers,
        x.rows(),
        columns,
        AN_ELEMENT,
        () -> {
          double[] values = new double[tileRows * columns];
          double[] results = new double[tileRows];
          return (first, rows) -> {
            CpuStorage.loadRows(x, first, rows, values);
            for (int row = 0; row < rows; row++) {
              results[row] = reduction.of(values, row * columns, (row + 1) * columns);
            }
            CpuStorage.storeRows(results, out, first, rows);
          };
        });
  }

  /**
   * Adds up tiles of rows, then the tiles of a part, then the parts: three levels keep the error of
   * long columns small. What the parts are depends on the shape alone.
   */
  static void columns(Workers workers, Matrix x, Matrix out) {
    int columns = x.columns();
    int tileRows = Tiles.rows(x.rows(), columns);
    int partTiles = Math.max(TILES_OF_A_PART, Workers.parts(x.rows(), tileRows * MOST_PARTS));
    int partRows = tileRows * partTiles;
    double[][] totals = new double[Workers.parts(x.rows(), partRows)][];
    workers.share(
        totals.length,
        (double) x.rows() * columns * AN_ELEMENT,
        (part, worker) -> {
          int end = (int) Math.min(x.rows(), (part + 1L) * partRows);
          totals[part] = sumColumns(x, part * partRows, end, tileRows);
        });
    double[] total = new double[columns];
    for (double[] each : totals) {
      add(each, total);
    }
    CpuStorage.storeRows(total, out, 0, 1);
  }

  private static double[] sumColumns(Matrix x, int from, int to, int tileRows) {
    int columns = x.columns();
    double[] values = new double[tileRows * columns];
    double[] partial = new double[columns];
    double[] total = new double[columns];
    for (int first = from; first < to; first += tileRows) {
      int rows = Math.min(tileRows, to - first);
      CpuStorage.loadRows(x, first, rows, values);
      Arrays.fill(partial, 0);
      for (int row = 0; row < rows; row++) {
        int start = row * columns;
        for (int column = 0; column < columns; column++) {
          partial[column] += values[start + column];
        }
      }
      add(partial, total);
    }
    return total;
  }

  private static void add(double[] values, double[] total) {
    for (int i = 0; i < total.length; i++) {
      total[i] += values[i];
    }
  }
}
