package io.rowwise.trainer;

import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import java.util.Arrays;

/**
 * What is taken from each feature and what it is divided by then, by which features become
 * comparable; and the way back from weights of such features to those of the rows as they are.
 * Immutable.
 */
public final class Standardization {
  private static final int ROWS_AT_ONCE = 1024;

  private final double[] means;
  private final double[] deviations;

  private Standardization(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  /** By means and deviations that are known, none of these 0. The arrays are not copied. */
  public static Standardization of(double[] means, double[] deviations) {
    return new Standardization(means, deviations);
  }

  /** Of all rows that were added, each counting once, as scikit-learn's StandardScaler does. */
  static Standardization of(FeatureSums sums) {
    double[] means = sums.means();
    double[] deviations = sums.deviations();
    for (int k = 0; k < means.length; k++) {
      // What rounding makes of a column that is constant.
      double rounding = Math.ulp(means[k]) * 4;
      deviations[k] = deviations[k] > rounding ? deviations[k] : 1;
    }
    return new Standardization(means, deviations);
  }

  /** Of all rows of a table. */
  static Standardization of(TableEncoding encoding, Table table) {
    FeatureSums sums = new FeatureSums(encoding.features());
    if (encoding.isSparse(table)) {
      sums.add(encoding.encodeSparse(table, 0, table.rows()));
    } else {
      double[] buffer =
          new double[Math.min(ROWS_AT_ONCE, Math.max(1, table.rows())) * encoding.features()];
      for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
        int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
        encoding.encode(table, from, to, buffer);
        sums.add(buffer, 0, to - from);
      }
    }
    return of(sums);
  }

  /** All features divided by a number, and nothing taken from them. */
  static Standardization dividing(int features, double divisor) {
    double[] deviations = new double[features];
    Arrays.fill(deviations, divisor);
    return new Standardization(new double[features], deviations);
  }

  /** What is taken from each feature. */
  double[] means() {
    return means;
  }

  /** What each feature is divided by then. */
  double[] deviations() {
    return deviations;
  }

  /**
   * Replaces rows by standardised ones.
   *
   * @param rows count x features, row-major
   */
  public void apply(double[] rows, int count) {
    int n = means.length;
    for (int i = 0; i < count * n; i++) {
      rows[i] = (rows[i] - means[i % n]) / deviations[i % n];
    }
  }

  /**
   * Replaces the parameters for standardised rows by those for rows as they are.
   *
   * @param weights features x classes
   */
  public void unfold(double[] weights, double[] bias) {
    int classes = bias.length;
    for (int k = 0; k < means.length; k++) {
      for (int j = 0; j < classes; j++) {
        weights[k * classes + j] /= deviations[k];
        bias[j] -= means[k] * weights[k * classes + j];
      }
    }
  }

  /** The other way round, for a start that is known for rows as they are. */
  void fold(double[] weights, double[] bias) {
    int classes = bias.length;
    for (int k = 0; k < means.length; k++) {
      for (int j = 0; j < classes; j++) {
        bias[j] += means[k] * weights[k * classes + j];
        weights[k * classes + j] *= deviations[k];
      }
    }
  }

  @Override
  public String toString() {
    return "Standardization[means " + Arrays.toString(means) + "]";
  }
}
