package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arithmetic that everything else is measured by, measured by decimals. */
final class DoubleDoubleTest {
  private static final MathContext DIGITS = new MathContext(60);

  // Two of the 106 binary digits are lost to the simple sums.
  private static final double RELATIVE_ERROR = 0x1p-104;

  private static BigDecimal decimal(DoubleDouble x) {
    return new BigDecimal(x.high()).add(new BigDecimal(x.low()));
  }

  private static void assertClose(BigDecimal wanted, DoubleDouble actual, double relativeError) {
    BigDecimal bound = wanted.abs().multiply(new BigDecimal(relativeError));
    BigDecimal error = decimal(actual).subtract(wanted).abs();
    assertTrue(error.compareTo(bound) <= 0, "%s, wanted %s".formatted(decimal(actual), wanted));
  }

  @Test
  void arithmeticHasThirtyDigits() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 2000; i++) {
      DoubleDouble a = DoubleDouble.product(random.nextGaussian(), random.nextGaussian());
      DoubleDouble b = DoubleDouble.product(random.nextGaussian(), random.nextGaussian());
      BigDecimal exactA = decimal(a);
      BigDecimal exactB = decimal(b);
      assertClose(exactA.multiply(exactB), a.times(b), RELATIVE_ERROR);
      assertClose(exactA.divide(exactB, DIGITS), a.dividedBy(b), RELATIVE_ERROR);
      assertClose(exactA.abs().add(exactB.abs()), a.abs().plus(b.abs()), RELATIVE_ERROR);
      // Where digits cancel, the error is one of the larger operand.
      BigDecimal error = exactA.subtract(exactB).subtract(decimal(a.minus(b))).abs();
      BigDecimal size = exactA.abs().max(exactB.abs());
      assertTrue(error.compareTo(size.multiply(new BigDecimal(RELATIVE_ERROR))) <= 0);
    }
  }

  @Test
  void theSumsOfDoublesAreExact() {
    assertEquals(new DoubleDouble(1e30, 1), DoubleDouble.of(1e30).plus(1));
    assertEquals(new DoubleDouble(1, -1e-30), DoubleDouble.ONE.plus(-1e-30));
    assertEquals(new DoubleDouble(1, 0x1p-60), DoubleDouble.of(0x1p-60).plus(1));
  }

  // From tables to 40 digits.
  @ParameterizedTest
  @CsvSource({
    "1, 2.718281828459045235360287471352662497757",
    "-1, 0.3678794411714423215955237701614608674458",
    "0.5, 1.648721270700128146848650787814163571654",
    "-10, 0.00004539992976248485153559151556055061023792",
    "100, 2.688117141816135448412625551580013587361E+43",
    "-300, 5.148200222412013781154861921067130998135E-131",
  })
  void exp(double x, BigDecimal wanted) {
    // 2^k * ln 2 is subtracted with an error of up to k * 2^-107.
    assertClose(wanted, DoubleDouble.of(x).exp(), 0x1p-94);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 0.6931471805599453094172321214581765680755",
    "10, 2.302585092994045684017991454684364207601",
    "0.5, -0.6931471805599453094172321214581765680755",
    "1e22, 50.65687204586900504839581200305601256722",
  })
  void log(double x, BigDecimal wanted) {
    assertClose(wanted, DoubleDouble.of(x).log(), 0x1p-94);
  }

  @Test
  void logUndoesExpOverTheWholeRange() {
    for (double x = -690; x <= 700; x += 12.34567) {
      DoubleDouble back = DoubleDouble.of(x).exp().log();
      assertEquals(0, back.plus(-x).high(), Math.abs(x) * 0x1p-90 + 0x1p-94, "x = " + x);
    }
    // The ends, from ln 2 times the exponent.
    assertEquals(-1074 * Math.log(2), DoubleDouble.of(Double.MIN_VALUE).log().high(), 1e-13);
    assertEquals(1024 * Math.log(2), DoubleDouble.of(Double.MAX_VALUE).log().high(), 2e-13);
  }

  @Test
  void whatIsNotFiniteIsThatOfDoubles() {
    DoubleDouble infinity = DoubleDouble.of(Double.POSITIVE_INFINITY);
    assertEquals(infinity, infinity.plus(1));
    assertEquals(infinity, infinity.times(2));
    assertEquals(infinity, DoubleDouble.ONE.dividedBy(0));
    assertEquals(infinity, DoubleDouble.of(800).exp());
    assertEquals(DoubleDouble.ZERO, infinity.negated().exp());
    assertEquals(Double.NEGATIVE_INFINITY, DoubleDouble.ZERO.log().high());
    assertTrue(Double.isNaN(infinity.minus(infinity).high()));
    assertTrue(Double.isNaN(DoubleDouble.of(-1).log().high()));
    assertTrue(Double.isNaN(DoubleDouble.of(Double.NaN).exp().high()));
  }
}
