package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import java.util.Arrays;

/**
 * Products of sparse rows, with the rows of the result shared among the workers; in {@code double}
 * for both types. For the transposed product, which would write anywhere, the columns are made into
 * rows once and kept, so that what multiplies the same rows again and again does that once.
 *
 * <p>Programs do not use it.
 */
public final class CpuSparseProduct implements SparseProduct {
  // Ten microseconds or so.
  private static final int PRODUCTS_OF_A_PART = 16_384;
  private static final double NANOSECONDS_OF_A_PRODUCT = 1;

  private final Workers workers;
  private final Workers.Work parts = this::computePart;
  private final double[][] sumsOfWorkers;
  private double[] factors = new double[0];
  private SparseRows transposedOf;
  private SparseRows transposed;

  private SparseRows x;
  private Matrix product;
  private int partRows;

  /** For the workers of a backend. */
  public CpuSparseProduct(Workers workers) {
    this.workers = workers;
    this.sumsOfWorkers = new double[workers.count()][0];
  }

  @Override
  public void multiply(SparseRows rows, Matrix right, Matrix result) {
    if (result.elements() == 0) {
      return;
    }
    int size = Math.toIntExact(right.elements());
    if (factors.length != size) {
      factors = new double[size];
    }
    right.read(factors);
    x = rows;
    product = result;
    double products = (double) rows.size() * right.columns();
    double ofRow = Math.max(1, (products + result.elements()) / result.rows());
    partRows = (int) Math.max(1, PRODUCTS_OF_A_PART / ofRow);
    workers.share(Parts.count(result.rows(), partRows), products * NANOSECONDS_OF_A_PRODUCT, parts);
    x = null;
    product = null;
  }

  @Override
  public void multiplyTransposed(SparseRows rows, Matrix right, Matrix result) {
    if (transposedOf == null || !transposedOf.hasRowsOf(rows)) {
      transposed = rows.transposed();
      transposedOf = rows;
    }
    multiply(transposed, right, result);
  }

  private void computePart(int part, int worker) {
    int first = part * partRows;
    int count = Math.min(partRows, product.rows() - first);
    int classes = product.columns();
    int size = Math.multiplyExact(count, classes);
    if (sumsOfWorkers[worker].length < size) {
      sumsOfWorkers[worker] = new double[size];
    }
    double[] sums = sumsOfWorkers[worker];
    Arrays.fill(sums, 0, size, 0);
    for (int row = 0; row < count; row++) {
      int end = x.start(first + row + 1);
      for (int i = x.start(first + row); i < end; i++) {
        addScaled(x.value(i), x.column(i) * classes, sums, row * classes, classes);
      }
    }
    CpuStorage.storeRows(sums, product, first, count);
  }

  private void addScaled(double factor, int from, double[] sums, int to, int count) {
    double[] of = factors;
    for (int j = 0; j < count; j++) {
      sums[to + j] += factor * of[from + j];
    }
  }
}
