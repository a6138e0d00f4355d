package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** Reductions of rows and columns. */
final class Reduction {
  // Nanoseconds in one thread, roughly.
  private static final double AN_ELEMENT = 0.7;
  private static final double AN_ELEMENT_OUTSIDE = 0.2;
  private static final int TILES_OF_A_PART = 16;
  private static final int MOST_PARTS = 64;
  // Of fewer elements, a call outside the heap takes longer than what it saves.
  private static final int LONG_ROW = 64;
  // So many rows are added up in the matrix's type.
  private static final int ROWS_OF_A_PARTIAL_SUM = 16;

  /** What becomes of one row on the heap. */
  private interface HeapRow {
    double of(double[] values, int from, int to);
  }

  /** What becomes of one row outside the heap. */
  private interface NativeRow {
    <A> double of(NativeElements<A> elements, long x, int count, long[] bits, A few);
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

  static void max(Workers workers, Matrix x, Matrix out) {
    rows(workers, Reduction::max, NativeElements::max, x, out);
  }

  static void sum(Workers workers, Matrix x, Matrix out) {
    rows(workers, Sums::sum, NativeElements::sum, x, out);
  }

  static void argMax(Workers workers, Matrix x, Matrix out) {
    rows(workers, Reduction::argMax, NativeElements::argMax, x, out);
  }

  private static void rows(
      Workers workers, HeapRow onTheHeap, NativeRow outsideTheHeap, Matrix x, Matrix out) {
    switch (x.type()) {
      case FLOAT32 -> rows(workers, Elements.FLOATS, onTheHeap, outsideTheHeap, x, out);
      case FLOAT64 -> rows(workers, Elements.DOUBLES, onTheHeap, outsideTheHeap, x, out);
    }
  }

  private static <A> void rows(
      Workers workers,
      Elements<A> elements,
      HeapRow onTheHeap,
      NativeRow outsideTheHeap,
      Matrix x,
      Matrix out) {
    NativeElements<A> outside = elements.outsideTheHeap(x);
    if (outside == null || x.columns() < LONG_ROW) {
      onTheHeap(workers, onTheHeap, x, out);
    } else {
      outsideTheHeap(workers, elements, outside, outsideTheHeap, x, out);
    }
  }

  private static void onTheHeap(Workers workers, HeapRow reduction, Matrix x, Matrix out) {
    int columns = x.columns();
    int tileRows = Tiles.rows(x.rows(), columns);
    Tiles.share(
        workers,
        x.rows(),
        columns,
        tileRows,
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

  private static <A> void outsideTheHeap(
      Workers workers,
      Elements<A> elements,
      NativeElements<A> outside,
      NativeRow reduction,
      Matrix x,
      Matrix out) {
    int columns = x.columns();
    int tileRows = Tiles.rows(x.rows(), columns);
    Tiles.share(
        workers,
        x.rows(),
        columns,
        tileRows,
        AN_ELEMENT_OUTSIDE,
        () -> {
          long[] bits = outside.bits(NativeElements.BLOCK / 4);
          A few = elements.array(NativeElements.BLOCK / 16);
          double[] results = new double[tileRows];
          return (first, rows) -> {
            for (int row = 0; row < rows; row++) {
              long place = CpuStorage.before(x, first + row);
              results[row] = reduction.of(outside, place, columns, bits, few);
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
    NativeElements<?> outside = elements(x).outsideTheHeap(x);
    boolean onTheHeap = outside == null || columns < LONG_ROW || columns > NativeLoops.MOST;
    double[][] totals = new double[Workers.parts(x.rows(), partRows)][];
    workers.share(
        totals.length,
        (double) x.rows() * columns * (onTheHeap ? AN_ELEMENT : AN_ELEMENT_OUTSIDE),
        (part, worker) -> {
          int from = part * partRows;
          int end = (int) Math.min(x.rows(), (part + 1L) * partRows);
          totals[part] =
              onTheHeap ? sumColumns(x, from, end, tileRows) : sumColumns(outside, x, from, end);
        });
    double[] total = new double[columns];
    for (double[] each : totals) {
      add(each, total);
    }
    CpuStorage.storeRows(total, out, 0, 1);
  }

  private static Elements<?> elements(Matrix x) {
    return switch (x.type()) {
      case FLOAT32 -> Elements.FLOATS;
      case FLOAT64 -> Elements.DOUBLES;
    };
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

  private static double[] sumColumns(NativeElements<?> elements, Matrix x, int from, int to) {
    int columns = x.columns();
    long[] partial = elements.bits(columns);
    double[] total = new double[columns];
    for (int first = from; first < to; first += ROWS_OF_A_PARTIAL_SUM) {
      int end = Math.min(first + ROWS_OF_A_PARTIAL_SUM, to);
      Arrays.fill(partial, 0);
      for (int row = first; row < end; row += NativeElements.ROWS) {
        elements.addRows(
            CpuStorage.before(x, row),
            x.leadingDimension(),
            Math.min(NativeElements.ROWS, end - row),
            partial,
            columns);
      }
      elements.addTo(total, partial, columns);
    }
    return total;
  }

  private static void add(double[] values, double[] total) {
    for (int i = 0; i < total.length; i++) {
      total[i] += values[i];
    }
  }
}
