package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/**
 * Sums of columns: first of a few rows, then of a range of them, then of all ranges. Three levels
 * keep the error of long columns small. What the ranges are depends on the shape alone.
 */
final class ColumnSums {
  private static final int MOST_PARTS = 64;
  private static final int MOST_SUMS = Integer.MAX_VALUE - 8;
  // Their sums stay in the first-level cache, and are not so few that reading only them from each
  // row would be slow.
  private static final int COLUMNS_OF_A_PART = 1024;
  // So many rows are added up in the matrix's type.
  private static final int ROWS_OF_A_PARTIAL_SUM = 16;

  /** What adds up a range of rows and columns. */
  private interface Sum {
    void of(int firstRow, int rows, int firstColumn, int columns, double[] total);
  }

  private final Tiles tiles;
  private final int caller;
  private final ScratchPool pool;

  /**
   * @param workers of the tiles
   * @param pool of the tiles
   */
  ColumnSums(Tiles tiles, int workers, ScratchPool pool) {
    this.tiles = tiles;
    this.caller = workers;
    this.pool = pool;
  }

  void compute(Matrix x, Matrix out) {
    NativeElements<?> outside = elements(x).outsideTheHeap(x);
    int columns = x.columns();
    boolean onTheHeap = outside == null || columns < Reduction.LONG_ROW;
    int partColumns = onTheHeap ? Math.max(1, columns) : Math.min(columns, COLUMNS_OF_A_PART);
    int strips = Workers.parts(columns, partColumns);
    // Their sums are in one array.
    int mostRanges =
        Math.max(1, Math.min(MOST_PARTS / Math.max(1, strips), MOST_SUMS / Math.max(1, columns)));
    int partRows =
        Math.max(
            Math.max(1, Tiles.ELEMENTS_OF_A_PART / partColumns),
            Workers.parts(x.rows(), mostRanges));
    int ranges = Workers.parts(x.rows(), partRows);
    // Not of a worker, who would have to give it back too soon.
    Scratch own = pool.take(caller);
    try {
      double[] totals = own.doubles(ranges * columns);
      tiles.shareParts(
          ranges * strips,
          (double) x.rows()
              * columns
              * (onTheHeap ? Reduction.AN_ELEMENT : Reduction.AN_ELEMENT_OUTSIDE),
          scratch -> {
            Sum sum = onTheHeap ? onTheHeap(x, scratch) : outsideTheHeap(outside, x, scratch);
            double[] total = scratch.doubles(partColumns);
            return part -> {
              int firstRow = part / strips * partRows;
              int firstColumn = part % strips * partColumns;
              int length = Math.min(partColumns, columns - firstColumn);
              Arrays.fill(total, 0, length, 0);
              sum.of(firstRow, Math.min(partRows, x.rows() - firstRow), firstColumn, length, total);
              System.arraycopy(total, 0, totals, part / strips * columns + firstColumn, length);
            };
          });
      double[] total = own.doubles(columns);
      Arrays.fill(total, 0, columns, 0);
      for (int range = 0; range < ranges; range++) {
        add(totals, range * columns, total, columns);
      }
      CpuStorage.storeRows(total, out, 0, 1);
    } finally {
      pool.giveBack(caller, own);
    }
  }

  private static Elements<?> elements(Matrix x) {
    return switch (x.type()) {
      case FLOAT32 -> Elements.FLOATS;
      case FLOAT64 -> Elements.DOUBLES;
    };
  }

  private static Sum onTheHeap(Matrix x, Scratch scratch) {
    int tileRows = Tiles.rows(x.rows(), x.columns());
    double[] values = scratch.doubles(tileRows * x.columns());
    double[] partial = scratch.doubles(x.columns());
    return (firstRow, rows, firstColumn, columns, total) -> {
      for (int done = 0; done < rows; done += tileRows) {
        int some = Math.min(tileRows, rows - done);
        CpuStorage.loadRows(x, firstRow + done, some, values);
        Arrays.fill(partial, 0, columns, 0);
        for (int row = 0; row < some; row++) {
          add(values, row * columns, partial, columns);
        }
        add(partial, 0, total, columns);
      }
    };
  }

  private static Sum outsideTheHeap(NativeElements<?> elements, Matrix x, Scratch scratch) {
    long[] partial = elements.bits(scratch, COLUMNS_OF_A_PART);
    return (firstRow, rows, firstColumn, columns, total) -> {
      long offset = (long) firstColumn * x.type().bytes();
      int bits = Workers.parts(columns * x.type().bytes(), Long.BYTES);
      for (int done = 0; done < rows; done += ROWS_OF_A_PARTIAL_SUM) {
        int some = Math.min(ROWS_OF_A_PARTIAL_SUM, rows - done);
        Arrays.fill(partial, 0, bits, 0);
        for (int row = 0; row < some; row += NativeElements.ROWS) {
          elements.addRows(
              CpuStorage.before(x, firstRow + done + row) + offset,
              x.leadingDimension(),
              Math.min(NativeElements.ROWS, some - row),
              partial,
              columns);
        }
        elements.addTo(total, partial, columns);
      }
    };
  }

  private static void add(double[] values, int from, double[] total, int count) {
    for (int i = 0; i < count; i++) {
      total[i] += values[from + i];
    }
  }
}
