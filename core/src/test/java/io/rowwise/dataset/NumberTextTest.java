package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberTextTest {
  private static void assertAsJava(String text) {
    assertEquals(
        Double.doubleToLongBits(Double.parseDouble(text)),
        Double.doubleToLongBits(NumberText.parse(text)),
        text);
  }

  @Test
  void everyNumberIsTheOneThatJavaReads() {
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (!Double.isNaN(value)) {
        assertAsJava(Double.toString(value));
      }
      assertAsJava(Double.toString(random.nextGaussian()));
      assertAsJava(String.format(Locale.ROOT, "%.4f", 1000 * random.nextGaussian()));
      assertAsJava(Float.toString(Float.intBitsToFloat(random.nextInt() & 0x7F7F_FFFF)));
    }
  }

  @Test
  void digitsPointAndExponentMayBeAnywhere() {
    Random random = new Random(2);
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text =
          new StringBuilder(random.nextBoolean() ? "" : random.nextBoolean() ? "-" : "+");
      int digits = 1 + random.nextInt(22);
      int point = random.nextInt(digits + 2);
      for (int d = 0; d < digits; d++) {
        if (d == point) {
          text.append('.');
        }
        text.append((char) ('0' + random.nextInt(10)));
      }
      if (point == digits) {
        text.append('.');
      }
      if (random.nextBoolean()) {
        text.append(random.nextBoolean() ? 'e' : 'E');
        text.append(random.nextBoolean() ? "" : random.nextBoolean() ? "-" : "+");
        text.append(random.nextInt(random.nextInt(4) == 0 ? 400 : 30));
      }
      assertAsJava(text.toString());
    }
  }

  /** Where the nearest double is hardest to tell: exactly between two, and next to that. */
  @Test
  void whatIsBetweenTwoDoublesIsRoundedAsJavaDoes() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      long bits = random.nextLong() & Long.MAX_VALUE;
      if (i % 2 == 0) {
        // Of moderate size, where the digits between are not too many for a fast way.
        bits =
            Double.doubleToLongBits(0x1p53 * (1 + random.nextInt(1000)) + random.nextInt(1 << 30));
      }
      double lower = Double.longBitsToDouble(bits);
      double upper = Math.nextUp(lower);
      if (Double.isFinite(upper)) {
        BigDecimal between =
            new BigDecimal(lower).add(new BigDecimal(upper)).divide(BigDecimal.valueOf(2));
        assertAsJava(between.toString());
        assertAsJava(between.round(new java.math.MathContext(19)).toString());
        assertAsJava(between.round(new java.math.MathContext(17)).toString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "+0",
        "0.0",
        "-0.0e5",
        "00012",
        "1.",
        ".5",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "9007199254740992",
        "9007199254740993",
        "9007199254740991e22",
        "123456789012345678",
        "1234567890123456789",
        "18446744073709551615",
        "18446744073709551616",
        "1e308",
        "1.8e308",
        "4.9e-324",
        "2e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e99999999999",
        "1e-99999999999",
        "0e99999999999",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "0.000000000000000000000000000000000000000000012",
        "100000000000000000000000000000000000"
      })
  void theEdgesAreAsJavaHasThem(String text) {
    assertAsJava(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"inf", "Inf", "INF", "+inf", "infinity", "Infinity"})
  void infinityIsANumber(String text) {
    assertEquals(Double.POSITIVE_INFINITY, NumberText.parse(text));
  }

  @Test
  void infinityHasASign() {
    assertEquals(Double.NEGATIVE_INFINITY, NumberText.parse("-inf"));
    assertEquals(Double.NEGATIVE_INFINITY, NumberText.parse("-Infinity"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+",
        ".",
        "-.",
        "e5",
        ".e5",
        "1e",
        "1e+",
        "1e-",
        "1d",
        "1f",
        "0x10",
        "1_000",
        "1,5",
        "1 ",
        " 1",
        "--1",
        "+-1",
        "1.2.3",
        "1e5.0",
        "1e5e5",
        "x",
        "inff",
        "in",
        "infinit",
        "١",
        "1\u0130",
        "Iris-setosa"
      })
  void whatIsNoNumberInBothLanguagesIsNone(String text) {
    assertTrue(Double.isNaN(NumberText.parse(text)), text);
  }

  @Test
  void notANumberIsToldFromWords() {
    for (String text : new String[] {"nan", "NaN", "-NAN", "+nan"}) {
      assertTrue(NumberText.isNaN(text.toCharArray(), 0, text.length()), text);
    }
    for (String text : new String[] {"", "-", "nano", "na", "n\u00C1n"}) {
      assertTrue(!NumberText.isNaN(text.toCharArray(), 0, text.length()), text);
    }
  }
}
