package io.rowwise.file;

/**
 * Numbers of 16 bits: as the floats that they are, each exactly, and what a number becomes when it
 * is rounded to one, to the nearest and of two as near to the even one. What is too large becomes
 * an infinity, NaN stays NaN. (Java's own conversion came with JDK 20.)
 */
public final class HalfPrecision {
  private static final int EXPONENT_BITS = 0x1F;
  private static final int SIGNIFICAND = 0x3FF;
  private static final int SIGN = 0x8000;

  /** What an exponent of float32 is more than the same one of float16. */
  private static final int BIAS_DIFFERENCE = 127 - 15;

  // Bits of a float.
  private static final int INFINITY = 0x7F800000;
  private static final int SMALLEST_NORMAL_BINARY16 = Float.floatToRawIntBits(0x1p-14f);
  private static final int BEYOND_BINARY16 = Float.floatToRawIntBits(65520);

  /** What has the digits of a float16 without the leading 1 as its last ones, once it is added. */
  private static final float LAST_DIGIT_OF_BINARY16 = 0.5f;

  private static final int DIGITS_LESS = 23 - 10;
  private static final int QUIET_BINARY16 = 0x7E00;
  private static final int INFINITE_BINARY16 = 0x7C00;
  private static final int QUIET_BFLOAT16 = 0x40;

  private HalfPrecision() {}

  /** IEEE 754's binary16, NumPy's {@code float16}, safetensors' F16: 5 bits of exponent. */
  public static float ofBinary16(short bits) {
    int sign = (bits & SIGN) << 16;
    int exponent = (bits >>> 10) & EXPONENT_BITS;
    int significand = bits & SIGNIFICAND;
    if (exponent == 0) {
      // Zero, or without the leading 1; a float has room for all of these.
      float magnitude = significand * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == EXPONENT_BITS ? 0xFF : exponent + BIAS_DIFFERENCE;
    return Float.intBitsToFloat(sign | wide << 23 | significand << DIGITS_LESS);
  }

  /** {@code bfloat16}, safetensors' BF16: the upper half of a float. */
  public static float ofBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The bits of the nearest binary16. */
  public static short binary16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & SIGN;
    int magnitude = bits & Integer.MAX_VALUE;
    int rounded;
    if (magnitude > INFINITY) {
      rounded = QUIET_BINARY16;
    } else if (magnitude >= BEYOND_BINARY16) {
      rounded = INFINITE_BINARY16;
    } else if (magnitude < SMALLEST_NORMAL_BINARY16) {
      rounded =
          Float.floatToRawIntBits(Math.abs(value) + LAST_DIGIT_OF_BINARY16)
              - Float.floatToRawIntBits(LAST_DIGIT_OF_BINARY16);
    } else {
      int half = (1 << (DIGITS_LESS - 1)) - 1 + (magnitude >>> DIGITS_LESS & 1);
      rounded = (magnitude - (BIAS_DIFFERENCE << 23) + half) >>> DIGITS_LESS;
    }
    return (short) (sign | rounded);
  }

  /** The bits of the nearest binary16, rounded once. */
  public static short binary16(double value) {
    return binary16(roundedToOdd(value));
  }

  /** The bits of the nearest bfloat16. */
  public static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short)
        (Float.isNaN(value)
            ? bits >>> 16 | QUIET_BFLOAT16
            : (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
  }

  /** The bits of the nearest bfloat16, rounded once. */
  public static short bfloat16(double value) {
    return bfloat16(roundedToOdd(value));
  }

  /**
   * The float towards 0, or the next one if its last digit is 0 and something was lost: a second
   * rounding, to some digits less, then gives what the only one would (S. Boldo and G. Melquiond,
   * When double rounding is odd, 2005).
   */
  private static float roundedToOdd(double value) {
    float nearest = (float) value;
    if (nearest == value || Double.isNaN(value)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    int towardsZero = Math.abs((double) nearest) > Math.abs(value) ? bits - 1 : bits;
    return Float.intBitsToFloat(towardsZero | 1);
  }
}
