package io.rowwise.backend.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/** OpenBLAS, called directly: through ND4J each product would cost 10 to 30 microseconds more. */
final class Blas {
  private Blas() {}

  /**
   * Sets the number of OpenBLAS's own threads for the whole process, loading it if need be: rows
   * are shared among threads here, in an order that is the same for any number of them, and
   * OpenBLAS would put as many threads of its own below each.
   */
  static void useOneThread() {
    blas_set_num_threads(1);
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
      Pointer a,
      Transpose transposeA,
      long leadingDimensionA,
      Pointer b,
      Transpose transposeB,
      long leadingDimensionB,
      double beta,
      Pointer c,
      long leadingDimensionC) {
    int flagA = transposeA == Transpose.YES ? CblasTrans : CblasNoTrans;
    int flagB = transposeB == Transpose.YES ? CblasTrans : CblasNoTrans;
    int lda = (int) leadingDimensionA;
    int ldb = (int) leadingDimensionB;
    int ldc = (int) leadingDimensionC;
    switch (type) {
      case FLOAT32 ->
          cblas_sgemm(
              CblasRowMajor,
              flagA,
              flagB,
              rows,
              columns,
              inner,
              (float) alpha,
              (FloatPointer) a,
              lda,
              (FloatPointer) b,
              ldb,
              (float) beta,
              (FloatPointer) c,
              ldc);
      case FLOAT64 ->
          cblas_dgemm(
              CblasRowMajor,
              flagA,
              flagB,
              rows,
              columns,
              inner,
              alpha,
              (DoublePointer) a,
              lda,
              (DoublePointer) b,
              ldb,
              beta,
              (DoublePointer) c,
              ldc);
    }
  }

  /**
   * {@code y = a * x} for a row-major matrix without gaps and vectors.
   *
   * @param rows of a, at least 1
   * @param columns of a, at least 1
   */
  static void multiplyWithVector(
      ElementType type, int rows, int columns, Pointer a, Pointer x, Pointer y) {
    if (CpuBackend.AVX512) {
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
      case FLOAT32 ->
          cblas_sgemv(
              CblasRowMajor,
              CblasNoTrans,
              rows,
              columns,
              1,
              (FloatPointer) a,
              columns,
              (FloatPointer) x,
              1,
              0,
              (FloatPointer) y,
              1);
      case FLOAT64 ->
          cblas_dgemv(
              CblasRowMajor,
              CblasNoTrans,
              rows,
              columns,
              1,
              (DoublePointer) a,
              columns,
              (DoublePointer) x,
              1,
              0,
              (DoublePointer) y,
              1);
    }
  }
}
