package io.rowwise.dataset;

/**
 * Numbers as Java and Python both write them: digits with a point or an exponent, {@code inf} and
 * {@code infinity}. What only one of them takes, such as {@code 1d}, {@code 0x1p3} and {@code
 * 1_000}, is a word.
 */
final class NumberText {
  /** The powers of ten that a double holds exactly. */
  private static final double[] EXACT_POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private static final long LARGEST_EXACT_DOUBLE = 1L << 53;

  /** So many digits fit a long. */
  private static final int MOST_DIGITS = 18;

  /** Larger exponents are as good as this one: the number of digits is below it. */
  private static final int LARGEST_EXPONENT = 1_000_000;

  private NumberText() {}

  static double parse(String text) {
    return parse(text.toCharArray(), 0, text.length());
  }

  /**
   * The double that is nearest to the number, as {@link Double#parseDouble} finds it, or NaN if the
   * text is not a number.
   */
  static double parse(char[] text, int from, int to) {
    int at = from;
    boolean negative = at < to && text[at] == '-';
    if (negative || (at < to && text[at] == '+')) {
      at++;
    }
    int start = at;
    while (at < to && text[at] == '0') {
      at++;
    }
    int firstDigit = at;
    // Where there are too many digits, it overflows and is not used.
    long digits = 0;
    while (at < to && isDigit(text[at])) {
      digits = digits * 10 + (text[at++] - '0');
    }
    int count = at - firstDigit;
    boolean empty = at == start;
    int exponent = 0;
    if (at < to && text[at] == '.') {
      int fraction = ++at;
      while (count == 0 && at < to && text[at] == '0') {
        at++;
      }
      firstDigit = at;
      while (at < to && isDigit(text[at])) {
        digits = digits * 10 + (text[at++] - '0');
      }
      count += at - firstDigit;
      empty &= at == fraction;
      exponent = fraction - at;
    }
    if (empty) {
      return isInfinity(text, start, to) ? signed(Double.POSITIVE_INFINITY, negative) : Double.NaN;
    }
    if (at < to && (text[at] | 0x20) == 'e') {
      at++;
      boolean negativeExponent = at < to && text[at] == '-';
      if (negativeExponent || (at < to && text[at] == '+')) {
        at++;
      }
      int exponentStart = at;
      int written = 0;
      while (at < to && isDigit(text[at])) {
        written = Math.min(LARGEST_EXPONENT, written * 10 + (text[at++] - '0'));
      }
      if (at == exponentStart) {
        return Double.NaN;
      }
      exponent += negativeExponent ? -written : written;
    }
    if (at != to) {
      return Double.NaN;
    }
    if (count <= MOST_DIGITS) {
      // Both numbers are exact, so that the one operation rounds to the nearest double (Clinger,
      // How
      // to Read Floating Point Numbers Accurately, PLDI 1990).
      if (digits <= LARGEST_EXACT_DOUBLE && Math.abs(exponent) < EXACT_POWERS.length) {
        double power = EXACT_POWERS[Math.abs(exponent)];
        return signed(exponent < 0 ? digits / power : digits * power, negative);
      }
      double nearest = NearestDouble.of(digits, exponent);
      if (!Double.isNaN(nearest)) {
        return signed(nearest, negative);
      }
    }
    return Double.parseDouble(new String(text, from, to - from));
  }

  /** Whether the text says that it is not a number, in any letters and with any sign. */
  static boolean isNaN(char[] text, int from, int to) {
    int start = from < to && (text[from] == '-' || text[from] == '+') ? from + 1 : from;
    return isWord("nan", text, start, to);
  }

  private static boolean isInfinity(char[] text, int from, int to) {
    return isWord("inf", text, from, to) || isWord("infinity", text, from, to);
  }

  private static boolean isWord(String word, char[] text, int from, int to) {
    if (to - from != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if ((text[from + i] | 0x20) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static double signed(double value, boolean negative) {
    return negative ? -value : value;
  }
}
