package io.rowwise.backend.cpu.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.Scratch;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExponentialTest {
  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-9, 0.3, 1, 20, 700, 745})
  void isWithinOneUlpOfTheTruth(double scale) {
    SplittableRandom random = new SplittableRandom(42);
    double[] x = new double[2_000];
    for (int i = 0; i < x.length; i++) {
      // Positive ones above 709.78 overflow and are tested apart.
      x[i] = Math.min(709.5, scale * (2 * random.nextDouble() - 1));
    }
    double[] powers = exp(x);
    for (int i = 0; i < x.length; i++) {
      ExactFunctions.assertUlps(
          1, ExactFunctions.exp(new BigDecimal(x[i])), powers[i], "e^" + x[i]);
    }
  }

  @Test
  void isWithinOneUlpWhereItBecomesSubnormalAndWhereItOverflows() {
    double[] x = new double[4_000];
    for (int i = 0; i < 2_000; i++) {
      x[i] = -745.2 + i * 0.02;
      x[2_000 + i] = 709.7827 - i * 0.001;
    }
    double[] powers = exp(x);
    for (int i = 0; i < x.length; i++) {
      ExactFunctions.assertUlps(
          1, ExactFunctions.exp(new BigDecimal(x[i])), powers[i], "e^" + x[i]);
    }
  }

  @Test
  void specialValuesAreThoseOfMath() {
    double[] x = {
      0.0,
      -0.0,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.MIN_VALUE,
      Double.MAX_VALUE,
      -Double.MAX_VALUE,
      709.79,
      -745.14,
      -746.5,
      1e10,
      -1e10,
      0x1p51,
      0x1p52,
      0x1.8p52,
      -0x1.8p52,
      0x1p63
    };
    double[] powers = exp(x);
    for (int i = 0; i < x.length; i++) {
      assertEquals(Math.exp(x[i]), powers[i], "e^" + x[i]);
    }
  }

  /** What {@code reduce} and {@code scale} make of it, next to one that is larger. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 3, -700, 12345.678, -999_999.5})
  void powersRelativeToALargerOneAreExactWhereTheDifferenceIsNot(double max) {
    SplittableRandom random = new SplittableRandom(43);
    int count = 2_000;
    double[] x = new double[count];
    double[] maxima = new double[count];
    double[] roundedMaxima = new double[count];
    double[] rounded = new double[count];
    double[] reduced = new double[count];
    double[] powers = new double[count];
    double roundedMax = Float64Exponential.round(max);
    for (int i = 0; i < count; i++) {
      x[i] = max - 760 * random.nextDouble();
      maxima[i] = max;
      roundedMaxima[i] = roundedMax;
    }
    Float64Exponential.reduce(x, rounded, reduced, count);
    Float64Exponential.scale(x, rounded, reduced, maxima, roundedMaxima, powers, count);
    // They are relative to the power of two next to e^max.
    BigDecimal two = BigDecimal.valueOf(2);
    BigDecimal n = new BigDecimal(Math.rint(max / Math.log(2)));
    BigDecimal base = n.multiply(ExactFunctions.log(two));
    for (int i = 0; i < count; i++) {
      ExactFunctions.assertUlps(
          1,
          ExactFunctions.exp(new BigDecimal(x[i]).subtract(base)),
          powers[i],
          "e^" + x[i] + " beside e^" + max);
    }
  }

  /** All at once and each on its own. */
  private static double[] exp(double[] x) {
    double[] out = new double[x.length];
    exp(x, out);
    for (int i = 0; i < x.length; i++) {
      double[] alone = new double[1];
      exp(new double[] {x[i]}, alone);
      assertEquals(out[i], alone[0]);
    }
    return out;
  }

  private static void exp(double[] x, double[] out) {
    int count = x.length;
    Exponential.of(Loops.float64(), new Scratch(), count)
        .exp(x, new double[count], new double[count], out, count);
  }
}
