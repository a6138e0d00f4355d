package io.rowwise.backend.contract;

/**
 * A number as the unevaluated sum of two doubles, about 31 decimal digits: enough to tell which of
 * two neighbouring doubles is closer to the truth.
 *
 * <p>The sums and products are Dekker's and Knuth's error-free transformations, the product with a
 * fused multiply-add. Where the result is not finite it is that of plain doubles.
 *
 * @param high the nearest double
 * @param low what is missing, at most half an ulp of {@code high}
 */
record DoubleDouble(double high, double low) {
  static final DoubleDouble ZERO = new DoubleDouble(0, 0);
  static final DoubleDouble ONE = new DoubleDouble(1, 0);

  private static final DoubleDouble LN_2 =
      new DoubleDouble(0.6931471805599453, 2.3190468138462996e-17);

  static DoubleDouble of(double value) {
    return new DoubleDouble(value, 0);
  }

  static DoubleDouble product(double a, double b) {
    double high = a * b;
    return Double.isFinite(high) ? new DoubleDouble(high, Math.fma(a, b, -high)) : of(high);
  }

  DoubleDouble plus(DoubleDouble other) {
    double sum = high + other.high;
    if (!Double.isFinite(sum)) {
      return of(sum);
    }
    double otherPart = sum - high;
    double error = (high - (sum - otherPart)) + (other.high - otherPart);
    return normalized(sum, error + (low + other.low));
  }

  DoubleDouble plus(double other) {
    return plus(of(other));
  }

  DoubleDouble minus(DoubleDouble other) {
    return plus(other.negated());
  }

  DoubleDouble negated() {
    return new DoubleDouble(-high, -low);
  }

  DoubleDouble abs() {
    return high < 0 ? negated() : this;
  }

  DoubleDouble times(DoubleDouble other) {
    DoubleDouble leading = product(high, other.high);
    if (!Double.isFinite(leading.high)) {
      return leading;
    }
    return normalized(leading.high, leading.low + (high * other.low + low * other.high));
  }

  DoubleDouble times(double other) {
    return times(of(other));
  }

  DoubleDouble dividedBy(DoubleDouble other) {
    double first = high / other.high;
    if (!Double.isFinite(first)) {
      return of(first);
    }
    DoubleDouble rest = minus(other.times(first));
    double second = rest.high / other.high;
    rest = rest.minus(other.times(second));
    return of(first).plus(second).plus(rest.high / other.high);
  }

  DoubleDouble dividedBy(double other) {
    return dividedBy(of(other));
  }

  /** e to this power. */
  DoubleDouble exp() {
    if (Double.isNaN(high) || high > 720) {
      return of(Math.exp(high));
    }
    if (high < -800) {
      return ZERO;
    }
    // e^x = 2^k * (e^r)^512 with r so small that ten terms of the series are enough. The squarings
    // are made on e^r - 1, since a 1 in front would cost the digits that the next one needs.
    int halvings = 9;
    double k = Math.rint(high / LN_2.high);
    DoubleDouble r = minus(LN_2.times(k)).times(Math.scalb(1.0, -halvings));
    DoubleDouble term = r;
    DoubleDouble sum = r;
    for (int n = 2; n <= 10; n++) {
      term = term.times(r).dividedBy(n);
      sum = sum.plus(term);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.plus(sum).plus(sum.times(sum));
    }
    DoubleDouble power = sum.plus(ONE);
    return new DoubleDouble(Math.scalb(power.high, (int) k), Math.scalb(power.low, (int) k));
  }

  /** The natural logarithm. */
  DoubleDouble log() {
    double first = Math.log(high);
    if (!Double.isFinite(first)) {
      return of(first);
    }
    // Away from the ends of the range, where the inverse below would overflow or lose digits.
    int shift = high < 1e-290 ? 200 : high > 1e290 ? -200 : 0;
    if (shift != 0) {
      DoubleDouble moved = new DoubleDouble(Math.scalb(high, shift), Math.scalb(low, shift));
      return moved.log().minus(LN_2.times(shift));
    }
    // One step of Newton's method for e^y = x doubles the number of right digits.
    return of(first).plus(times(of(-first).exp()).plus(-1));
  }

  private static DoubleDouble normalized(double large, double small) {
    double high = large + small;
    return Double.isFinite(high) ? new DoubleDouble(high, small - (high - large)) : of(high);
  }
}
