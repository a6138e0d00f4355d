package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/**
 * An approximation of the inverse of the second derivatives of a softmax objective: that of the
 * {@link FeatureMoments} / sum of weights + penalty. One matrix serves all classes; where features
 * are many, a diagonal one.
 *
 * <p>Used by one thread at a time; closed by whoever made it.
 */
public final class FeatureMetric implements AutoCloseable {
  private final Backend backend;
  private final ElementType type;
  private final int features;
  private final double penalty;
  private final Matrix inverse;

  /**
   * One that is to be told of moments before it multiplies. Takes memory for the inverse alone.
   *
   * @param penalty of the squared weights; the bias has none
   */
  public FeatureMetric(Backend backend, ElementType type, int features, double penalty) {
    this.backend = backend;
    this.type = type;
    this.features = features;
    this.penalty = penalty;
    int n = features + 1;
    this.inverse = backend.matrix(type, n, isDiagonal() ? 1 : n);
  }

  private boolean isDiagonal() {
    return FeatureMoments.isDiagonal(features);
  }

  /**
   * Becomes the approximation at other moments.
   *
   * @param sums (features + 1) x (features + 1), or (features + 1) x 1 if only the diagonal is
   *     known
   * @param totalWeight of the rows that were added up
   */
  public void update(double[] sums, double totalWeight) {
    int n = features + 1;
    double[] values = sums.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] /= totalWeight;
    }
    int stride = isDiagonal() ? 1 : n + 1;
    for (int i = 0; i < n - 1; i++) {
      values[i * stride] += penalty;
    }
    if (isDiagonal()) {
      for (int i = 0; i < n; i++) {
        values[i] = values[i] > 0 ? 1 / values[i] : 1;
      }
    } else {
      invert(values);
    }
    inverse.write(values);
  }

  /** Adds to the diagonal until rounding leaves the matrix positive definite. */
  private void invert(double[] moments) {
    int n = features + 1;
    double rounding = type == ElementType.FLOAT32 ? 1e-7 : 1e-15;
    double[] full = moments.clone();
    double largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, full[i * n + i]);
    }
    for (double added = rounding; added < 1; added *= 10) {
      for (int i = 0; i < n; i++) {
        // A feature that is always 0 has no size of its own.
        double own = full[i * n + i] > 0 ? full[i * n + i] : largest;
        moments[i * n + i] = full[i * n + i] + added * own;
      }
      if (Cholesky.invert(moments, n)) {
        return;
      }
      System.arraycopy(full, 0, moments, 0, full.length);
    }
    // Features so large that their products are infinite: no approximation.
    Arrays.fill(moments, 0);
    for (int i = 0; i < n; i++) {
      moments[i * n + i] = 1;
    }
  }

  /**
   * Multiplies by the inverse.
   *
   * @param vector (features + 1) x classes
   * @param product of the same shape; overlaps nothing
   */
  public void apply(Matrix vector, Matrix product) {
    if (isDiagonal()) {
      backend.multiply(vector, inverse, product);
    } else {
      backend.matmul(inverse, vector, product);
    }
  }

  @Override
  public void close() {
    inverse.close();
  }
}
