package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cpu.blas.OpenBlas;
import io.rowwise.backend.cpu.blas.OpenBlasLoader;

/**
 * OpenBLAS, called directly: through ND4J each product would cost 10 to 30 microseconds more. Rows
 * are shared among threads here, in an order that is the same for any number of them, and OpenBLAS
 * has one thread.
 */
final class Blas {
  // There is one in a class loader, since a native library belongs to it.
  private static volatile OpenBlas library;

  private Blas() {}

  /**
   * OpenBLAS, loaded if need be; where that fails, the next call tries again.
   *
   * @throws IllegalArgumentException if a system property has a value that it cannot have
   * @throws io.rowwise.backend.BackendUnavailableException if it does not load
   */
  static OpenBlas library() {
    OpenBlas loaded = library;
    return loaded != null ? loaded : load();
  }

  private static synchronized OpenBlas load() {
    if (library == null) {
      library = OpenBlasLoader.load();
    }
    return library;
  }

  /**
   * {@code c = alpha * op(a) * op(b) + beta * c} on row-major matrices.
   *
   * @param rows of c, at least 1
   * @param columns of c, at least 1
   * @param inner columns of op(a), at least 1
   */
  static void multiply(
      ElementType type,
      int rows,
      int columns,
      int inner,
      double alpha,
      OpenBlas.Operand a,
      Transpose transposeA,
      long leadingDimensionA,
      OpenBlas.Operand b,
      Transpose transposeB,
      long leadingDimensionB,
      double beta,
      OpenBlas.Operand c,
      long leadingDimensionC) {
    switch (type) {
      case FLOAT32 ->
          library()
              .multiplyFloats(
                  transposeA == Transpose.YES,
                  transposeB == Transpose.YES,
                  rows,
                  columns,
                  inner,
                  (float) alpha,
                  a,
                  (int) leadingDimensionA,
                  b,
                  (int) leadingDimensionB,
                  (float) beta,
                  c,
                  (int) leadingDimensionC);
      case FLOAT64 ->
          library()
              .multiplyDoubles(
                  transposeA == Transpose.YES,
                  transposeB == Transpose.YES,
                  rows,
                  columns,
                  inner,
                  alpha,
                  a,
                  (int) leadingDimensionA,
                  b,
                  (int) leadingDimensionB,
                  beta,
                  c,
                  (int) leadingDimensionC);
    }
  }

  /**
   * {@code y = a * x} for a row-major matrix without gaps and vectors.
   *
   * @param rows of a, at least 1
   * @param columns of a, at least 1
   */
  static void multiplyWithVector(
      ElementType type,
      int rows,
      int columns,
      OpenBlas.Operand a,
      OpenBlas.Operand x,
      OpenBlas.Operand y) {
    if (library().usesAvx512()) {
      // These have kernels for small products, twice as fast as those for vectors.
      multiply(
          type,
          1,
          rows,
          columns,
          1,
          x,
          Transpose.NO,
          columns,
          a,
          Transpose.YES,
          columns,
          0,
          y,
          rows);
      return;
    }
    switch (type) {
      case FLOAT32 -> library().multiplyFloats(rows, columns, a, x, y);
      case FLOAT64 -> library().multiplyDoubles(rows, columns, a, x, y);
    }
  }
}
