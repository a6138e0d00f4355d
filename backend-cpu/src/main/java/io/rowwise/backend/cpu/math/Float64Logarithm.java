package io.rowwise.backend.cpu.math;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;

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
final class Float64Logarithm extends Logarithm<double[]> {
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

  private final double[] powers;
  private final double[] mantissas;
  private final long[] bits;

  Float64Logarithm(Scratch scratch, int capacity) {
    this.powers = scratch.doubles(capacity);
    this.mantissas = scratch.doubles(capacity);
    this.bits = scratch.longs(capacity);
  }

  @Override
  public void log(double[] x, double[] out, int count) {
    NativeMemory.OF_THIS_JVM.split(x, powers, mantissas, bits, count);
    for (int i = 0; i < count; i++) {
      out[i] = log(powers[i], mantissas[i]);
    }
    Loops.float64().replaceNaN(x, out, count, Math::log);
  }

  private static double log(double shifted, double mantissa) {
    double k = shifted - NativeMemory.SHIFT_64;
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
