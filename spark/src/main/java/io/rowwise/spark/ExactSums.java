package io.rowwise.spark;

import java.io.Serializable;

/**
 * Sums whose bits depend neither on the order of the terms nor on how they are put together: each
 * term is rounded once, to a multiple of a power of two that is the same everywhere, and added as
 * an integer. The power of two follows from a bound of the sum, so that 61 bits hold it; what a
 * term loses is at most 2^-62 of that bound. (J. Demmel and H. D. Nguyen, Parallel reproducible
 * summation, 2015, have the idea for sums without a known bound.)
 *
 * <p>A term that is not finite, or beyond the bound, is not added; {@link #isExceeded} tells.
 */
final class ExactSums implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int BITS = 61;
  private static final double MOST = 0x1p62;

  private final long[] sums;
  private boolean exceeded;

  ExactSums(int count) {
    this.sums = new long[count];
  }

  /** The exponent of a power of two that is no smaller than a finite value. */
  static int exponent(double bound) {
    return bound == 0 ? 0 : Math.getExponent(bound) + 1;
  }

  /**
   * What terms are multiplied by before they are rounded.
   *
   * @param exponent of a power of two that the absolute terms together do not exceed
   */
  static double scale(int exponent) {
    int bits = Math.max(Double.MIN_EXPONENT, Math.min(BITS - exponent, Double.MAX_EXPONENT));
    return Math.scalb(1.0, bits);
  }

  int count() {
    return sums.length;
  }

  void add(int index, double term, double scale) {
    double scaled = Math.rint(term * scale);
    // A NaN is not smaller either.
    if (Math.abs(scaled) < MOST) {
      sums[index] += (long) scaled;
    } else {
      exceeded = true;
    }
  }

  /** Adds those of another part; which is which does not matter. */
  void add(ExactSums other) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += other.sums[i];
    }
    exceeded |= other.exceeded;
  }

  double get(int index, double scale) {
    return sums[index] / scale;
  }

  boolean isExceeded() {
    return exceeded;
  }
}
