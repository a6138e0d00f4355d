package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/**
 * An approximation of the inverse of the second derivatives: that of {@code transposed(x1) * S * x1
 * / sum of s + penalty}, with {@code x1} the features and a column of ones, and {@code S} the
 * weight of each row times {@code (1 - sum of p[j]^2) / classes}, which is {@code p[j] * (1 -
 * p[j])} in the mean of the classes. One matrix serves all classes.
 *
 * <p>Where features are too many for a matrix of their products, only its diagonal.
 */
final class FeatureMetric implements AutoCloseable {
  /** The inverse of more takes longer than what it saves, and 32 MB. */
  private static final int MOST_FEATURES = 2048;

  /** More rows tell little more about the products of features. */
  private static final int ROWS_OF_A_FEATURE = 16;

  private static final int FEWEST_ROWS = 4096;
  private static final int BLOCKS = 16;

  /** Looking again is to take less time than so many evaluations that came before. */
  private static final int SHARE_OF_EVALUATIONS = 3;

  private static final int FEWEST_EVALUATIONS = 8;

  private final Backend backend;
  private final Matrix x;
  private final Targets targets;
  private final int classes;
  private final double penalty;
  private final boolean isDiagonal;
  private final int blocks;
  private final int blockRows;
  private final Matrix inverse;
  private int looks;

  /** Takes memory for the inverse alone. */
  FeatureMetric(Backend backend, Matrix x, Targets targets, int classes, double penalty) {
    this.backend = backend;
    this.x = x;
    this.targets = targets;
    this.classes = classes;
    this.penalty = penalty;
    int n = x.columns();
    this.isDiagonal = n > MOST_FEATURES;
    int wanted = Math.max(FEWEST_ROWS, ROWS_OF_A_FEATURE * Math.min(n, MOST_FEATURES));
    this.blocks = x.rows() <= 2 * (long) wanted ? 1 : BLOCKS;
    this.blockRows = blocks == 1 ? x.rows() : wanted / BLOCKS;
    this.inverse = backend.matrix(x.type(), n + 1, isDiagonal ? 1 : n + 1);
  }

  /** Whether it is time to look again, by counting multiplications. */
  boolean isDue(int evaluations) {
    if (looks == 0) {
      return true;
    }
    double n = x.columns() + 1;
    double products = isDiagonal ? n : n * n;
    double look = (double) blocks * blockRows * (products + n * classes) + products * n;
    double evaluation = 2.0 * x.rows() * n * classes;
    // Later looks tell less that is new.
    double wanted = Math.max(FEWEST_EVALUATIONS, SHARE_OF_EVALUATIONS * look / evaluation);
    return evaluations >= wanted * Math.scalb(1.0, looks - 1);
  }

  /** Looks at the second derivatives at some parameters. */
  void look(Matrix parameters) {
    looks++;
    int n = x.columns() + 1;
    double[] moments = new double[isDiagonal ? n : n * n];
    double total = 0;
    try (Moments sums = new Moments()) {
      for (int block = 0; block < blocks; block++) {
        int first = (int) ((long) block * x.rows() / blocks);
        total += sums.add(first, first + blockRows, parameters);
      }
      sums.all.read(moments);
    }
    for (int i = 0; i < moments.length; i++) {
      moments[i] /= total;
    }
    if (isDiagonal) {
      for (int i = 0; i < n; i++) {
        double value = moments[i] + (i < n - 1 ? penalty : 0);
        moments[i] = value > 0 ? 1 / value : 1;
      }
    } else {
      for (int i = 0; i < n - 1; i++) {
        moments[i * n + i] += penalty;
      }
      invert(moments, n, x.type());
    }
    inverse.write(moments);
  }

  /** Adds to the diagonal until rounding leaves the matrix positive definite. */
  private static void invert(double[] moments, int n, ElementType type) {
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

  /** Multiplies by the inverse. */
  void apply(Matrix vector, Matrix product) {
    if (isDiagonal) {
      backend.multiply(vector, inverse, product);
    } else {
      backend.matmul(inverse, vector, product);
    }
  }

  @Override
  public void close() {
    inverse.close();
  }

  /** The sums of products of features, on the device. */
  private final class Moments implements AutoCloseable {
    private final int features = x.columns();
    private final LinearSoftmax softmax = backend.kernel(LinearSoftmax.TYPE);
    private final Matrix probabilities = backend.matrix(x.type(), blockRows, classes);
    private final Matrix share = backend.matrix(x.type(), blockRows, 1);
    private final Matrix withOnes = backend.matrix(x.type(), blockRows, features + 1);
    private final Matrix weighted = backend.matrix(x.type(), blockRows, features + 1);
    private final Matrix all =
        isDiagonal
            ? backend.matrix(x.type(), 1, features + 1)
            : backend.matrix(x.type(), features + 1, features + 1);

    /** Returns how much the rows weigh. */
    double add(int from, int to, Matrix parameters) {
      Matrix rows = x.rows(from, to);
      softmax.apply(
          rows,
          parameters.rows(0, features),
          parameters.rows(features, features + 1),
          probabilities);
      backend.multiply(probabilities, probabilities, probabilities);
      backend.rowSum(probabilities, share);
      backend.multiply(share, -1.0 / classes, share);
      backend.add(share, 1.0 / classes, share);
      double total = to - from;
      if (targets.hasWeights()) {
        Matrix weights = targets.weights().rows(from, to);
        backend.multiply(share, weights, share);
        total = Arrays.stream(weights.toDoubles()).sum();
      }
      backend.copy(rows, withOnes.columns(0, features));
      backend.fill(1, withOnes.columns(features, features + 1));
      backend.multiply(withOnes, share, weighted);
      if (isDiagonal) {
        backend.multiply(weighted, withOnes, weighted);
        try (Matrix sum = backend.matrix(x.type(), 1, features + 1)) {
          backend.columnSum(weighted, sum);
          backend.add(all, sum, all);
        }
      } else {
        backend.matmul(1, weighted, Transpose.YES, withOnes, Transpose.NO, 1, all);
      }
      return total;
    }

    @Override
    public void close() {
      softmax.close();
      probabilities.close();
      share.close();
      withOnes.close();
      weighted.close();
      all.close();
    }
  }
}
