package io.rowwise.backend.cpu.rows;

import io.rowwise.backend.cpu.math.Float64Exponential;

/** The loops over the rows of one class, or of all classes at once, of {@link ClassMajorRows}. */
final class ClassMajorLoops {
  // Times the difference of two doubles that are normal, it is far above 1.
  private static final double HUGE = 0x1p1023;

  private ClassMajorLoops() {}

  static void add(double constant, double[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] += constant;
    }
  }

  /** Only 0 and 1 are their own squares. */
  static void addUp(double[] y, double[] total, double[] fromOneHot, int count) {
    for (int i = 0; i < count; i++) {
      total[i] += y[i];
      fromOneHot[i] += Math.abs(y[i] * y[i] - y[i]);
    }
  }

  static void addDistanceFromOne(double[] total, double[] fromOneHot, int count) {
    for (int i = 0; i < count; i++) {
      fromOneHot[i] += Math.abs(total[i] - 1);
    }
  }

  static void addFour(double[] sum, double[] a, double[] b, double[] c, double[] d, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] += (a[i] + b[i]) + (c[i] + d[i]);
    }
  }

  /**
   * Adds {@code y * (z - max)}: of a one-hot row the difference of its label, if all are finite.
   */
  static void pick(double[] y, double[] z, double[] max, double[] picked, int count) {
    for (int i = 0; i < count; i++) {
      picked[i] = Math.fma(y[i], z[i] - max[i], picked[i]);
    }
  }

  /** The logarithms of the sums are relative to the rounded maxima, the differences to the true. */
  static void subtractMissing(
      double[] picked, double[] roundedMax, double[] max, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = picked[i] - Float64Exponential.missing(roundedMax[i], max[i]);
    }
  }

  static double product(double[] values, int from, int to) {
    double first = 1;
    double second = 1;
    double third = 1;
    double fourth = 1;
    int i = from;
    for (; i + 3 < to; i += 4) {
      first *= values[i];
      second *= values[i + 1];
      third *= values[i + 2];
      fourth *= values[i + 3];
    }
    for (; i < to; i++) {
      first *= values[i];
    }
    return (first * second) * (third * fourth);
  }

  static void addMissing(double[] logOfSum, double[] roundedMax, double[] max, int count) {
    for (int i = 0; i < count; i++) {
      logOfSum[i] += Float64Exponential.missing(roundedMax[i], max[i]);
    }
  }

  /** How far {@code a} is above {@code b}, up to 1: 0 or 1 but for the smallest of differences. */
  static void measure(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Math.min(1, (a[i] - b[i]) * HUGE);
    }
  }

  /** A reciprocal in two parts: multiplying with it rounds once, like a division, and is faster. */
  static void invert(double[] sum, double[] high, double[] low, int count) {
    for (int i = 0; i < count; i++) {
      double reciprocal = 1 / sum[i];
      high[i] = reciprocal;
      low[i] = Math.fma(-reciprocal, sum[i], 1) * reciprocal;
    }
  }

  static void divide(double[] values, double[] high, double[] low, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = Math.fma(values[i], high[i], values[i] * low[i]);
    }
  }

  /** {@code z - max - logOfSum}, where the first difference is not rounded. */
  static void takeLogProbabilities(
      double[] z, double[] max, double[] logOfSum, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      double difference = z[i] - max[i];
      // What the rounding lost (D. E. Knuth, TAOCP 2, 4.2.2); NaN where the difference is infinite.
      double part = difference - z[i];
      double lost = (z[i] - (difference - part)) - (max[i] + part);
      out[i] = difference - (logOfSum[i] - (Double.isNaN(lost) ? 0 : lost));
    }
  }

  static void subtract(double[] p, double[] y, double[] total, double share, int count) {
    for (int i = 0; i < count; i++) {
      p[i] = (p[i] * total[i] - y[i]) * share;
    }
  }
}
