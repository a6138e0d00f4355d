package io.rowwise.trainer;

import io.rowwise.kernel.SparseRows;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Sums of each feature and of its squares, from which mean and deviation follow in one pass over
 * the rows. Each sum is of two doubles (T. J. Dekker, A floating-point technique for extending the
 * available precision, 1971), some 106 bits: the difference of the squares' mean and the mean's
 * square then has the digits of a double, even where a deviation is 2^-25 of its mean. Used by one
 * thread at a time.
 */
final class FeatureSums {
  /** What is left of a double's bits has a square without rounding. */
  private static final long UPPER_HALF = -1L << 27;

  private final double[] sums;
  private final double[] sumsRest;
  private final double[] squares;
  private final double[] squaresRest;
  private long rows;

  /** Of no rows yet. */
  FeatureSums(int features) {
    this.sums = new double[features];
    this.sumsRest = new double[features];
    this.squares = new double[features];
    this.squaresRest = new double[features];
  }

  /** Adds encoded rows from some row on. */
  void add(double[] encoded, int from, int count) {
    int n = sums.length;
    rows += count;
    for (int row = from; row < from + count; row++) {
      for (int k = 0; k < n; k++) {
        add(k, encoded[row * n + k]);
      }
    }
  }

  /** Adds rows without their zeros, which add nothing. */
  void add(SparseRows sparse) {
    rows += sparse.rows();
    for (int i = sparse.start(0); i < sparse.start(sparse.rows()); i++) {
      add(sparse.column(i), sparse.value(i));
    }
  }

  private void add(int k, double value) {
    add(sums, sumsRest, k, value, 0);
    double upper = Double.longBitsToDouble(Double.doubleToRawLongBits(value) & UPPER_HALF);
    double lower = value - upper;
    double square = value * value;
    double error = ((upper * upper - square) + 2 * upper * lower) + lower * lower;
    add(squares, squaresRest, k, square, error);
  }

  private static void add(double[] sums, double[] rest, int k, double term, double termRest) {
    double sum = sums[k] + term;
    double added = sum - sums[k];
    double lost = (sums[k] - (sum - added)) + (term - added) + (rest[k] + termRest);
    double total = sum + lost;
    rest[k] = lost - (total - sum);
    sums[k] = total;
  }

  /** The mean of each feature. */
  double[] means() {
    double[] means = new double[sums.length];
    for (int k = 0; k < means.length; k++) {
      means[k] = sums[k] / rows;
    }
    return means;
  }

  /** The population standard deviation of each feature. */
  double[] deviations() {
    double[] deviations = new double[sums.length];
    for (int k = 0; k < deviations.length; k++) {
      deviations[k] = Math.sqrt(variance(k));
    }
    return deviations;
  }

  private double variance(int k) {
    if (!Double.isFinite(squares[k])) {
      return Double.POSITIVE_INFINITY;
    }
    BigDecimal count = BigDecimal.valueOf(rows);
    BigDecimal sum = new BigDecimal(sums[k]).add(new BigDecimal(sumsRest[k]));
    BigDecimal square = new BigDecimal(squares[k]).add(new BigDecimal(squaresRest[k]));
    return square
        .multiply(count)
        .subtract(sum.multiply(sum))
        .divide(count.multiply(count), MathContext.DECIMAL128)
        .max(BigDecimal.ZERO)
        .doubleValue();
  }
}
