package io.rowwise.backend.cpu;

/**
 * The exponential function over arrays, several times faster than calling {@link Math#exp} for each
 * element and within 1 ulp.
 *
 * <p>{@code e^x = 2^n * e^r} with {@code n} the integer nearest to {@code x / ln 2} and {@code r =
 * x - n ln 2}, at most 0.35 in size; {@code e^r} is its Taylor polynomial of degree 13, whose
 * remainder is below {@code 5e-18}. The reduction uses fused multiply-adds with ln 2 in two parts
 * (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980).
 */
final class Exponential {
  /** Below this every power rounds to 0. */
  private static final double UNDERFLOW = -746;

  // Between these exponents e^r * 2^n is a normal number.
  private static final long SMALLEST_EXPONENT = -1021;
  private static final long LARGEST_EXPONENT = 1022;

  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN2_HIGH = 0.6931471805599453;
  // ln 2 - LN2_HIGH.
  private static final double LN2_LOW = 2.3190468138462996e-17;
  // Added to a number below 2^51, it rounds that to an integer and leaves it in the low bits.
  private static final double ROUNDER = 0x1.8p52;
  private static final long ROUNDER_BITS = Double.doubleToRawLongBits(ROUNDER);

  private static final double C2 = 1.0 / 2;
  private static final double C3 = 1.0 / 6;
  private static final double C4 = 1.0 / 24;
  private static final double C5 = 1.0 / 120;
  private static final double C6 = 1.0 / 720;
  private static final double C7 = 1.0 / 5040;
  private static final double C8 = 1.0 / 40320;
  private static final double C9 = 1.0 / 362880;
  private static final double C10 = 1.0 / 3628800;
  private static final double C11 = 1.0 / 39916800;
  private static final double C12 = 1.0 / 479001600;
  private static final double C13 = 1.0 / 6227020800.0;

  private Exponential() {}

  /**
   * {@code out[i] = e^(x[i] + low[i])}.
   *
   * <p>The five arrays are different ones: C2 vectorises the first loop only then.
   *
   * @param x of any value; NaN gives NaN
   * @param low what is missing from {@code x}, at most an ulp of it; ignored where {@code x} is
   *     below {@code -746}, and may be NaN there
   * @param reduced scratch
   * @param multiple scratch
   */
  static void apply(
      double[] x, double[] low, double[] reduced, double[] multiple, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      double rounded = Math.fma(x[i], LOG2_E, ROUNDER);
      double minusN = ROUNDER - rounded;
      double r = Math.fma(minusN, LN2_LOW, Math.fma(minusN, LN2_HIGH, x[i])) + low[i];
      double q = Math.fma(C13, r, C12);
      q = Math.fma(q, r, C11);
      q = Math.fma(q, r, C10);
      q = Math.fma(q, r, C9);
      q = Math.fma(q, r, C8);
      q = Math.fma(q, r, C7);
      q = Math.fma(q, r, C6);
      q = Math.fma(q, r, C5);
      q = Math.fma(q, r, C4);
      q = Math.fma(q, r, C3);
      q = Math.fma(q, r, C2);
      reduced[i] = Math.fma(r * r, q, r) + 1;
      multiple[i] = rounded;
    }
    for (int i = 0; i < count; i++) {
      // Where x is not finite or far from 0 this is far outside the range, too.
      long n = Double.doubleToRawLongBits(multiple[i]) - ROUNDER_BITS;
      if (n >= SMALLEST_EXPONENT && n <= LARGEST_EXPONENT) {
        out[i] = reduced[i] * Double.longBitsToDouble((n + 1023) << 52);
      } else {
        out[i] = atTheEdge(x[i], low[i]);
      }
    }
  }

  private static double atTheEdge(double x, double low) {
    return x < UNDERFLOW ? 0 : Math.exp(x) * (1 + low);
  }
}
