package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.parallel.Tiles;
import io.rowwise.kernel.RmsNorm;
import java.util.Arrays;

/** Rows divided by their root mean square, some at a time. Programs do not use it. */
public final class CpuRmsNorm implements RmsNorm {
  // In one thread, roughly.
  private static final double NANOSECONDS_OF_AN_ELEMENT = 0.5;

  private final Tiles tiles;

  /**
   * @param tiles share the rows
   */
  public CpuRmsNorm(Tiles tiles) {
    this.tiles = tiles;
  }

  @Override
  public void apply(Matrix x, Matrix gain, double epsilon, Matrix out) {
    compute(Loops.of(x.type()), x, gain, epsilon, out);
  }

  private <A> void compute(Loops<A> loops, Matrix x, Matrix gain, double epsilon, Matrix out) {
    int columns = x.columns();
    int rowsAtOnce = Tiles.rows(x.rows(), columns);
    int columnsAtOnce = Math.min(columns, Tiles.ELEMENTS_OF_A_PART);
    tiles.shareRows(
        x.rows(),
        columns,
        rowsAtOnce,
        NANOSECONDS_OF_AN_ELEMENT,
        scratch -> {
          A values = loops.array(scratch, rowsAtOnce * columnsAtOnce);
          A other = loops.array(scratch, rowsAtOnce * columnsAtOnce);
          A gains = loops.array(scratch, rowsAtOnce * columnsAtOnce);
          double[] sums = scratch.doubles(rowsAtOnce);
          double[] factors = scratch.doubles(rowsAtOnce);
          return (first, rows) -> {
            Arrays.fill(factors, 0, rows, 0);
            for (int column = 0; column < columns; column += columnsAtOnce) {
              int count = Math.min(columnsAtOnce, columns - column);
              loops.load(x, first, rows, column, count, values);
              loops.multiply(values, values, other, rows * count);
              loops.sumRows(other, rows, count, sums);
              for (int row = 0; row < rows; row++) {
                factors[row] += sums[row];
              }
            }
            for (int row = 0; row < rows; row++) {
              factors[row] = 1 / Math.sqrt(factors[row] / columns + loops.rounded(epsilon));
            }
            for (int column = 0; column < columns; column += columnsAtOnce) {
              int count = Math.min(columnsAtOnce, columns - column);
              loops.load(gain, 0, 1, column, count, gains);
              Loops.repeat(gains, count, rows);
              loops.load(x, first, rows, column, count, values);
              loops.multiplyRows(values, rows, count, factors, other);
              loops.multiply(other, gains, values, rows * count);
              loops.store(values, out, first, rows, column, count);
            }
          };
        });
  }
}
