package io.rowwise.trainer;

import java.util.Arrays;

/**
 * The inverse of a symmetric positive definite matrix on the host, by its Cholesky factor (G. H.
 * Golub and C. F. Van Loan, Matrix Computations, 4.2).
 */
final class Cholesky {
  private Cholesky() {}

  /**
   * Replaces a matrix by its inverse.
   *
   * @param a n x n, row-major; its lower half is read
   * @return whether it is positive definite; if not, it is no longer what it was
   */
  static boolean invert(double[] a, int n) {
    if (!factor(a, n)) {
      return false;
    }
    invertFactor(a, n);
    multiplyByTransposed(a, n);
    return true;
  }

  /** The lower half becomes the factor L of a = L * transposed(L), column after column. */
  private static boolean factor(double[] a, int n) {
    double[] column = new double[n];
    for (int k = 0; k < n; k++) {
      double pivot = a[k * n + k];
      if (!(pivot > 0) || Double.isInfinite(pivot)) {
        return false;
      }
      double root = Math.sqrt(pivot);
      a[k * n + k] = root;
      for (int i = k + 1; i < n; i++) {
        a[i * n + k] /= root;
        column[i] = a[i * n + k];
      }
      for (int i = k + 1; i < n; i++) {
        subtract(a, i * n + k + 1, column, k + 1, column[i], i - k);
      }
    }
    return true;
  }

  private static void subtract(double[] a, int at, double[] b, int from, double factor, int count) {
    for (int j = 0; j < count; j++) {
      a[at + j] -= factor * b[from + j];
    }
  }

  /** The lower half becomes the inverse of the factor, row after row. */
  private static void invertFactor(double[] a, int n) {
    double[] row = new double[n];
    for (int i = 0; i < n; i++) {
      double pivot = a[i * n + i];
      Arrays.fill(row, 0, i, 0);
      for (int k = 0; k < i; k++) {
        subtract(row, 0, a, k * n, a[i * n + k], k + 1);
      }
      for (int j = 0; j < i; j++) {
        a[i * n + j] = row[j] / pivot;
      }
      a[i * n + i] = 1 / pivot;
    }
  }

  /** a = transposed(M) * M of the lower half M, in full. */
  private static void multiplyByTransposed(double[] a, int n) {
    double[] product = new double[n * n];
    for (int k = 0; k < n; k++) {
      for (int i = 0; i <= k; i++) {
        subtract(product, i * n, a, k * n, -a[k * n + i], i + 1);
      }
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        a[i * n + j] = product[i * n + j];
        a[j * n + i] = product[i * n + j];
      }
    }
  }
}
