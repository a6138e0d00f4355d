package io.rowwise.backend.cpu.elementwise;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Tiles;

/** One number for each row. Programs do not use it. */
public final class RowReductions {
  // Nanoseconds in one thread, roughly.
  private static final double ELEMENT = 0.3;
  // Of longer rows so many elements are looked at at once.
  private static final int PIECE = 1 << 14;

  private final Tiles tiles;

  /** Reductions that these share among the workers. */
  public RowReductions(Tiles tiles) {
    this.tiles = tiles;
  }

  /** What becomes of elements of a row and of the result of those before them. */
  private interface Reduction {
    /**
     * @param x the elements from {@code from} to {@code to - 1}
     * @param column of the first
     * @param before the result of those before; meaningless for the first column
     * @param state of this row, 0 at first
     */
    <A> double of(
        Loops<A> loops,
        A x,
        int from,
        int to,
        int column,
        double before,
        double[] state,
        A[] spare);
  }

  /** {@code out[i]} = the sum of row i. */
  public void sum(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), RowReductions::sum, x, out);
  }

  /** {@code out[i]} = the largest of row i; NaN if there is one. */
  public void max(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), RowReductions::max, x, out);
  }

  /** {@code out[i]} = where the largest of row i is, the first of equals, or the first NaN. */
  public void argMax(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), RowReductions::argMax, x, out);
  }

  private static <A> double sum(
      Loops<A> loops, A x, int from, int to, int column, double before, double[] state, A[] spare) {
    double sum = loops.sum(x, from, to);
    return column == 0 ? sum : before + sum;
  }

  private static <A> double max(
      Loops<A> loops, A x, int from, int to, int column, double before, double[] state, A[] spare) {
    double largest = loops.max(x, from, to, spare[0], spare[1]);
    return column == 0 ? largest : Math.max(before, largest);
  }

  private static <A> double argMax(
      Loops<A> loops, A x, int from, int to, int column, double before, double[] state, A[] spare) {
    double largest = loops.max(x, from, to, spare[0], spare[1]);
    // Not after a NaN, which comes first.
    if (column == 0 || !(Double.isNaN(state[0]) || largest <= state[0])) {
      state[0] = largest;
      return column + (loops.indexOf(largest, x, from, to) - from);
    }
    return before;
  }

  private <A> void compute(Loops<A> loops, Reduction reduction, Matrix x, Matrix out) {
    int columns = x.columns();
    int atOnce = Math.min(columns, PIECE);
    int tileRows = Tiles.rows(x.rows(), columns);
    tiles.shareRows(
        x.rows(),
        columns,
        tileRows,
        ELEMENT,
        scratch -> {
          A values = loops.array(scratch, tileRows * atOnce);
          @SuppressWarnings("unchecked") // Made for arrays of this type alone.
          A[] spare =
              (A[]) new Object[] {loops.array(scratch, atOnce), loops.array(scratch, atOnce)};
          double[] results = scratch.doubles(tileRows);
          double[] state = scratch.doubles(1);
          return (first, rows) -> {
            for (int column = 0; column < Math.max(1, columns); column += PIECE) {
              int length = Math.min(PIECE, columns - column);
              loops.load(x, first, rows, column, length, values);
              for (int row = 0; row < rows; row++) {
                int from = row * length;
                results[row] =
                    reduction.of(
                        loops, values, from, from + length, column, results[row], state, spare);
              }
            }
            CpuStorage.storeRows(results, out, first, rows);
          };
        });
  }
}
