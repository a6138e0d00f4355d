package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/**
 * The sums of products of features that say how curved a softmax objective is: {@code
 * transposed(x1) * S * x1}, with {@code x1} the features and a column of ones, and {@code S} the
 * weight of each row times {@code (1 - sum of p[j]^2) / classes}, which is {@code p[j] * (1 -
 * p[j])} in the mean of the classes. Where features are more than {@link #MOST_FEATURES}, only its
 * diagonal.
 *
 * <p>Rows are added block by block, here or on several machines. Used by one thread at a time;
 * closed by whoever made it.
 */
public final class FeatureMoments implements AutoCloseable {
  /** The inverse of more takes longer than what it saves, and 32 MB. */
  public static final int MOST_FEATURES = 2048;

  /** Of a block's copy: 32 MB of float64. */
  private static final int MOST_ELEMENTS = 1 << 22;

  private final Backend backend;
  private final ElementType type;
  private final int features;
  private final int classes;
  private final LinearSoftmax softmax;
  private final Matrix sums;
  private double totalWeight;

  /** Of no rows yet. */
  public FeatureMoments(Backend backend, ElementType type, int features, int classes) {
    this.backend = backend;
    this.type = type;
    this.features = features;
    this.classes = classes;
    this.softmax = backend.kernel(LinearSoftmax.TYPE);
    this.sums = backend.matrix(type, isDiagonal(features) ? 1 : features + 1, features + 1);
  }

  /** Whether only the squares of so many features are added up. */
  public static boolean isDiagonal(int features) {
    return features > MOST_FEATURES;
  }

  /** How many rows of so many features are copied at once. */
  static int blockRows(int features) {
    return Math.max(1, MOST_ELEMENTS / (features + 1));
  }

  /**
   * Adds rows.
   *
   * @param x m x features
   * @param targets of m rows; their weights count
   * @param parameters (features + 1) x classes, the bias in the last row
   */
  public void add(Matrix x, Targets targets, Matrix parameters) {
    int blockRows = Math.min(blockRows(features), x.rows());
    try (Block block = new Block(blockRows)) {
      for (int from = 0; from < x.rows(); from += blockRows) {
        int to = Math.min(x.rows(), from + blockRows);
        block.add(x.rows(from, to), targets.rows(from, to), parameters);
      }
    }
  }

  /** Adds what was summed up elsewhere: sums of this shape, and the weight of their rows. */
  void add(double[] otherSums, double weight) {
    double[] values = sums.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] += otherSums[i];
    }
    sums.write(values);
    totalWeight += weight;
  }

  /** What was added up: (features + 1) x (features + 1), or 1 x (features + 1); a copy. */
  public double[] sums() {
    return sums.toDoubles();
  }

  /** How much the rows weigh that were added. */
  public double totalWeight() {
    return totalWeight;
  }

  @Override
  public void close() {
    softmax.close();
    sums.close();
  }

  /** What adding some rows takes. */
  private final class Block implements AutoCloseable {
    private final Matrix probabilities;
    private final Matrix share;
    private final Matrix withOnes;
    private final Matrix weighted;
    private final Matrix columnSums;

    Block(int rows) {
      probabilities = backend.matrix(type, rows, classes);
      share = backend.matrix(type, rows, 1);
      withOnes = backend.matrix(type, rows, features + 1);
      weighted = backend.matrix(type, rows, features + 1);
      columnSums = backend.matrix(type, 1, features + 1);
    }

    void add(Matrix x, Targets targets, Matrix parameters) {
      int rows = x.rows();
      Matrix shareOfRows = share.rows(0, rows);
      Matrix withOnesOfRows = withOnes.rows(0, rows);
      Matrix weightedOfRows = weighted.rows(0, rows);
      softmax.apply(
          x,
          parameters.rows(0, features),
          parameters.rows(features, features + 1),
          probabilities.rows(0, rows));
      findShare(probabilities.rows(0, rows), shareOfRows);
      if (targets.hasWeights()) {
        backend.multiply(shareOfRows, targets.weights(), shareOfRows);
        totalWeight += Arrays.stream(targets.weights().toDoubles()).sum();
      } else {
        totalWeight += rows;
      }
      backend.copy(x, withOnesOfRows.columns(0, features));
      backend.fill(1, withOnesOfRows.columns(features, features + 1));
      backend.multiply(withOnesOfRows, shareOfRows, weightedOfRows);
      if (isDiagonal(features)) {
        backend.multiply(weightedOfRows, withOnesOfRows, weightedOfRows);
        backend.columnSum(weightedOfRows, columnSums);
        backend.add(sums, columnSums, sums);
      } else {
        backend.matmul(1, weightedOfRows, Transpose.YES, withOnesOfRows, Transpose.NO, 1, sums);
      }
    }

    private void findShare(Matrix p, Matrix into) {
      backend.multiply(p, p, p);
      backend.rowSum(p, into);
      backend.multiply(into, -1.0 / classes, into);
      backend.add(into, 1.0 / classes, into);
    }

    @Override
    public void close() {
      probabilities.close();
      share.close();
      withOnes.close();
      weighted.close();
      columnSums.close();
    }
  }
}
