package io.rowwise.file;

/**
 * Numbers of 16 bits as the floats that they are, each exactly. (Java's own conversion came with
 * JDK 20.)
 */
public final class HalfPrecision {
  private static final int EXPONENT_BITS = 0x1F;
  private static final int SIGNIFICAND = 0x3FF;

  /** What an exponent of float32 is more than the same one of float16. */
  private static final int BIAS_DIFFERENCE = 127 - 15;

  private HalfPrecision() {}

  /** IEEE 754's binary16, NumPy's {@code float16}, safetensors' F16: 5 bits of exponent. */
  public static float ofBinary16(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & EXPONENT_BITS;
    int significand = bits & SIGNIFICAND;
    if (exponent == 0) {
      // Zero, or without the leading 1; a float has room for all of these.
      float magnitude = significand * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == EXPONENT_BITS ? 0xFF : exponent + BIAS_DIFFERENCE;
    return Float.intBitsToFloat(sign | wide << 23 | significand << 13);
  }

  /** {@code bfloat16}, safetensors' BF16: the upper half of a float. */
  public static float ofBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
