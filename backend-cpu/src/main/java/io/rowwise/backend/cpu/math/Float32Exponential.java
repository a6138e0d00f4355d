package io.rowwise.backend.cpu.math;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;

/**
 * Powers of e over arrays in {@code float} arithmetic, within 1.1 ulp. The way is that of {@link
 * Float64Exponential}, with a polynomial {@code q} of degree 4 that leaves {@code e^r} off by at
 * most {@code 2^-26.4}.
 */
class Float32Exponential extends Exponential<float[]> {
  // Powers are from 2^-90 to 2^38, so that their sums and reciprocals are normal, too.
  static final int LOWEST_EXPONENT = -90;
  static final int EXPONENT_BIAS = 127;
  static final int EXPONENT_SHIFT = 23;
  // Below it, n ln 2 is exact to far below an ulp.
  static final float LARGEST = 0x1p15f;

  static final float LOG2_E = 1.442695f;
  static final float LN2_HIGH = 0.6931472f;
  // ln 2 - LN2_HIGH.
  static final float LN2_LOW = -1.9046542e-9f;
  // Added to a number below 2^22, it rounds that to an integer and leaves it in the low bits.
  static final float ROUNDER = NativeMemory.SHIFT_32;

  static final float C2 = 0x1.0p-1f;
  static final float C3 = 0x1.5554dcp-3f;
  static final float C4 = 0x1.55551ap-5f;
  static final float C5 = 0x1.120b6ep-7f;
  static final float C6 = 0x1.6d110ap-10f;

  private static final NativeMemory MEMORY = NativeMemory.OF_THIS_JVM;

  private final int[] bits;

  Float32Exponential(Scratch scratch, int capacity) {
    super(Loops.float32());
    this.bits = scratch.ints(capacity);
  }

  @Override
  public final boolean takes(double largest) {
    return Math.abs(largest) <= LARGEST;
  }

  @Override
  public final double exponent(double largest) {
    return round((float) largest) - ROUNDER;
  }

  /** The bits that {@link NativeMemory#scale} wants: of the rounded largest, and the lowest. */
  static int base(double largest) {
    return Float.floatToRawIntBits(round((float) largest)) + LOWEST_EXPONENT;
  }

  @Override
  public void relative(
      float[] x, double largest, float[] rounded, float[] reduced, float[] out, int count) {
    reduce(x, rounded, reduced, count);
    MEMORY.scale(reduced, rounded, base(largest), LOWEST_EXPONENT, bits, out, count);
  }

  /** Splits {@code e^x} into {@code 2^n * reduced}. The three arrays are different ones. */
  private static void reduce(float[] x, float[] rounded, float[] reduced, int count) {
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
  private static float reduced(float x, float rounded) {
    float minusN = ROUNDER - rounded;
    float r = Math.fma(minusN, LN2_LOW, Math.fma(minusN, LN2_HIGH, x));
    float q = Math.fma(C6, r, C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, C3);
    q = Math.fma(q, r, C2);
    return Math.fma(r * r, q, r) + 1;
  }
}
