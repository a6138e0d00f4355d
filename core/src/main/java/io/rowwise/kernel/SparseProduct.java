package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * The product of {@link SparseRows} and a matrix, and that of the transposed rows, without making
 * the zeros. Infinities and NaN of the matrix do not reach rows that have a 0 in their place.
 *
 * <p>The results do not depend on the number of threads.
 */
public interface SparseProduct extends Kernel {
  /** How to ask for it. */
  KernelType<SparseProduct> TYPE =
      KernelType.of(
          "sparse-product",
          SparseProduct.class,
          ComposedSparseProduct::new,
          CheckedSparseProduct::new);

  /**
   * Computes {@code x * right}.
   *
   * @param x m x n
   * @param right n x c
   * @param product m x c
   */
  void multiply(SparseRows x, Matrix right, Matrix product);

  /**
   * Computes {@code transposed(x) * right}.
   *
   * @param x m x n
   * @param right m x c
   * @param product n x c
   */
  void multiplyTransposed(SparseRows x, Matrix right, Matrix product);
}

record CheckedSparseProduct(Backend backend, SparseProduct kernel, ExclusiveUse use)
    implements SparseProduct {
  private static final String OPERATION = "sparse-product";

  CheckedSparseProduct(Backend backend, SparseProduct kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel(OPERATION));
  }

  @Override
  public void multiply(SparseRows x, Matrix right, Matrix product) {
    Objects.requireNonNull(x, "sparse-product: x");
    require(x.columns(), "columns", right, x.rows(), product);
    use.enter(OPERATION);
    try {
      kernel.multiply(x, right, product);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(right);
    Arguments.keepReachable(product);
  }

  @Override
  public void multiplyTransposed(SparseRows x, Matrix right, Matrix product) {
    Objects.requireNonNull(x, "sparse-product: x");
    require(x.rows(), "rows", right, x.columns(), product);
    use.enter(OPERATION);
    try {
      kernel.multiplyTransposed(x, right, product);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(right);
    Arguments.keepReachable(product);
  }

  private void require(int inner, String of, Matrix right, int rows, Matrix product) {
    Arguments.requireUsable(OPERATION, backend, "right", right);
    if (right.rows() != inner) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d %s, right has %d rows; wanted as many",
              OPERATION,
              inner,
              of,
              right.rows()));
    }
    Checks.requireResult(
        OPERATION, backend, "product", product, right.type(), rows, right.columns());
    Arguments.requireDistinct(OPERATION, "product", product, "right", right);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

/** On the host, in float64; the matrices go there and back. */
final class ComposedSparseProduct implements SparseProduct {
  private double[] rightValues = new double[0];
  private double[] productValues = new double[0];

  ComposedSparseProduct(Backend backend) {
    // Any backend's matrices can be read and written.
  }

  @Override
  public void multiply(SparseRows x, Matrix right, Matrix product) {
    int classes = right.columns();
    double[] weights = valuesOf(right);
    double[] sums = room(product);
    for (int row = 0; row < x.rows(); row++) {
      int at = row * classes;
      for (int i = x.start(row); i < x.start(row + 1); i++) {
        addScaled(x.value(i), weights, x.column(i) * classes, sums, at, classes);
      }
    }
    product.write(sums);
  }

  @Override
  public void multiplyTransposed(SparseRows x, Matrix right, Matrix product) {
    int classes = right.columns();
    double[] rows = valuesOf(right);
    double[] sums = room(product);
    for (int row = 0; row < x.rows(); row++) {
      int at = row * classes;
      for (int i = x.start(row); i < x.start(row + 1); i++) {
        addScaled(x.value(i), rows, at, sums, x.column(i) * classes, classes);
      }
    }
    product.write(sums);
  }

  private static void addScaled(
      double factor, double[] from, int fromPlace, double[] sums, int place, int count) {
    for (int j = 0; j < count; j++) {
      sums[place + j] += factor * from[fromPlace + j];
    }
  }

  private double[] valuesOf(Matrix matrix) {
    int size = Math.toIntExact(matrix.elements());
    rightValues = rightValues.length == size ? rightValues : new double[size];
    matrix.read(rightValues);
    return rightValues;
  }

  /** Of zeros. */
  private double[] room(Matrix matrix) {
    int size = Math.toIntExact(matrix.elements());
    productValues = productValues.length == size ? productValues : new double[size];
    Arrays.fill(productValues, 0);
    return productValues;
  }
}
