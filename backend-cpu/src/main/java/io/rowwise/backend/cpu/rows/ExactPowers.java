package io.rowwise.backend.cpu.rows;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.math.Float64Exponential;
import java.util.Arrays;

/**
 * The powers of one row of any logits there are, in {@code double}, relative to its largest. For
 * one thread at a time.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
final class ExactPowers<A> {
  private final Loops<A> loops;
  private final int classes;
  private final double[] logits;
  private final double[] rounded;
  private final double[] reduced;
  private final double[] max;
  private final double[] roundedMax;
  private final double[] powers;
  private double shift;
  private double sum;
  private double exponent;

  ExactPowers(Loops<A> loops, int classes) {
    this.loops = loops;
    this.classes = classes;
    this.logits = new double[classes];
    this.rounded = new double[classes];
    this.reduced = new double[classes];
    this.max = new double[classes];
    this.roundedMax = new double[classes];
    this.powers = new double[classes];
  }

  /**
   * Whether a row has to be shifted by its largest logit after all: that is infinite, or so large
   * that {@link Float64Exponential} does not take it. Then the difference is exact or far below
   * what matters.
   */
  static boolean isExtreme(double largest) {
    return Math.abs(largest) > Float64Exponential.LARGEST;
  }

  /**
   * Puts a row's powers beside its logits, which are less the largest afterwards if that is
   * extreme.
   *
   * @param at where the row begins in both arrays
   */
  void take(A rowOfLogits, A rowOfPowers, int at) {
    loops.loadColumn(rowOfLogits, at, 1, logits, classes);
    double largest = Loops.float64().max(logits, 0, classes);
    shift = 0;
    if (isExtreme(largest)) {
      shift = largest;
      for (int j = 0; j < classes; j++) {
        logits[j] -= largest;
      }
      largest = 0;
      loops.storeColumn(logits, rowOfLogits, at, 1, classes);
    }
    Arrays.fill(max, largest);
    Arrays.fill(roundedMax, Float64Exponential.round(largest));
    Float64Exponential.reduce(logits, rounded, reduced, classes);
    Float64Exponential.scale(logits, rounded, reduced, max, roundedMax, powers, classes);
    sum = Loops.float64().sum(powers, 0, classes);
    exponent = Float64Exponential.integer(roundedMax[0]);
    loops.storeColumn(powers, rowOfPowers, at, 1, classes);
  }

  /** The sum of the row's powers; NaN if a logit is, or if the largest is infinite. */
  double sum() {
    return sum;
  }

  /** What was taken from the row's logits: the largest if that is extreme, else 0. */
  double shift() {
    return shift;
  }

  /** The exponent of the power of two that the powers are relative to. */
  double exponent() {
    return exponent;
  }
}
