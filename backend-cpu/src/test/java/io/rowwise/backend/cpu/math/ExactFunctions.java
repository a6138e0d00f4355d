package io.rowwise.backend.cpu.math;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;

/** Functions in 50 digits, to compare with. */
final class ExactFunctions {
  private static final MathContext DIGITS = new MathContext(50);

  private ExactFunctions() {}

  /** By the Taylor series of a small part of x, squared ten times. */
  static BigDecimal exp(BigDecimal x) {
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

  /** By Halley's method from a double's logarithm: each step triples its 16 digits. */
  static BigDecimal log(BigDecimal x) {
    BigDecimal log = new BigDecimal(Math.log(x.doubleValue()));
    for (int i = 0; i < 2; i++) {
      BigDecimal power = exp(log);
      log =
          log.add(
              BigDecimal.valueOf(2)
                  .multiply(x.subtract(power).divide(x.add(power), DIGITS), DIGITS),
              DIGITS);
    }
    return log;
  }

  static void assertUlps(double bound, BigDecimal expected, double actual, String what) {
    BigDecimal error = expected.subtract(new BigDecimal(actual)).abs();
    BigDecimal ulps = error.divide(new BigDecimal(Math.ulp(expected.doubleValue())), DIGITS);
    assertTrue(
        ulps.doubleValue() <= bound,
        () -> what + " is " + actual + ", " + ulps.doubleValue() + " ulp off, allowed " + bound);
  }
}
