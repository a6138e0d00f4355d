package io.rowwise.backend.cpu;

/**
 * Powers of e over arrays in {@code float} arithmetic, within 1.1 ulp. The way is that of {@link
 * Exponential}, with a polynomial {@code q} of degree 4 that leaves {@code e^r} off by at most
 * {@code 2^-26.4}.
 */
final class ExponentialInFloat {
  // Powers are from 2^-90 to 2^38, so that their sums and reciprocals are normal, too.
  static final int LOWEST_EXPONENT = -90;
  static final int RANGE_BITS = 7;
  static final int LARGEST_ABOVE = (1 << RANGE_BITS) - 1;
  static final int EXPONENT_BIAS = 127;
  static final int EXPONENT_SHIFT = 23;
  // Below it, n ln 2 is exact to far below an ulp.
  static final float LARGEST = 0x1p15f;

  static final float LOG2_E = 1.442695f;
  static final float LN2_HIGH = 0.6931472f;
  // ln 2 - LN2_HIGH.
  static final float LN2_LOW = -1.9046542e-9f;
  // Added to a number below 2^22, it rounds that to an integer and leaves it in the low bits.
  static final float ROUNDER = 0x1.8p23f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  static final float C2 = 0x1.0p-1f;
  static final float C3 = 0x1.5554dcp-3f;
  static final float C4 = 0x1.55551ap-5f;
  static final float C5 = 0x1.120b6ep-7f;
  static final float C6 = 0x1.6d110ap-10f;

  private ExponentialInFloat() {}

  /** {@link Exponential#reduce} in {@code float}. */
  static void reduce(float[] x, float[] rounded, float[] reduced, int count) {
    for (int i = 0; i < count; i++) {
      float shifted = round(x[i]);
      rounded[i] = shifted;
      reduced[i] = reduced(x[i], shifted);
    }
  }

  /** {@code ROUNDER + n}, with n the integer nearest to {@code x / ln 2}. */
  static float round(float x) {
    return Math.fma(x, LOG2_E, ROUNDER);
  }

  /** {@code e^(x - n ln 2)}, from 0.7 to 1.42. */
  static float reduced(float x, float rounded) {
    float minusN = ROUNDER - rounded;
    float r = Math.fma(minusN, LN2_LOW, Math.fma(minusN, LN2_HIGH, x));
    float q = Math.fma(C6, r, C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, C3);
    q = Math.fma(q, r, C2);
    return Math.fma(r * r, q, r) + 1;
  }

  /**
   * The bits of {@code 2^(above + LOWEST_EXPONENT)} where {@code above} is from 0 to 127; elsewhere
   * those of a NaN.
   */
  static int bitsOfPowerOfTwo(int above) {
    int outside = above >> RANGE_BITS;
    return ((above + (LOWEST_EXPONENT + EXPONENT_BIAS)) << EXPONENT_SHIFT)
        | ((outside | -outside) >> (Integer.SIZE - 1));
  }

  /** A function that gives {@code e^x} for any x. For one thread at a time. */
  static Elements.Unary<float[]> function(NativeLoops loops, Scratch scratch, int capacity) {
    float[] rounded = scratch.floats(capacity);
    float[] reduced = scratch.floats(capacity);
    int[] bits = scratch.ints(capacity);
    long[] sums = scratch.longs(NativeElements.BLOCK / 4);
    return (x, out, count) -> {
      reduce(x, rounded, reduced, count);
      loops.scale(rounded, ROUNDER_BITS + LOWEST_EXPONENT, reduced, bits, out, count);
      if (Double.isNaN(loops.floats().sum(out, 0, count, sums, rounded))) {
        takeThoseOutside(x, out, count);
      }
    };
  }

  private static void takeThoseOutside(float[] x, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      if (Float.isNaN(out[i])) {
        out[i] = (float) Math.exp(x[i]);
      }
    }
  }
}
