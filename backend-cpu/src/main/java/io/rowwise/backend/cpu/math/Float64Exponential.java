package io.rowwise.backend.cpu.math;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;

/**
 * Powers of e over arrays, several times faster than calling {@link Math#exp} for each element and
 * within 1 ulp.
 *
 * <p>{@code e^x = 2^n * e^r} with {@code n} the integer nearest to {@code x / ln 2} and {@code r =
 * x - n ln 2}, at most 0.35 in size; {@code e^r} is {@code 1 + r + r^2 q(r)} with a polynomial
 * {@code q} of degree 10 through the Chebyshev nodes, off by at most {@code 2^-61}. The reduction
 * uses fused multiply-adds with ln 2 in two parts (W. J. Cody and W. Waite, Software Manual for the
 * Elementary Functions, 1980).
 *
 * <p>It comes in two halves, {@link #reduce} and a multiplication by {@code 2^n}, so that a row's
 * powers can be taken relative to its largest: {@code e^x / 2^N = 2^(n - N) * e^r}. The difference
 * of integers is exact, where {@code x - max} would be rounded.
 */
public final class Float64Exponential extends Exponential<double[]> {
  /** The largest size of an argument that {@link #reduce} takes. */
  public static final double LARGEST = 0x1p20;

  /** Below this every power rounds to 0. */
  private static final double UNDERFLOW = -746;

  // 2^n is normal, and its product with a number near 1 as well.
  public static final long SMALLEST_EXPONENT = -1021;
  // Powers are from 2^-700 to 2^324, so that their sums and reciprocals are normal, too.
  private static final long LOWEST_EXPONENT = -700;
  private static final int EXPONENT_BIAS = 1023;
  private static final int EXPONENT_SHIFT = 52;

  private static final NativeMemory MEMORY = NativeMemory.OF_THIS_JVM;

  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN2_HIGH = 0.6931471805599453;
  // ln 2 - LN2_HIGH.
  private static final double LN2_LOW = 2.3190468138462996e-17;
  // Added to a number below 2^51, it rounds that to an integer and leaves it in the low bits.
  private static final double ROUNDER = NativeMemory.SHIFT_64;

  private static final double C2 = 0x1.0p-1;
  private static final double C3 = 0x1.5555555555557p-3;
  private static final double C4 = 0x1.5555555555556p-5;
  private static final double C5 = 0x1.11111111100dcp-7;
  private static final double C6 = 0x1.6c16c16c162d4p-10;
  private static final double C7 = 0x1.a01a01abe7fe1p-13;
  private static final double C8 = 0x1.a01a01a6d889cp-16;
  private static final double C9 = 0x1.71de0231960ebp-19;
  private static final double C10 = 0x1.27e4db646b17ep-22;
  private static final double C11 = 0x1.af4de97ca4194p-26;
  private static final double C12 = 0x1.1f730349868cep-29;

  private final long[] bits;

  Float64Exponential(Scratch scratch, int capacity) {
    super(Loops.float64());
    this.bits = scratch.longs(capacity);
  }

  @Override
  public boolean takes(double largest) {
    return Math.abs(largest) <= LARGEST;
  }

  @Override
  public double exponent(double largest) {
    return round(largest) - ROUNDER;
  }

  @Override
  public void relative(
      double[] x, double largest, double[] rounded, double[] reduced, double[] out, int count) {
    long base = Double.doubleToRawLongBits(round(largest)) + LOWEST_EXPONENT;
    reduce(x, rounded, reduced, count);
    MEMORY.scale(reduced, rounded, base, LOWEST_EXPONENT, bits, out, count);
  }

  /**
   * Splits {@code e^x} into {@code 2^n * reduced}.
   *
   * <p>The three arrays are different ones: C2 vectorises the loop only then.
   *
   * @param x up to {@link #LARGEST} in size; others give any result, NaN gives a reduced NaN
   * @param rounded gets n, in the low bits: see {@link #exponent}
   * @param reduced gets a number from 0.7 to 1.42
   */
  public static void reduce(double[] x, double[] rounded, double[] reduced, int count) {
    for (int i = 0; i < count; i++) {
      double shifted = round(x[i]);
      rounded[i] = shifted;
      reduced[i] = reduced(x[i], shifted);
    }
  }

  /** The {@code reduced} of {@link #reduce} alone. */
  private static double reduced(double x, double rounded) {
    double minusN = ROUNDER - rounded;
    double r = Math.fma(minusN, LN2_LOW, Math.fma(minusN, LN2_HIGH, x));
    double q = Math.fma(C12, r, C11);
    q = Math.fma(q, r, C10);
    q = Math.fma(q, r, C9);
    q = Math.fma(q, r, C8);
    q = Math.fma(q, r, C7);
    q = Math.fma(q, r, C6);
    q = Math.fma(q, r, C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, C3);
    q = Math.fma(q, r, C2);
    return Math.fma(r * r, q, r) + 1;
  }

  /** The {@code rounded} of {@link #reduce} alone. */
  public static double round(double x) {
    return Math.fma(x, LOG2_E, ROUNDER);
  }

  /** The {@code rounded} of {@link #reduce} alone. */
  public static void round(double[] x, double[] rounded, int count) {
    for (int i = 0; i < count; i++) {
      rounded[i] = round(x[i]);
    }
  }

  /** The n of a {@code rounded}. */
  public static double integer(double rounded) {
    return rounded - ROUNDER;
  }

  /** {@code n ln 2 - x} for the n of a {@code rounded}, to the last bit. */
  public static double missing(double rounded, double x) {
    return missingOfLn2(integer(rounded), x);
  }

  /** {@code n ln 2 - x}, to the last bit. */
  public static double missingOfLn2(double n, double x) {
    return Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, -x));
  }

  /** {@code n ln 2}. */
  public static double timesLn2(double n) {
    return missingOfLn2(n, 0);
  }

  /** {@code 2^exponent}, a normal number. */
  public static double powerOfTwo(long exponent) {
    return Double.longBitsToDouble((exponent + EXPONENT_BIAS) << EXPONENT_SHIFT);
  }

  /**
   * {@code out[i] = e^x[i] / 2^N[i]} with the N of {@code round(max[i])}, however far they are
   * apart.
   *
   * @param max at least {@code x}, element by element, up to {@link #LARGEST} in size or NaN
   */
  public static void scale(
      double[] x,
      double[] rounded,
      double[] reduced,
      double[] max,
      double[] roundedMax,
      double[] out,
      int count) {
    for (int i = 0; i < count; i++) {
      double exponent = rounded[i] - roundedMax[i];
      if (exponent >= SMALLEST_EXPONENT) {
        out[i] = reduced[i] * powerOfTwo((long) exponent);
      } else {
        out[i] = farBelow(x[i] - max[i], reduced[i], exponent);
      }
    }
  }

  private static double farBelow(double distance, double reduced, double exponent) {
    if (distance >= UNDERFLOW) {
      return Math.scalb(reduced, (int) exponent);
    }
    // What is left may be NaN.
    return distance < UNDERFLOW ? 0 : distance;
  }
}
