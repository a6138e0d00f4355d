package io.rowwise.backend.cpu.elementwise;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Tiles;
import java.util.Arrays;

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

  private enum Kind {
    SUM,
    MAX,
    ARG_MAX
  }

  /** {@code out[i]} = the sum of row i. */
  public void sum(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), Kind.SUM, x, out);
  }

  /** {@code out[i]} = the largest of row i; NaN if there is one. */
  public void max(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), Kind.MAX, x, out);
  }

  /** {@code out[i]} = where the largest of row i is, the first of equals, or the first NaN. */
  public void argMax(Matrix x, Matrix out) {
    compute(Loops.of(x.type()), Kind.ARG_MAX, x, out);
  }

  private <A> void compute(Loops<A> loops, Kind kind, Matrix x, Matrix out) {
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
          A left = loops.array(scratch, atOnce);
          A right = loops.array(scratch, atOnce);
          double[] results = scratch.doubles(tileRows);
          return (first, rows) -> {
            Arrays.fill(results, 0, rows, kind == Kind.SUM ? 0 : Double.NEGATIVE_INFINITY);
            // Where a row is in pieces, it is the only one.
            double largest = 0;
            for (int column = 0; column < columns; column += PIECE) {
              int length = Math.min(PIECE, columns - column);
              loops.load(x, first, rows, column, length, values);
              for (int row = 0; row < rows; row++) {
                int from = row * length;
                int to = from + length;
                if (kind == Kind.SUM) {
                  results[row] += loops.sum(values, from, to);
                  continue;
                }
                double ofPiece = loops.max(values, from, to, left, right);
                if (kind == Kind.MAX) {
                  results[row] = Math.max(results[row], ofPiece);
                } else if (column == 0 || !(ofPiece <= largest || Double.isNaN(largest))) {
                  largest = ofPiece;
                  results[row] = column + (loops.indexOf(ofPiece, values, from, to) - from);
                }
              }
            }
            CpuStorage.storeRows(results, out, first, rows);
          };
        });
  }
}
