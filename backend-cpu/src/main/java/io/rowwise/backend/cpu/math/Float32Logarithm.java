package io.rowwise.backend.cpu.math;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;

/**
 * The natural logarithm over arrays in {@code float} arithmetic, within 1 ulp. The way is that of
 * {@link Float64Logarithm}, with a polynomial {@code R} of degree 4 that is off by at most {@code
 * 2^-35} of the whole.
 */
final class Float32Logarithm extends Logarithm<float[]> {
  // Its product with a power of two's exponent is exact.
  private static final float LN2_HIGH = 0x1.62e4p-1f;
  // ln 2 - LN2_HIGH.
  private static final float LN2_LOW = 0x1.7f7d1cp-20f;

  private static final float R1 = 0x1.555556p-1f;
  private static final float R2 = 0x1.9999ecp-2f;
  private static final float R3 = 0x1.245c36p-2f;
  private static final float R4 = 0x1.ddd1d8p-3f;

  private final float[] powers;
  private final float[] mantissas;
  private final int[] bits;

  Float32Logarithm(Scratch scratch, int capacity) {
    this.powers = scratch.floats(capacity);
    this.mantissas = scratch.floats(capacity);
    this.bits = scratch.ints(capacity);
  }

  @Override
  public void log(float[] x, float[] out, int count) {
    NativeMemory.OF_THIS_JVM.split(x, powers, mantissas, bits, count);
    for (int i = 0; i < count; i++) {
      out[i] = log(powers[i], mantissas[i]);
    }
    Loops.float32().replaceNaN(x, out, count, Math::log);
  }

  private static float log(float shifted, float mantissa) {
    float k = shifted - NativeMemory.SHIFT_32;
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
