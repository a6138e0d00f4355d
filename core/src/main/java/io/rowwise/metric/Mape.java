package io.rowwise.metric;

import io.rowwise.backend.Matrix;
import java.util.stream.IntStream;

/**
 * The mean absolute percentage error, modified so that an actual value of 0 does not divide by 0:
 *
 * <pre>mean(|(actual - predicted) / (actual + 1e-16)|)</pre>
 *
 * It is a fraction: 0.01 is one percent. It is not symmetric: the error is in proportion to the
 * actual value.
 *
 * <p>Both arguments are numbers, both are arrays, or both are matrices. There is no overload for
 * one of each, so a mistake of that kind does not compile.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class Mape {
  /** Beside values above 1 in magnitude it vanishes by rounding, as in the formula's source. */
  private static final double EPSILON = 1e-16;

  private Mape() {}

  /**
   * The error of one number: {@code |(actual - predicted) / (actual + 1e-16)|}.
   *
   * @return 0 or more; NaN if either is NaN
   */
  public static double of(double predicted, double actual) {
    return Math.abs((actual - predicted) / (actual + EPSILON));
  }

  /**
   * The mean of the elements' errors. The sum is compensated, so the length does not cost accuracy.
   *
   * @param predicted the values to judge, of any shape, in any order that both share
   * @param actual the values they should be, as many
   * @return 0 or more; NaN if any is NaN
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double of(double[] predicted, double[] actual) {
    requireSameLength(predicted.length, actual.length);
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> of(predicted[i], actual[i]))
        .average()
        .orElseThrow(() -> new IllegalArgumentException("Mape: no values, want at least one"));
  }

  /**
   * The mean of the elements' errors, in {@code double} arithmetic. The sum is compensated, so the
   * length does not cost accuracy.
   *
   * @param predicted the values to judge, of any shape, in any order that both share
   * @param actual the values they should be, as many
   * @return 0 or more; NaN if any is NaN
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double of(float[] predicted, float[] actual) {
    requireSameLength(predicted.length, actual.length);
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> of(predicted[i], actual[i]))
        .average()
        .orElseThrow(() -> new IllegalArgumentException("Mape: no values, want at least one"));
  }

  private static void requireSameLength(int predicted, int actual) {
    if (predicted != actual) {
      throw new IllegalArgumentException(
          "Mape: " + predicted + " predicted values for " + actual + " actual ones, want as many");
    }
  }

  /**
   * The mean of the elements' errors of two matrices, which may be on different backends and of
   * different types. Waits for the devices.
   *
   * @param predicted the values to judge
   * @param actual the values they should be, of the same shape
   * @return 0 or more; NaN if any is NaN
   * @throws IllegalArgumentException if the shapes differ, or the matrices have no elements
   */
  public static double of(Matrix predicted, Matrix actual) {
    if (predicted.rows() != actual.rows() || predicted.columns() != actual.columns()) {
      throw new IllegalArgumentException(
          "Mape: predicted is "
              + predicted
              + " and actual "
              + actual
              + ", want the same rows and columns");
    }
    return of(predicted.toDoubles(), actual.toDoubles());
  }
}
