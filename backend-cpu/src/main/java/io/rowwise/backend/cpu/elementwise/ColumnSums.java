package io.rowwise.backend.cpu.elementwise;

import io.rowwise.array.ArrayLength;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.Scratch;
import io.rowwise.backend.cpu.memory.ScratchPool;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Tiles;
import java.util.Arrays;

/**
 * Sums of columns: first of a few rows, then of a range of them, then of all ranges. Three levels
 * keep the error of long columns small. What the ranges are depends on the shape alone. Programs do
 * not use it.
 */
public final class ColumnSums {
  // Nanoseconds in one thread, roughly.
  private static final double ELEMENT = 0.3;
  private static final int MOST_PARTS = 64;
  private static final int MOST_SUMS = ArrayLength.LARGEST;
  // Not so few that reading only them from each row would be slow.
  private static final int COLUMNS_OF_A_PART = 1024;
  // Rows of fewer are added up in pairs, as one long loop.
  private static final int LONG_ROW = 64;
  private static final int ELEMENTS_OF_A_TILE = 4096;
  private static final int ROWS_OF_A_PARTIAL_SUM = 16;

  private final Tiles tiles;
  private final int caller;
  private final ScratchPool pool;

  /**
   * @param tiles share the work
   * @param workers of the tiles
   * @param pool of the tiles
   */
  public ColumnSums(Tiles tiles, int workers, ScratchPool pool) {
    this.tiles = tiles;
    this.caller = workers;
    this.pool = pool;
  }

  /** {@code out[j]} = the sum of column j. */
  public void compute(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), x, out);
  }

  private <A> void compute(Loops<A> loops, Matrix x, Matrix out) {
    int columns = x.columns();
    int partColumns = Math.max(1, Math.min(columns, COLUMNS_OF_A_PART));
    int strips = Parts.count(columns, partColumns);
    // Their sums are in one array.
    int mostRanges =
        Math.max(1, Math.min(MOST_PARTS / Math.max(1, strips), MOST_SUMS / Math.max(1, columns)));
    int partRows =
        Math.max(
            Math.max(1, Tiles.ELEMENTS_OF_A_PART / partColumns), Parts.count(x.rows(), mostRanges));
    int ranges = Parts.count(x.rows(), partRows);
    boolean isLong = partColumns >= LONG_ROW;
    int most = isLong ? ROWS_OF_A_PARTIAL_SUM : ELEMENTS_OF_A_TILE / partColumns;
    int tileRows = Math.max(1, Math.min(partRows, most));
    int rowsAtOnce = isLong ? 1 : tileRows;
    // Not of a worker, who would have to give it back too soon.
    Scratch own = pool.take(caller);
    try {
      double[] totals = own.doubles(ranges * columns);
      tiles.shareParts(
          ranges * strips,
          (double) x.rows() * columns * ELEMENT,
          scratch -> {
            double[] total = scratch.doubles(partColumns);
            A sums = loops.array(scratch, rowsAtOnce * partColumns);
            A spare = loops.array(scratch, rowsAtOnce * partColumns);
            return part -> {
              int firstRow = part / strips * partRows;
              int lastRow = (int) Math.min(x.rows(), (long) firstRow + partRows);
              int column = part % strips * partColumns;
              int length = Math.min(partColumns, columns - column);
              Arrays.fill(total, 0, length, 0);
              for (int row = firstRow; row < lastRow; row += tileRows) {
                int some = Math.min(tileRows, lastRow - row);
                loops.load(x, row, isLong ? 1 : some, column, length, sums);
                for (int next = row + 1; next < row + some && isLong; next++) {
                  loops.load(x, next, 1, column, length, spare);
                  loops.add(sums, spare, sums, length);
                }
                if (!isLong) {
                  loops.addRows(sums, some, length, spare);
                }
                loops.addToTotals(total, sums, length);
              }
              System.arraycopy(total, 0, totals, part / strips * columns + column, length);
            };
          });
      Loops.float64().addRows(totals, ranges, columns, own.doubles(ranges * columns));
      if (ranges == 0) {
        Arrays.fill(totals, 0, columns, 0);
      }
      CpuStorage.storeRows(totals, out, 0, 1);
    } finally {
      pool.giveBack(caller, own);
    }
  }
}
