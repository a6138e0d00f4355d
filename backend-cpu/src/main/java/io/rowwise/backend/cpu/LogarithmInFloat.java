package io.rowwise.backend.cpu;

/**
 * The natural logarithm over arrays in {@code float} arithmetic, within 1 ulp. The way is that of
 * {@link Logarithm}, with a polynomial {@code R} of degree 4 that is off by at most {@code 2^-35}
 * of the whole.
 */
final class LogarithmInFloat {
  private static final int MANTISSA_BITS = 23;
  private static final int SIGN = Integer.SIZE - 1;
  private static final int ROOT_OF_A_HALF = Float.floatToRawIntBits((float) Math.sqrt(0.5));
  private static final int SMALLEST = Float.floatToRawIntBits(Float.MIN_NORMAL);
  private static final int LARGEST = Float.floatToRawIntBits(Float.MAX_VALUE);

  // Has an integer below 2^22 in its low bits once that is added to its own.
  private static final float SHIFT = 0x1.8p23f;
  private static final int SHIFT_BITS = Float.floatToRawIntBits(SHIFT);

  // Its product with a power of two's exponent is exact.
  private static final float LN2_HIGH = 0x1.62e4p-1f;
  // ln 2 - LN2_HIGH.
  private static final float LN2_LOW = 0x1.7f7d1cp-20f;

  private static final float R1 = 0x1.555556p-1f;
  private static final float R2 = 0x1.9999ecp-2f;
  private static final float R3 = 0x1.245c36p-2f;
  private static final float R4 = 0x1.ddd1d8p-3f;

  private LogarithmInFloat() {}

  /** A function that gives {@code ln x} for any x. For one thread at a time. */
  static Elements.Unary<float[]> function(NativeLoops loops, Scratch scratch, int capacity) {
    int[] powers = scratch.ints(capacity);
    long[] mantissas = scratch.longs((capacity + 1) / 2);
    float[] few = scratch.floats(capacity);
    long[] sums = scratch.longs(NativeElements.BLOCK / 4);
    return (x, out, count) -> {
      loops.log(x, powers, mantissas, out, count);
      if (Double.isNaN(loops.floats().sum(out, 0, count, sums, few))) {
        takeSpecialOnes(x, out, count);
      }
    };
  }

  private static void takeSpecialOnes(float[] x, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      if (Float.isNaN(out[i])) {
        out[i] = (float) Math.log(x[i]);
      }
    }
  }

  /** The bits of a number that has the k of {@code x = 2^k * mantissa} in its low bits. */
  static int shifted(int bits) {
    return SHIFT_BITS + ((bits - ROOT_OF_A_HALF) >> MANTISSA_BITS);
  }

  /** The bits of the mantissa; of a NaN where x is not positive, normal and finite. */
  static int mantissa(int bits, int shifted) {
    int special = -(((bits - SMALLEST) | (LARGEST - bits)) >>> SIGN);
    return (bits - ((shifted - SHIFT_BITS) << MANTISSA_BITS)) | special;
  }

  /** {@code ln x} of its parts. */
  static float log(float shifted, float mantissa) {
    float k = shifted - SHIFT;
    float f = mantissa - 1;
    float s = f / (2 + f);
    float z = s * s;
    float r = Math.fma(z, R4, R3);
    r = Math.fma(z, r, R2);
    r = z * Math.fma(z, r, R1);
    float half = 0.5f * f * f;
    float low = Math.fma(s, half + r, k * LN2_LOW);
    return k * LN2_HIGH - ((half - low) - f);
  }
}
