package io.rowwise.backend.cpu.memory;

import java.nio.ByteBuffer;

/**
 * The seam between memory outside the heap, arrays and the JDK: copies between them, and loops over
 * the bits of arrays' numbers. All other loops of this backend run between arrays, which every JVM
 * vectorises; so this is all that differs between JDKs. {@link UnsafeMemory} is that of JDK 17 to
 * 21, {@link SegmentMemory} that of 22 and later.
 *
 * <p>Nothing is checked here: addresses are those of storages in use, and arrays are long enough.
 * The arrays in one call are different ones. Safe for many threads. Programs do not use it.
 */
public abstract class NativeMemory {
  /** That of this JVM. */
  public static final NativeMemory OF_THIS_JVM = of(Runtime.version().feature());

  /** {@link #scale} takes {@code 2^7} powers of {@code float32}. */
  public static final int RANGE_BITS_32 = 7;

  /** {@link #scale} takes {@code 2^10} powers of {@code float64}. */
  public static final int RANGE_BITS_64 = 10;

  /** Has an integer below 2^22 in its low bits once that is added. */
  public static final float SHIFT_32 = 0x1.8p23f;

  /** Has an integer below 2^51 in its low bits once that is added. */
  public static final double SHIFT_64 = 0x1.8p52;

  static final int MANTISSA_BITS_32 = 23;
  static final int MANTISSA_BITS_64 = 52;

  /** The most elements of one call. C2 has to know that an offset in bytes fits an int. */
  public static final int MOST = (1 << 26) - 1;

  private static final int FIRST_WITH_SEGMENTS = 22;

  NativeMemory() {}

  private static NativeMemory of(int feature) {
    if (feature >= FIRST_WITH_SEGMENTS) {
      return new SegmentMemory();
    }
    try {
      // Compiled apart from all else, since the compiler warns of Unsafe.
      return Class.forName(NativeMemory.class.getPackageName() + ".UnsafeMemory")
          .asSubclass(NativeMemory.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new LinkageError(
          "this Java runtime has no sun.misc.Unsafe, which JDK 17 to 21 need; add the module"
              + " jdk.unsupported to it, or use JDK 22 or later",
          e);
    }
  }

  /** Copies elements at an address to an array. */
  public abstract void copy(long from, float[] to, int at, int count);

  /** Copies elements at an address to an array. */
  public abstract void copy(long from, double[] to, int at, int count);

  /** Copies elements of an array to an address. */
  public abstract void copy(float[] from, int at, long to, int count);

  /** Copies elements of an array to an address. */
  public abstract void copy(double[] from, int at, long to, int count);

  /** Copies elements at an address to an array. */
  public abstract void copy(long from, short[] to, int at, int count);

  /** Copies elements of an array to an address. */
  public abstract void copy(short[] from, int at, long to, int count);

  /** Copies the bits of numbers to the start of an array. */
  public abstract void toBits(float[] from, int at, int[] to, int count);

  /** Copies the numbers of which the start of an array has the bits. */
  public abstract void toFloats(int[] from, float[] to, int at, int count);

  /** Copies bytes from one address to another. */
  public abstract void copy(long from, long to, long bytes);

  /** Where the memory of a direct buffer begins, whatever its position. */
  public abstract long address(ByteBuffer direct);

  /** The number at an address. */
  public abstract float float32(long address);

  /** The number at an address. */
  public abstract double float64(long address);

  /** Puts a number at an address. */
  public abstract void put(float value, long address);

  /** Puts a number at an address. */
  public abstract void put(double value, long address);

  /**
   * {@code out[i] = x[i] * 2^(above + lowest)}, exactly, where {@code above}, the bits of {@code
   * exponents[i]} less {@code base}, is from 0 to 127; elsewhere NaN.
   *
   * @param x normal numbers, as the results are
   * @param bits scratch
   */
  public abstract void scale(
      float[] x, float[] exponents, int base, int lowest, int[] bits, float[] out, int count);

  /** The same with {@code above} from 0 to 1023. */
  public abstract void scale(
      double[] x, double[] exponents, long base, long lowest, long[] bits, double[] out, int count);

  /**
   * The same where {@code above} is the bits of {@code exponents[i]} less those of {@code bases[i]}
   * less {@code lowest}.
   */
  public abstract void scale(
      double[] x,
      double[] exponents,
      double[] bases,
      long lowest,
      long[] bits,
      double[] out,
      int count);

  /**
   * {@code x[i] = 2^k * mantissas[i]} with a mantissa from the root of a half to the root of two;
   * NaN where {@code x[i]} is not positive, normal and finite.
   *
   * @param powers gets k more than {@link #SHIFT_32}
   * @param bits scratch
   */
  public abstract void split(float[] x, float[] powers, float[] mantissas, int[] bits, int count);

  /**
   * The same.
   *
   * @param powers gets k more than {@link #SHIFT_64}
   * @param bits scratch
   */
  public abstract void split(
      double[] x, double[] powers, double[] mantissas, long[] bits, int count);

  /** How it works, in a few words for a bug report. */
  public abstract String description();
}
