package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.lang.reflect.Field;
import sun.misc.Unsafe;

/**
 * {@link NativeLoops} by {@code sun.misc.Unsafe}.
 *
 * <p>What C2 of JDK 17 asks for, found by trying: an index of bounded range, which the masks give;
 * addresses of the form {@code invariant + IN_FLOATS + size * i} where arrays of the same type are
 * read or written at {@code i}, since all must have the same distance from a vector's boundary;
 * results in arrays or memory that nothing else in the loop reads.
 */
final class UnsafeLoops extends NativeLoops {
  static final Unsafe UNSAFE = unsafe();

  /**
   * Where the elements of a {@code float[]} or {@code int[]} begin, and, for C2, those of {@code
   * float32} outside the heap as well.
   */
  static final long IN_FLOATS = Unsafe.ARRAY_FLOAT_BASE_OFFSET;

  /** The same of {@code double[]}, {@code long[]} and {@code float64}: not that of the others. */
  static final long IN_DOUBLES = Unsafe.ARRAY_DOUBLE_BASE_OFFSET;

  private final NativeElements<float[]> floats = new UnsafeFloats();
  private final NativeElements<double[]> doubles = new UnsafeDoubles();

  UnsafeLoops() {
    if (Unsafe.ARRAY_INT_BASE_OFFSET != IN_FLOATS || Unsafe.ARRAY_LONG_BASE_OFFSET != IN_DOUBLES) {
      throw new LinkageError("arrays of numbers of one size begin at different places in this JVM");
    }
    // Throws where it is denied.
    UNSAFE.putFloat(new float[1], IN_FLOATS, 1);
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no Unsafe", e);
    }
  }

  @Override
  long distance(ElementType type) {
    return switch (type) {
      case FLOAT32 -> IN_FLOATS;
      case FLOAT64 -> IN_DOUBLES;
    };
  }

  @Override
  NativeElements<float[]> floats() {
    return floats;
  }

  @Override
  NativeElements<double[]> doubles() {
    return doubles;
  }

  @Override
  void reduce(long x, float[] rounded, float[] reduced, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      float value = UNSAFE.getFloat(x + IN_FLOATS + 4L * i);
      float shifted = ExponentialInFloat.round(value);
      rounded[i] = shifted;
      reduced[i] = ExponentialInFloat.reduced(value, shifted);
    }
  }

  @Override
  void reduce(long x, double[] rounded, double[] reduced, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      double value = UNSAFE.getDouble(x + IN_DOUBLES + 8L * i);
      double shifted = Exponential.round(value);
      rounded[i] = shifted;
      reduced[i] = Exponential.reduced(value, shifted);
    }
  }

  @Override
  void scale(float[] rounded, int base, float[] reduced, int[] factors, float[] out, int count) {
    takeFactors(rounded, base, factors, count);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      out[i] = reduced[i] * UNSAFE.getFloat(factors, IN_FLOATS + 4L * i);
    }
  }

  // A second loop is faster than one that does both, where vectors have 32 bytes.
  private static void takeFactors(float[] rounded, int base, int[] factors, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      factors[i] =
          ExponentialInFloat.bitsOfPowerOfTwo(UNSAFE.getInt(rounded, IN_FLOATS + 4L * i) - base);
    }
  }

  @Override
  void scale(
      double[] rounded,
      long base,
      long lowest,
      double[] reduced,
      long[] factors,
      double[] out,
      int count) {
    takeFactors(rounded, base, lowest, factors, count);
    multiply(reduced, factors, out, count);
  }

  private static void takeFactors(
      double[] rounded, long base, long lowest, long[] factors, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long above = UNSAFE.getLong(rounded, IN_DOUBLES + 8L * i) - base;
      factors[i] = Exponential.bitsOfPowerOfTwo(above, lowest);
    }
  }

  private static void multiply(double[] x, long[] factors, double[] out, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      out[i] = x[i] * UNSAFE.getDouble(factors, IN_DOUBLES + 8L * i);
    }
  }

  @Override
  void scale(
      double[] rounded,
      double[] roundedMax,
      long lowest,
      double[] reduced,
      long[] factors,
      double[] out,
      int count) {
    takeFactors(rounded, roundedMax, lowest, factors, count);
    multiply(reduced, factors, out, count);
  }

  private static void takeFactors(
      double[] rounded, double[] roundedMax, long lowest, long[] factors, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long exponent =
          UNSAFE.getLong(rounded, IN_DOUBLES + 8L * i)
              - UNSAFE.getLong(roundedMax, IN_DOUBLES + 8L * i);
      factors[i] = Exponential.bitsOfPowerOfTwo(exponent - lowest, lowest);
    }
  }

  @Override
  void log(float[] x, int[] powers, long[] mantissas, float[] out, int count) {
    split(x, powers, mantissas, count);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      float shifted = UNSAFE.getFloat(powers, IN_FLOATS + 4L * i);
      float mantissa = UNSAFE.getFloat(mantissas, IN_DOUBLES + 4L * i);
      out[i] = LogarithmInFloat.log(shifted, mantissa);
    }
  }

  private static void split(float[] x, int[] powers, long[] mantissas, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      int bits = UNSAFE.getInt(x, IN_FLOATS + 4L * i);
      int shifted = LogarithmInFloat.shifted(bits);
      powers[i] = shifted;
      UNSAFE.putInt(mantissas, IN_DOUBLES + 4L * i, LogarithmInFloat.mantissa(bits, shifted));
    }
  }

  @Override
  void log(double[] x, long[] powers, int[] mantissas, double[] out, int count) {
    split(x, powers, mantissas, count);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      double shifted = UNSAFE.getDouble(powers, IN_DOUBLES + 8L * i);
      double mantissa = UNSAFE.getDouble(mantissas, IN_FLOATS + 8L * i);
      out[i] = Logarithm.log(shifted, mantissa);
    }
  }

  private static void split(double[] x, long[] powers, int[] mantissas, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long bits = UNSAFE.getLong(x, IN_DOUBLES + 8L * i);
      long shifted = Logarithm.shifted(bits);
      powers[i] = shifted;
      UNSAFE.putLong(mantissas, IN_FLOATS + 8L * i, Logarithm.mantissa(bits, shifted));
    }
  }

  @Override
  void multiply(float[] x, float factor, long out, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      UNSAFE.putFloat(out + IN_FLOATS + 4L * i, x[i] * factor);
    }
  }

  @Override
  void multiply(float[] x, float[] factors, long out, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      UNSAFE.putFloat(out + IN_FLOATS + 4L * i, x[i] * factors[i]);
    }
  }

  @Override
  void multiply(double[] x, double high, double low, long out, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      UNSAFE.putDouble(out + IN_DOUBLES + 8L * i, Math.fma(x[i], high, x[i] * low));
    }
  }

  @Override
  void multiply(double[] x, double[] high, double[] low, long out, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      UNSAFE.putDouble(out + IN_DOUBLES + 8L * i, Math.fma(x[i], high[i], x[i] * low[i]));
    }
  }

  @Override
  void subtract(float[] x, int from, int to, float high, float low, long out) {
    int n = to & MOST;
    for (int i = from & MOST; i < n; i++) {
      UNSAFE.putFloat(out + IN_FLOATS + 4L * i, (x[i] - high) - low);
    }
  }

  @Override
  void subtract(double[] x, int from, int to, double high, double low, long out) {
    int n = to & MOST;
    for (int i = from & MOST; i < n; i++) {
      UNSAFE.putDouble(out + IN_DOUBLES + 8L * i, (x[i] - high) - low);
    }
  }

  @Override
  void subtractTargets(
      float[] powers, int from, int to, float factor, float[] y, float share, long out) {
    int n = to & MOST;
    for (int i = from & MOST; i < n; i++) {
      UNSAFE.putFloat(out + IN_FLOATS + 4L * i, Math.fma(powers[i], factor, -y[i]) * share);
    }
  }

  @Override
  void subtractTargets(
      double[] powers,
      int from,
      int to,
      double high,
      double low,
      double[] y,
      double share,
      long out) {
    int n = to & MOST;
    for (int i = from & MOST; i < n; i++) {
      double scaled = Math.fma(powers[i], high, powers[i] * low);
      UNSAFE.putDouble(out + IN_DOUBLES + 8L * i, (scaled - y[i]) * share);
    }
  }
}
