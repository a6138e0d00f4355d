package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.memory.CpuStorage;

/**
 * A copy of the weights in which those of each class lie together. One row's sums are then products
 * of vectors that follow one another in memory, which OpenBLAS computes several times faster: of
 * 784 features and 10 classes in 0.2 microseconds instead of 0.9.
 *
 * <p>The copy is made when weights are met first, and again when they have changed. For one thread
 * at a time.
 */
final class WeightsByClass implements AutoCloseable {
  // Above it, the time goes into reading them from memory, in any order.
  private static final int MOST_WEIGHTS = 1 << 18;
  // With more, OpenBLAS's kernels for AVX-512 have as much to do at once without the copy.
  private static final int MOST_BYTES_OF_A_ROW = 80;

  private final Backend backend;
  private Matrix copy;
  private CpuStorage source;
  private long changes;
  private long offset;
  private long leadingDimension;

  WeightsByClass(Backend backend) {
    this.backend = backend;
  }

  /** Whether the sums of a single row are faster with a copy of these weights. */
  static boolean areFaster(Matrix weights) {
    return weights.rows() > 0
        && weights.elements() <= MOST_WEIGHTS
        && (!Blas.library().usesAvx512()
            || (long) weights.columns() * weights.type().computedIn().bytes()
                <= MOST_BYTES_OF_A_ROW);
  }

  /** Classes x features, of the type that theirs is computed in. Stays this one's. */
  Matrix of(Matrix weights) {
    CpuStorage storage = CpuStorage.of(weights);
    boolean isCopied =
        storage == source
            && storage.changes() == changes
            && weights.offset() == offset
            && weights.leadingDimension() == leadingDimension
            && weights.rows() == copy.columns()
            && weights.columns() == copy.rows();
    if (!isCopied) {
      make(weights);
      source = storage;
      changes = storage.changes();
      offset = weights.offset();
      leadingDimension = weights.leadingDimension();
    }
    return copy;
  }

  private void make(Matrix weights) {
    int features = weights.rows();
    int classes = weights.columns();
    if (copy == null
        || copy.type() != weights.type().computedIn()
        || copy.rows() != classes
        || copy.columns() != features) {
      close();
      copy = backend.matrix(weights.type().computedIn(), classes, features);
    }
    double[] byFeature = new double[features * classes];
    CpuStorage.loadRows(weights, 0, features, byFeature);
    double[] byClass = new double[features * classes];
    for (int j = 0; j < classes; j++) {
      for (int i = 0; i < features; i++) {
        byClass[j * features + i] = byFeature[i * classes + j];
      }
    }
    CpuStorage.storeRows(byClass, copy, 0, classes);
  }

  @Override
  public void close() {
    if (copy != null) {
      copy.close();
      copy = null;
      source = null;
    }
  }
}
