package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/** Reductions of rows. */
final class Reduction {
  // Nanoseconds in one thread, roughly.
  static final double AN_ELEMENT = 0.7;
  static final double AN_ELEMENT_OUTSIDE = 0.2;
  // Of fewer elements, a call outside the heap takes longer than what it saves.
  static final int LONG_ROW = 64;

  /** What becomes of one row on the heap. */
  private interface HeapRow {
    double of(double[] values, int from, int to);
  }

  /** What becomes of one row outside the heap. */
  private interface NativeRow {
    <A> double of(NativeElements<A> elements, long x, int count, long[] bits, A few);
  }

  private final Tiles tiles;

  Reduction(Tiles tiles) {
    this.tiles = tiles;
  }

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

  void max(Matrix x, Matrix out) {
    rows(Reduction::max, NativeElements::max, x, out);
  }

  void sum(Matrix x, Matrix out) {
    rows(Sums::sum, NativeElements::sum, x, out);
  }

  void argMax(Matrix x, Matrix out) {
    rows(Reduction::argMax, NativeElements::argMax, x, out);
  }

  private void rows(HeapRow onTheHeap, NativeRow outsideTheHeap, Matrix x, Matrix out) {
    switch (x.type()) {
      case FLOAT32 -> rows(Elements.FLOATS, onTheHeap, outsideTheHeap, x, out);
      case FLOAT64 -> rows(Elements.DOUBLES, onTheHeap, outsideTheHeap, x, out);
    }
  }

  private <A> void rows(
      Elements<A> elements, HeapRow onTheHeap, NativeRow outsideTheHeap, Matrix x, Matrix out) {
    NativeElements<A> outside = elements.outsideTheHeap(x);
    if (outside == null || x.columns() < LONG_ROW) {
      onTheHeap(onTheHeap, x, out);
    } else {
      outsideTheHeap(elements, outside, outsideTheHeap, x, out);
    }
  }

  private void onTheHeap(HeapRow reduction, Matrix x, Matrix out) {
    int columns = x.columns();
    int tileRows = Tiles.rows(x.rows(), columns);
    tiles.share(
        x.rows(),
        columns,
        tileRows,
        AN_ELEMENT,
        scratch -> {
          double[] values = scratch.doubles(tileRows * columns);
          double[] results = scratch.doubles(tileRows);
          return (first, rows) -> {
            CpuStorage.loadRows(x, first, rows, values);
            for (int row = 0; row < rows; row++) {
              results[row] = reduction.of(values, row * columns, (row + 1) * columns);
            }
            CpuStorage.storeRows(results, out, first, rows);
          };
        });
  }

  private <A> void outsideTheHeap(
      Elements<A> elements, NativeElements<A> outside, NativeRow reduction, Matrix x, Matrix out) {
    int columns = x.columns();
    int tileRows = Tiles.rows(x.rows(), columns);
    tiles.share(
        x.rows(),
        columns,
        tileRows,
        AN_ELEMENT_OUTSIDE,
        scratch -> {
          long[] bits = outside.bits(scratch, NativeElements.BLOCK / 4);
          A few = elements.array(scratch, NativeElements.BLOCK / 16);
          double[] results = scratch.doubles(tileRows);
          return (first, rows) -> {
            for (int row = 0; row < rows; row++) {
              long place = CpuStorage.before(x, first + row);
              results[row] = reduction.of(outside, place, columns, bits, few);
            }
            CpuStorage.storeRows(results, out, first, rows);
          };
        });
  }
}
