package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ExponentialTest {
  private static final MathContext DIGITS = new MathContext(50);

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
      assertUlps(1, trueExp(new BigDecimal(x[i])), powers[i], "e^" + x[i]);
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
      assertUlps(1, trueExp(new BigDecimal(x[i])), powers[i], "e^" + x[i]);
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

  private static double[] exp(double[] x) {
    double[] out = new double[x.length];
    Exponential.apply(x, new double[x.length], new double[x.length], out, x.length);
    return out;
  }

  private static void assertUlps(double bound, BigDecimal expected, double actual, String what) {
    BigDecimal error = expected.subtract(new BigDecimal(actual)).abs();
    BigDecimal ulps = error.divide(new BigDecimal(Math.ulp(expected.doubleValue())), DIGITS);
    assertTrue(
        ulps.doubleValue() <= bound,
        () -> what + " is " + actual + ", " + ulps.doubleValue() + " ulp off, allowed " + bound);
  }

  /** By the Taylor series of a small part of x, squared ten times, in 50 digits. */
  private static BigDecimal trueExp(BigDecimal x) {
    BigDecimal small = x.divide(BigDecimal.valueOf(1024), DIGITS);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int k = 1; k < 60; k++) {
      term = term.multiply(small, DIGITS).divide(BigDecimal.valueOf(k), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    for (int i = 0; i < 10; i++) {
      sum = sum.multiply(sum, DIGITS);
    }
    return sum;
  }
}
