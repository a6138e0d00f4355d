package io.rowwise.spark;

import io.rowwise.backend.ElementType;
import io.rowwise.trainer.Standardization;
import java.io.Serializable;
import java.util.Arrays;

/**
 * What tasks need to know of a fit besides its rows and the parameters of the moment. Immutable.
 */
final class FitPlan implements Serializable {
  private static final long serialVersionUID = 1;

  private final ElementType type;
  private final int features;
  private final int classes;
  private final int blockRows;
  private final boolean fitIntercept;
  private final boolean isExact;
  private final double[] means;
  private final double[] deviations;
  private final String device;
  private final boolean fallback;
  private final int[] exponents;
  private final int weightExponent;

  /**
   * @param isExact whether sums are to have the same bits for any partitioning
   * @param means what is taken from each feature; null where they are not standardised
   * @param deviations what it is divided by then; null with them
   * @param largest of each feature as it is, the largest absolute value
   * @param weightExponent of a power of two that the weights of all rows together do not exceed
   */
  FitPlan(
      ElementType type,
      int features,
      int classes,
      int blockRows,
      boolean fitIntercept,
      boolean isExact,
      double[] means,
      double[] deviations,
      double[] largest,
      int weightExponent,
      String device,
      boolean fallback) {
    this.type = type;
    this.features = features;
    this.classes = classes;
    this.blockRows = blockRows;
    this.fitIntercept = fitIntercept;
    this.isExact = isExact;
    this.means = means;
    this.deviations = deviations;
    this.device = device;
    this.fallback = fallback;
    this.weightExponent = weightExponent;
    this.exponents = new int[features + 1];
    for (int k = 0; k < features; k++) {
      double bound = means == null ? largest[k] : (largest[k] + Math.abs(means[k])) / deviations[k];
      exponents[k] = ExactSums.exponent(bound);
    }
    // The column of ones, before the intercept.
    exponents[features] = 0;
  }

  ElementType type() {
    return type;
  }

  int features() {
    return features;
  }

  int classes() {
    return classes;
  }

  int blockRows() {
    return blockRows;
  }

  /** How many parameters there are: the weights, and the bias behind them. */
  int parameters() {
    return (features + 1) * classes;
  }

  boolean fitIntercept() {
    return fitIntercept;
  }

  boolean isExact() {
    return isExact;
  }

  /** Of the features; null where they stay as they are. */
  Standardization standardization() {
    return means == null ? null : Standardization.of(means, deviations);
  }

  String device() {
    return device;
  }

  boolean fallback() {
    return fallback;
  }

  /**
   * The scale of each row of the gradient's sums: no component of a row's cross-entropy is larger
   * than the row's weight and feature, since probabilities and targets differ by at most 1.
   */
  double[] gradientScales() {
    return Arrays.stream(exponents)
        .mapToDouble(exponent -> ExactSums.scale(weightExponent + exponent))
        .toArray();
  }

  /** The scale of the sum of products of two features, or of a feature and 1. */
  double momentScale(int i, int k) {
    return ExactSums.scale(weightExponent + exponents[i] + exponents[k]);
  }
}
