package io.rowwise.trainer;

import io.rowwise.kernel.SparseRows;
import java.util.Arrays;

/** Sums of each feature, or of the squares of its distance from its mean; compensated. */
final class FeatureSums {
  private final double[] centres;
  private final boolean areSquares;
  private final double[] sums;
  private final double[] lost;
  private long rows;

  /**
   * Of no rows yet.
   *
   * @param centres of the features, what squares are of the distance from
   */
  FeatureSums(double[] centres, boolean areSquares) {
    this.centres = centres;
    this.areSquares = areSquares;
    this.sums = new double[centres.length];
    this.lost = new double[centres.length];
  }

  /** Adds encoded rows. */
  void add(double[] encoded, int count) {
    int n = sums.length;
    rows += count;
    for (int i = 0; i < count * n; i++) {
      addTerm(i % n, term(i % n, encoded[i]));
    }
  }

  /** Adds rows without their zeros. */
  void add(SparseRows sparse) {
    int[] zeros = new int[sums.length];
    rows += sparse.rows();
    Arrays.fill(zeros, sparse.rows());
    for (int i = sparse.start(0); i < sparse.start(sparse.rows()); i++) {
      int k = sparse.column(i);
      zeros[k]--;
      addTerm(k, term(k, sparse.value(i)));
    }
    for (int k = 0; k < zeros.length; k++) {
      addTerm(k, zeros[k] * term(k, 0));
    }
  }

  private double term(int feature, double value) {
    double difference = value - centres[feature];
    return areSquares ? difference * difference : value;
  }

  /** W. Kahan, 1965. */
  private void addTerm(int feature, double term) {
    double corrected = term - lost[feature];
    double sum = sums[feature] + corrected;
    lost[feature] = (sum - sums[feature]) - corrected;
    sums[feature] = sum;
  }

  /** The sums divided by how many rows were added. */
  double[] means() {
    double[] means = new double[sums.length];
    for (int k = 0; k < means.length; k++) {
      means[k] = sums[k] / rows;
    }
    return means;
  }
}
