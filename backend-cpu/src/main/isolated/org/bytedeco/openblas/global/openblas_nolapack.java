package org.bytedeco.openblas.global;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;

/** The products, with the signatures by which native code knows them. */
public final class openblas_nolapack {
  private openblas_nolapack() {}

  /** {@code c = alpha * op(a) * op(b) + beta * c}. */
  public static native void cblas_sgemm(
      int order,
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      float alpha,
      FloatPointer a,
      int lda,
      FloatPointer b,
      int ldb,
      float beta,
      FloatPointer c,
      int ldc);

  /** {@code c = alpha * op(a) * op(b) + beta * c}. */
  public static native void cblas_dgemm(
      int order,
      int transposeA,
      int transposeB,
      int m,
      int n,
      int k,
      double alpha,
      DoublePointer a,
      int lda,
      DoublePointer b,
      int ldb,
      double beta,
      DoublePointer c,
      int ldc);

  /** {@code y = alpha * op(a) * x + beta * y}. */
  public static native void cblas_sgemv(
      int order,
      int transposeA,
      int m,
      int n,
      float alpha,
      FloatPointer a,
      int lda,
      FloatPointer x,
      int incx,
      float beta,
      FloatPointer y,
      int incy);

  /** {@code y = alpha * op(a) * x + beta * y}. */
  public static native void cblas_dgemv(
      int order,
      int transposeA,
      int m,
      int n,
      double alpha,
      DoublePointer a,
      int lda,
      DoublePointer x,
      int incx,
      double beta,
      DoublePointer y,
      int incy);
}
