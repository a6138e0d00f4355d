package io.rowwise.cli.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as the page shows them. */
final class Numbers {
  private Numbers() {}

  /** Of a metric. */
  static String fraction(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * fraction);
  }

  /** Of rows; with weights, rows need not be whole. */
  static String rows(double rows) {
    return String.format(Locale.ROOT, rows == Math.rint(rows) ? "%,.0f" : "%,.2f", rows);
  }

  /** Three digits that count. */
  static String brief(double value) {
    return plain(new BigDecimal(value).round(new MathContext(3)));
  }

  /** Of a line at an axis. */
  static String tick(double value) {
    return plain(new BigDecimal(value).round(new MathContext(6)));
  }

  private static String plain(BigDecimal value) {
    BigDecimal shortest = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    return exponent < -4 || exponent > 6
        ? shortest.unscaledValue().signum() == 0 ? "0" : scientific(shortest, exponent)
        : minus(shortest.toPlainString());
  }

  private static String scientific(BigDecimal value, int exponent) {
    String digits = value.scaleByPowerOfTen(-exponent).stripTrailingZeros().toPlainString();
    return minus(digits + "e" + exponent);
  }

  /** A minus sign is as wide as a digit, a hyphen is not. */
  private static String minus(String number) {
    return number.replace('-', '\u2212');
  }

  /** Of the page's geometry. */
  static String pixels(double value) {
    return BigDecimal.valueOf(Math.round(value * 100), 2).stripTrailingZeros().toPlainString();
  }
}
