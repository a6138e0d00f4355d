package io.rowwise.trainer;

import io.rowwise.backend.ElementType;

/**
 * A line search for the strong Wolfe conditions by cubic interpolation (J. Nocedal and S. J.
 * Wright, Numerical Optimization, 3.5). Where values are nearly equal, slopes decide, as these are
 * less disturbed by rounding (W. W. Hager and H. Zhang, A new conjugate gradient method with
 * guaranteed descent, 2005). It is told of a value and a slope, and tells where to look next.
 */
final class LineSearch {
  private static final double DECREASE = 1e-4;
  private static final double CURVATURE = 0.9;
  private static final double MOST_GROWTH = 10;
  private static final int MOST_TRIALS = 16;

  private final double value;
  private final double slope;
  private final double equality;
  private double low;
  private double lowValue;
  private double lowSlope;
  private double high = Double.NaN;
  private double highValue;
  private double highSlope;
  private int trials;
  private boolean done;
  private boolean success;
  private double best;

  /**
   * @param value where it starts
   * @param slope there, negative
   * @param nearlyEqual by how much values may differ that are taken for equal, relative to them
   */
  LineSearch(double value, double slope, double nearlyEqual) {
    this.value = value;
    this.slope = slope;
    this.equality = nearlyEqual * Math.abs(value);
    this.lowValue = value;
    this.lowSlope = slope;
  }

  /** Well above rounding, and well below what an iteration far from the end achieves. */
  static double nearlyEqual(ElementType type) {
    return type == ElementType.FLOAT32 ? 1e-5 : 1e-9;
  }

  /** Takes the value and slope at a step; returns the next step, if it is not done. */
  double next(double step, double stepValue, double stepSlope) {
    trials++;
    boolean isFinite = Double.isFinite(stepValue) && Double.isFinite(stepSlope);
    boolean isEqual = isFinite && Math.abs(stepValue - value) <= equality;
    boolean isLower =
        isFinite
            && (stepValue <= value + DECREASE * step * slope
                || (isEqual && stepSlope <= (2 * DECREASE - 1) * slope));
    if (isLower && Math.abs(stepSlope) <= -CURVATURE * slope) {
      return end(true, step);
    }
    if (trials == MOST_TRIALS) {
      // The lowest so far descends, if it is not the start.
      return end(low > 0, low);
    }
    if (!isLower || (low > 0 && stepValue > lowValue + equality)) {
      high = step;
      highValue = isFinite ? stepValue : Double.POSITIVE_INFINITY;
      highSlope = stepSlope;
    } else {
      if (stepSlope * (step - low) >= 0) {
        high = low;
        highValue = lowValue;
        highSlope = lowSlope;
      }
      low = step;
      lowValue = stepValue;
      lowSlope = stepSlope;
    }
    return Double.isNaN(high) ? low * MOST_GROWTH : inside();
  }

  private double end(boolean isSuccess, double step) {
    done = true;
    success = isSuccess;
    best = step;
    return step;
  }

  /** The minimum of the cubic through both ends, away from them. */
  private double inside() {
    double width = high - low;
    double next = low + width / 2;
    if (Double.isInfinite(highValue)) {
      next = low + width / MOST_GROWTH;
    } else {
      double first = lowSlope + highSlope - 3 * (lowValue - highValue) / (low - high);
      double square = first * first - lowSlope * highSlope;
      if (square >= 0) {
        double second = Math.copySign(Math.sqrt(square), width);
        double cubic =
            high - width * ((highSlope + second - first) / (highSlope - lowSlope + 2 * second));
        if (Double.isFinite(cubic)) {
          next = cubic;
        }
      }
    }
    double margin = 0.1 * Math.abs(width);
    double least = Math.min(low, high) + margin;
    double most = Math.max(low, high) - margin;
    return Math.min(Math.max(next, least), most);
  }

  boolean isDone() {
    return done;
  }

  /** Whether a step was found that descends. */
  boolean isSuccess() {
    return success;
  }

  /** The step that was found. */
  double best() {
    return best;
  }
}
