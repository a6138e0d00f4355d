package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import org.slf4j.LoggerFactory;

/**
 * Loops over memory outside the heap, and over the bits of arrays. C2 of JDK 17 vectorises them if
 * they are written with {@code sun.misc.Unsafe}; without it, every element outside the heap has to
 * be copied to an array and back, and its bits once more.
 *
 * <p>{@code Unsafe} will be gone one day. JDK 24 and 25 warn when it is used first. Where it is
 * denied, copies are made.
 *
 * <p>A place outside the heap is told by an address before it, at the {@link #before distance} that
 * the elements of an array have from its beginning. Nothing is checked here: the memory is that of
 * matrices in use, and arrays are long enough. The arrays in one call are different ones.
 */
abstract class NativeLoops {
  /** Those of this JVM; null where it has none. */
  static final NativeLoops PRESENT = find();

  /** The most elements of one call. C2 has to know that an offset in bytes fits an int. */
  static final int MOST = (1 << 20) - 1;

  private static NativeLoops find() {
    try {
      // Compiled apart from all else, since the compiler warns of Unsafe.
      return Class.forName("io.rowwise.backend.cpu.UnsafeLoops")
          .asSubclass(NativeLoops.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      // Denied, or a runtime image without the module jdk.unsupported.
      LoggerFactory.getLogger(NativeLoops.class)
          .debug("loops copy blocks of rows to the heap, which takes longer: no Unsafe", e);
      return null;
    }
  }

  /** How many bytes before elements of a type the address is that tells of them. */
  static long before(ElementType type) {
    // Where there are no such loops, nobody uses it.
    return PRESENT == null ? 0 : PRESENT.distance(type);
  }

  /** See {@link #before}. */
  abstract long distance(ElementType type);

  /** Arithmetic on {@code float32} matrices. */
  abstract NativeElements<float[]> floats();

  /** Arithmetic on {@code float64} matrices. */
  abstract NativeElements<double[]> doubles();

  /** {@link ExponentialInFloat#reduce} of elements outside the heap. */
  abstract void reduce(long x, float[] rounded, float[] reduced, int count);

  /** {@link Exponential#reduce} of elements outside the heap. */
  abstract void reduce(long x, double[] rounded, double[] reduced, int count);

  /**
   * {@code reduced[i]} times the {@link ExponentialInFloat#bitsOfPowerOfTwo} for the bits of {@code
   * rounded[i]} less {@code base}.
   *
   * @param factors scratch
   */
  abstract void scale(
      float[] rounded, int base, float[] reduced, int[] factors, float[] out, int count);

  /**
   * {@code reduced[i]} times the {@link Exponential#bitsOfPowerOfTwo} for the bits of {@code
   * rounded[i]} less {@code base}.
   *
   * @param factors scratch
   */
  abstract void scale(
      double[] rounded,
      long base,
      long lowest,
      double[] reduced,
      long[] factors,
      double[] out,
      int count);

  /**
   * {@code reduced[i]} times the {@link Exponential#bitsOfPowerOfTwo} for the bits of {@code
   * rounded[i]} less those of {@code roundedMax[i]}: NaN where that is less than {@code lowest}.
   *
   * @param factors scratch
   */
  abstract void scale(
      double[] rounded,
      double[] roundedMax,
      long lowest,
      double[] reduced,
      long[] factors,
      double[] out,
      int count);

  /**
   * {@link LogarithmInFloat#log} of an array; NaN where a number is special.
   *
   * @param powers scratch
   * @param mantissas scratch for half as many as there are elements
   */
  abstract void log(float[] x, int[] powers, long[] mantissas, float[] out, int count);

  /**
   * {@link Logarithm#log} of an array; NaN where a number is special.
   *
   * @param powers scratch
   * @param mantissas scratch for twice as many as there are elements
   */
  abstract void log(double[] x, long[] powers, int[] mantissas, double[] out, int count);

  /** Multiplies an array with a number. */
  abstract void multiply(float[] x, float factor, long out, int count);

  /** Multiplies two arrays. */
  abstract void multiply(float[] x, float[] factors, long out, int count);

  /** Multiplies an array with a number in two parts, which rounds once. */
  abstract void multiply(double[] x, double high, double low, long out, int count);

  /** Multiplies an array with numbers in two parts, which rounds once. */
  abstract void multiply(double[] x, double[] high, double[] low, long out, int count);

  /** Subtracts a number in two parts from elements of an array. */
  abstract void subtract(float[] x, int from, int to, float high, float low, long out);

  /** Subtracts a number in two parts from elements of an array. */
  abstract void subtract(double[] x, int from, int to, double high, double low, long out);

  /** {@code (powers[i] * factor - y[i]) * share}. */
  abstract void subtractTargets(
      float[] powers, int from, int to, float factor, float[] y, float share, long out);

  /** {@code (powers[i] * factor - y[i]) * share}, with a factor in two parts. */
  abstract void subtractTargets(
      double[] powers,
      int from,
      int to,
      double high,
      double low,
      double[] y,
      double share,
      long out);
}
