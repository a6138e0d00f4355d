package io.rowwise.backend.cpu;

/**
 * The natural logarithm over arrays, several times faster than calling {@link Math#log} for each
 * element and within 1 ulp.
 *
 * <p>{@code ln x = k ln 2 + ln(1 + f)} with {@code 1 + f} from the root of a half to the root of
 * two. With {@code s = f / (2 + f)}, {@code ln(1 + f) = 2 artanh s = 2 s + s R(s^2) = f - (f^2/2 -
 * s (f^2/2 + R(s^2)))}; the last form loses nothing where f is small (W. J. Cody and W. Waite,
 * Software Manual for the Elementary Functions, 1980; FDLIBM does the same). {@code R} is a
 * polynomial of degree 7 through the Chebyshev nodes, off by at most {@code 2^-57} of the whole.
 * {@code k} times the high part of ln 2 is exact.
 */
final class Logarithm {
  private static final int MANTISSA_BITS = 52;
  private static final int SIGN = Long.SIZE - 1;
  private static final long ROOT_OF_A_HALF = Double.doubleToRawLongBits(0x1.6a09e667f3bcdp-1);

  private static final long SMALLEST = Double.doubleToRawLongBits(Double.MIN_NORMAL);
  private static final long LARGEST = Double.doubleToRawLongBits(Double.MAX_VALUE);

  // Has an integer below 2^51 in its low bits once that is added to its own.
  private static final double SHIFT = 0x1.8p52;
  private static final long SHIFT_BITS = Double.doubleToRawLongBits(SHIFT);
  // Makes every k positive: not every processor has an arithmetic shift for vectors of longs.
  private static final long ABOVE = 2048;

  private static final double LN2_HIGH = 0x1.62e42feep-1;
  // ln 2 - LN2_HIGH.
  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  private static final double R1 = 0x1.5555555555558p-1;
  private static final double R2 = 0x1.99999999952ccp-2;
  private static final double R3 = 0x1.2492492df3ba9p-2;
  private static final double R4 = 0x1.c71c62e26208bp-3;
  private static final double R5 = 0x1.7462b58e46ebep-3;
  private static final double R6 = 0x1.39fe42e9740a7p-3;
  private static final double R7 = 0x1.2b59b713616c9p-3;

  private Logarithm() {}

  /**
   * A function that gives {@code ln x} for any x. For one thread at a time.
   *
   * @param loops or null
   */
  static Elements.Unary<double[]> function(NativeLoops loops, Scratch scratch, int capacity) {
    double[] some = scratch.doubles(capacity);
    if (loops == null) {
      double[] more = scratch.doubles(capacity);
      return (x, out, count) -> apply(x, some, more, out, count);
    }
    long[] powers = scratch.longs(capacity);
    int[] mantissas = scratch.ints(2 * capacity);
    return (x, out, count) -> {
      loops.log(x, powers, mantissas, out, count);
      if (Double.isNaN(loops.doubles().sum(out, 0, count, powers, some))) {
        takeSpecialOnes(x, out, count);
      }
    };
  }

  /** The bits of a number that has the k of {@code x = 2^k * mantissa} in its low bits. */
  static long shifted(long bits) {
    long above = (bits - ROOT_OF_A_HALF + (ABOVE << MANTISSA_BITS)) >>> MANTISSA_BITS;
    return SHIFT_BITS + (above - ABOVE);
  }

  /** The bits of the mantissa; of a NaN where x is not positive, normal and finite. */
  static long mantissa(long bits, long shifted) {
    long special = -(((bits - SMALLEST) | (LARGEST - bits)) >>> SIGN);
    return (bits - ((shifted - SHIFT_BITS) << MANTISSA_BITS)) | special;
  }

  /** {@code ln x} of its parts. */
  static double log(double shifted, double mantissa) {
    return sum(shifted - SHIFT, mantissa);
  }

  /**
   * {@code out[i] = ln x[i]}, for any {@code x}; special values are those of {@link Math#log}. The
   * four arrays are different ones.
   *
   * @param power scratch
   * @param mantissa scratch
   */
  static void apply(double[] x, double[] power, double[] mantissa, double[] out, int count) {
    boolean special = false;
    for (int i = 0; i < count; i++) {
      long bits = Double.doubleToRawLongBits(x[i]);
      long k = (bits - ROOT_OF_A_HALF) >> MANTISSA_BITS;
      power[i] = k;
      mantissa[i] = Double.longBitsToDouble(bits - (k << MANTISSA_BITS));
      special |= isSpecial(x[i]);
    }
    add(power, mantissa, out, count);
    if (special) {
      takeSpecialOnes(x, out, count);
    }
  }

  private static void takeSpecialOnes(double[] x, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      if (isSpecial(x[i])) {
        out[i] = Math.log(x[i]);
      }
    }
  }

  private static boolean isSpecial(double x) {
    return !(x >= Double.MIN_NORMAL && x <= Double.MAX_VALUE);
  }

  private static void add(double[] power, double[] mantissa, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = sum(power[i], mantissa[i]);
    }
  }

  private static double sum(double k, double mantissa) {
    double f = mantissa - 1;
    double s = f / (2 + f);
    double z = s * s;
    double r = Math.fma(z, R7, R6);
    r = Math.fma(z, r, R5);
    r = Math.fma(z, r, R4);
    r = Math.fma(z, r, R3);
    r = Math.fma(z, r, R2);
    r = z * Math.fma(z, r, R1);
    double half = 0.5 * f * f;
    double low = Math.fma(s, half + r, k * LN2_LOW);
    return k * LN2_HIGH - ((half - low) - f);
  }
}
