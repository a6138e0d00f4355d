package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.rowwise.backend.ElementType;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/** Compares results with what they should be, and says where the worst of them is. */
final class Accuracy {
  private Accuracy() {}

  private static final int DIGITS_OF_FLOAT16 = 10;
  private static final int SMALLEST_EXPONENT_OF_FLOAT16 = -14;

  /**
   * The largest relative error of rounding a number to what the type is computed in: half an ulp of
   * 1.
   */
  static double unitRoundoff(ElementType type) {
    return type == ElementType.FLOAT64 ? 0x1p-53 : 0x1p-24;
  }

  /** The distance of neighbouring numbers, near a value, of what the type is computed in. */
  static double ulp(ElementType type, double value) {
    return type == ElementType.FLOAT64 ? Math.ulp(value) : Math.ulp((float) value);
  }

  /**
   * What it costs a result near a value that it was rounded once more, from what the type is
   * computed in to the type: half an ulp of a type of 16 bits.
   */
  static double lastRounding(ElementType type, double value) {
    return switch (type) {
      case FLOAT32, FLOAT64 -> 0;
      case BFLOAT16 -> 0x1p15 * Math.ulp((float) value);
      case FLOAT16 ->
          Math.scalb(
              0.5,
              Math.max(Math.getExponent(value), SMALLEST_EXPONENT_OF_FLOAT16) - DIGITS_OF_FLOAT16);
    };
  }

  /** The same values: the sign of a zero counts, which NaN it is does not. */
  static void assertSame(String what, double[] expected, double[] actual) {
    assertEquals(expected.length, actual.length, what + ": number of elements");
    for (int i = 0; i < expected.length; i++) {
      if (Double.compare(expected[i], actual[i]) != 0) {
        fail(
            String.format(
                Locale.ROOT, "%s: element %d is %s, wanted %s", what, i, actual[i], expected[i]));
      }
    }
  }

  /**
   * Each element within its bound.
   *
   * @param ulps the largest error of element i, in ulp of the true value
   */
  static void assertUlps(
      String what,
      ElementType type,
      DoubleDouble[] truth,
      double[] actual,
      IntToDoubleFunction ulps) {
    compare(what, " ulp", truth, actual, type, ulps, i -> ulp(type, truth[i].high()));
  }

  /** Each element within its own bound. */
  static void assertWithin(String what, ElementType type, Expected expected, double[] actual) {
    compare(what, "", expected.values(), actual, type, i -> expected.bounds()[i], i -> 1);
  }

  private static void compare(
      String what,
      String unit,
      DoubleDouble[] truth,
      double[] actual,
      ElementType type,
      IntToDoubleFunction bound,
      IntToDoubleFunction size) {
    assertEquals(truth.length, actual.length, what + ": number of elements");
    int wrong = 0;
    double worst = -1;
    String worstText = "";
    for (int i = 0; i < truth.length; i++) {
      double distance = error(type, truth[i], actual[i]);
      double error = distance / size.applyAsDouble(i);
      double allowed = bound.applyAsDouble(i);
      // Where both are the same NaN or infinity there is no size to measure by.
      if (distance != 0 && !(error <= allowed)) {
        wrong++;
        double excess = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error / allowed;
        if (excess > worst) {
          worst = excess;
          worstText =
              String.format(
                  Locale.ROOT,
                  "element %d is %s, wanted %s; the error is %.3g%s, the bound %.3g%s",
                  i,
                  actual[i],
                  truth[i].high(),
                  error,
                  unit,
                  allowed,
                  unit);
        }
      }
    }
    if (wrong > 0) {
      fail(
          String.format(
              Locale.ROOT,
              "%s: %d of %d elements are off, the worst: %s",
              what,
              wrong,
              truth.length,
              worstText));
    }
  }

  /**
   * 0 where both are the same NaN, infinity or overflow; infinite where only one is. Of a type of
   * 16 bits, what is more than its last rounding may be.
   */
  private static double error(ElementType type, DoubleDouble truth, double actual) {
    double rounded = type.rounded(truth.high());
    if (!Double.isFinite(rounded) || !Double.isFinite(actual)) {
      return Double.compare(rounded, actual) == 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    double error = Math.abs((actual - truth.high()) - truth.low());
    double last = lastRounding(type, Math.max(Math.abs(actual), Math.abs(truth.high())));
    return Math.max(0, error - last);
  }
}
