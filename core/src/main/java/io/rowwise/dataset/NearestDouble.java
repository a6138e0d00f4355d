package io.rowwise.dataset;

import java.math.BigInteger;

/**
 * The double that is nearest to a decimal number, by the method of Eisel and Lemire (Lemire, Number
 * Parsing at a Gigabyte per Second, Software: Practice and Experience 51(8), 2021), which tells
 * where it cannot decide. Names are those of the paper where it has some.
 */
final class NearestDouble {
  /** Numbers of data have no larger exponents, or hardly ever. */
  private static final int LARGEST_EXPONENT = 64;

  private static final int EXPONENT_BIAS = 1023;
  private static final int FRACTION_BITS = 52;

  /** The bits of a product's upper half that are below those of a double and the one after it. */
  private static final long BELOW = 0x1FF;

  /** The first 128 bits of 5 to the power of -64 to 64, rounded down; the first of them is a 1. */
  private static final long[] UPPER = new long[2 * LARGEST_EXPONENT + 1];

  private static final long[] LOWER = new long[2 * LARGEST_EXPONENT + 1];

  static {
    for (int exponent = -LARGEST_EXPONENT; exponent <= LARGEST_EXPONENT; exponent++) {
      BigInteger power = BigInteger.valueOf(5).pow(Math.abs(exponent));
      if (exponent < 0) {
        power = BigInteger.ONE.shiftLeft(128 + power.bitLength()).divide(power);
      } else {
        power = power.shiftLeft(128);
      }
      BigInteger first = power.shiftRight(power.bitLength() - 128);
      UPPER[exponent + LARGEST_EXPONENT] = first.shiftRight(64).longValue();
      LOWER[exponent + LARGEST_EXPONENT] = first.longValue();
    }
  }

  private NearestDouble() {}

  /**
   * The double that is nearest to {@code digits} times ten to the power of {@code exponent}, or NaN
   * if this method does not tell.
   *
   * @param digits 0 to 10<sup>18</sup>; no such number is too large or small for a normal double
   */
  static double of(long digits, int exponent) {
    if (digits == 0 || Math.abs(exponent) > LARGEST_EXPONENT) {
      return digits == 0 ? 0.0 : Double.NaN;
    }
    int shift = Long.numberOfLeadingZeros(digits);
    long w = digits << shift;
    int place = exponent + LARGEST_EXPONENT;
    long upper = upperHalf(w, UPPER[place]);
    long lower = w * UPPER[place];
    // Only then can the rest of the power, which is left out so far, change the double's bits.
    if ((upper & BELOW) == BELOW && Long.compareUnsigned(lower + w, w) < 0) {
      long carried = lower + upperHalf(w, LOWER[place]);
      if (Long.compareUnsigned(carried, lower) < 0) {
        upper++;
      }
      lower = carried;
      if ((upper & BELOW) == BELOW && lower == -1) {
        return Double.NaN;
      }
    }
    int firstBit = (int) (upper >>> 63);
    long mantissa = upper >>> (firstBit + 9);
    if (lower == 0 && (upper & BELOW) == 0 && (mantissa & 3) == 1) {
      // Perhaps exactly between two doubles.
      return Double.NaN;
    }
    mantissa = (mantissa + (mantissa & 1)) >>> 1;
    // 217706 / 2^16 is the logarithm of 10 to base 2, near enough for these exponents.
    long binaryExponent =
        ((217706L * exponent) >> 16) + 64 + EXPONENT_BIAS - shift - (1 ^ firstBit);
    if (mantissa >>> (FRACTION_BITS + 1) != 0) {
      mantissa >>>= 1;
      binaryExponent++;
    }
    return Double.longBitsToDouble(
        (binaryExponent << FRACTION_BITS) | (mantissa & ((1L << FRACTION_BITS) - 1)));
  }

  /** The upper half of the product of two longs without signs. */
  private static long upperHalf(long a, long b) {
    return Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
  }
}
