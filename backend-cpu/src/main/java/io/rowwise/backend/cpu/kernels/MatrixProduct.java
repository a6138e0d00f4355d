package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.blas.OpenBlas;
import io.rowwise.backend.cpu.memory.Address;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;

/**
 * A product of matrices, with the rows of the result shared among the workers. Programs do not use
 * it.
 */
public final class MatrixProduct {
  // Fewer rows at once would cost OpenBLAS more than they are worth to a helper. It puts all of b
  // into another order for every call: with one of 2,000 x 2,000, 64 rows at once ran at 0.65 of
  // its speed, 256 at 0.86.
  private static final int FEWEST_ROWS = 64;
  private static final int FEWEST_ROWS_BESIDE_A_LARGE_B = 256;
  private static final long LARGE_B = 1 << 17;
  private static final double MULTIPLY_ADDS_OF_A_PART = 2_000_000;
  // Roughly.
  private static final double NANOSECONDS_OF_A_MULTIPLY_ADD = 0.02;

  private MatrixProduct() {}

  /**
   * {@code out = alpha * op(a) * op(b) + beta * out}. How the rows are divided depends on the shape
   * alone.
   *
   * @param inner columns of op(a), at least 1
   */
  public static void compute(
      Workers workers,
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      int inner,
      double beta,
      Matrix out) {
    double ofARow = (double) inner * out.columns();
    int fewest =
        (long) inner * out.columns() > LARGE_B ? FEWEST_ROWS_BESIDE_A_LARGE_B : FEWEST_ROWS;
    int partRows =
        Parts.evenly(
            out.rows(),
            (int) Math.max(fewest, Math.min(out.rows(), MULTIPLY_ADDS_OF_A_PART / ofARow)));
    workers.share(
        Parts.count(out.rows(), partRows),
        out.rows() * ofARow * NANOSECONDS_OF_A_MULTIPLY_ADD,
        (part, worker) -> {
          int first = part * partRows;
          int rows = Math.min(partRows, out.rows() - first);
          OpenBlas.Operand left =
              transposeA == Transpose.NO
                  ? new Address().of(a, first, rows)
                  : new Address().of(a, 0, inner, first, rows).transposed();
          OpenBlas.Operand right = new Address().of(b, 0, b.rows());
          if (transposeB == Transpose.YES) {
            right.transposed();
          }
          OpenBlas.Operand result = new Address().ofWritten(out, first, rows);
          Blas.library().multiply(out.type(), alpha, left, right, beta, result);
        });
  }
}
