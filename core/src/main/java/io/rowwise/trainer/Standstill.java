package io.rowwise.trainer;

import io.rowwise.backend.ElementType;

/**
 * Tells when neither the objective nor the largest component of the gradient has become clearly
 * smaller for some iterations. At the level of rounding only the gradient tells, and not at once.
 */
final class Standstill {
  private static final int PATIENCE = 30;
  private static final double CLEARLY_SMALLER = 0.9;

  private final double rounding;
  // Infinity less a share of infinity would be no number.
  private double lowest = Double.MAX_VALUE;
  private double smallest = Double.MAX_VALUE;
  private int withoutProgress;

  Standstill(ElementType type) {
    this.rounding = type == ElementType.FLOAT32 ? 1e-7 : 2e-16;
  }

  /** Takes what an iteration came to; returns whether it is one too many. */
  boolean isReached(double value, double norm) {
    if (value < lowest - rounding * Math.abs(lowest)) {
      lowest = value;
      withoutProgress = 0;
    }
    if (norm < CLEARLY_SMALLER * smallest) {
      smallest = norm;
      withoutProgress = 0;
    }
    withoutProgress++;
    return withoutProgress > PATIENCE;
  }
}
