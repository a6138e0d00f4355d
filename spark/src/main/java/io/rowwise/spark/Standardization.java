package io.rowwise.spark;

import java.io.Serializable;

/**
 * Means and deviations of features, by which they become comparable, and the way back from weights
 * of such features to those of the rows as they are. Immutable.
 */
final class Standardization implements Serializable {
  private static final long serialVersionUID = 1;

  private final double[] means;
  private final double[] deviations;

  /**
   * @param means what is taken from each feature; 0 where a model without intercept is wanted
   * @param deviations what it is divided by then
   */
  Standardization(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  double[] apply(double[] rows) {
    double[] result = new double[rows.length];
    int n = means.length;
    for (int start = 0; start < rows.length; start += n) {
      for (int k = 0; k < n; k++) {
        result[start + k] = (rows[start + k] - means[k]) / deviations[k];
      }
    }
    return result;
  }

  float[] apply(float[] rows) {
    float[] result = new float[rows.length];
    int n = means.length;
    for (int start = 0; start < rows.length; start += n) {
      for (int k = 0; k < n; k++) {
        result[start + k] = (float) ((rows[start + k] - means[k]) / deviations[k]);
      }
    }
    return result;
  }

  /** How large the standardised features get, given how large they are. */
  double[] largest(double[] largestOfRows) {
    double[] result = new double[means.length];
    for (int k = 0; k < result.length; k++) {
      result[k] = (largestOfRows[k] + Math.abs(means[k])) / deviations[k];
    }
    return result;
  }

  /**
   * Replaces the parameters for standardised rows by those for rows as they are.
   *
   * @param weights features x classes
   */
  void unfold(double[] weights, double[] bias) {
    int classes = bias.length;
    for (int k = 0; k < means.length; k++) {
      for (int j = 0; j < classes; j++) {
        weights[k * classes + j] /= deviations[k];
        bias[j] -= means[k] * weights[k * classes + j];
      }
    }
  }
}
