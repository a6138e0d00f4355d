package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Tiles;
import io.rowwise.kernel.LargestElements;
import io.rowwise.kernel.TopK;

/** The largest elements of each row, some rows at a time. Programs do not use it. */
public final class CpuTopK implements TopK {
  // In one thread, roughly, where few are wanted.
  private static final double NANOSECONDS_OF_AN_ELEMENT = 1;

  private final Tiles tiles;

  /**
   * @param tiles share the rows
   */
  public CpuTopK(Tiles tiles) {
    this.tiles = tiles;
  }

  @Override
  public void apply(Matrix x, Matrix values, Matrix columns) {
    int c = x.columns();
    int k = values.columns();
    int rowsAtOnce = Tiles.rows(x.rows(), c);
    int columnsAtOnce = Math.min(c, Tiles.ELEMENTS_OF_A_PART);
    tiles.shareRows(
        x.rows(),
        c,
        rowsAtOnce,
        NANOSECONDS_OF_AN_ELEMENT,
        scratch -> {
          double[] elements = scratch.doubles(columnsAtOnce);
          double[] best = scratch.doubles(rowsAtOnce * k);
          double[] places = scratch.doubles(rowsAtOnce * k);
          LargestElements largest = new LargestElements();
          return (first, rows) -> {
            for (int row = 0; row < rows; row++) {
              largest.begin(k);
              for (int column = 0; column < c; column += columnsAtOnce) {
                int count = Math.min(columnsAtOnce, c - column);
                Loops.float64().load(x, first + row, 1, column, count, elements);
                largest.add(elements, 0, count);
              }
              largest.end();
              for (int rank = 0; rank < k; rank++) {
                best[row * k + rank] = largest.value(rank);
                places[row * k + rank] = largest.column(rank);
              }
            }
            CpuStorage.storeRows(best, values, first, rows);
            CpuStorage.storeRows(places, columns, first, rows);
          };
        });
  }
}
