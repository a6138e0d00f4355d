package io.rowwise.dataset;

import static io.rowwise.dataset.NpyElementType.FLOAT16;
import static io.rowwise.dataset.NpyElementType.FLOAT32;
import static io.rowwise.dataset.NpyElementType.FLOAT64;
import static io.rowwise.dataset.NpyElementType.INT32;
import static io.rowwise.dataset.NpyElementType.INT64;
import static io.rowwise.dataset.NpyElementType.UINT64;

import io.rowwise.array.ArrayLength;
import io.rowwise.file.HalfPrecision;
import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * What a {@code .npy} file holds: a shape, a type of element, and the values in C order, that is
 * with the last index running fastest. A matrix is rows x columns, row-major.
 *
 * <p>Values are neither copied on the way in nor, where the type is the same, on the way out; treat
 * them as read-only. Then an instance may be used by many threads.
 */
public final class NpyArray {
  /** As in NumPy 2. */
  static final int LARGEST_RANK = 64;

  /** Integers up to here in magnitude are doubles. */
  private static final long LARGEST_EXACT_DOUBLE = 1L << 53;

  private final NpyElementType elementType;
  private final int[] shape;
  private final Object values;
  private final int size;

  /** The shape is copied, the values are not; both are known to fit. */
  NpyArray(NpyElementType elementType, int[] shape, Object values, int size) {
    this.elementType = elementType;
    this.shape = shape.clone();
    this.values = values;
    this.size = size;
  }

  /**
   * An array of float64. Keeps the given values, not a copy.
   *
   * @param values in C order
   * @param shape the size along each dimension; none for a single number
   * @throws IllegalArgumentException if the shape is not that of the values
   */
  public static NpyArray of(double[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(FLOAT64, shape, values, values.length);
  }

  /** As {@link #of(double[], int...)}, of float32. */
  public static NpyArray of(float[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(FLOAT32, shape, values, values.length);
  }

  /** As {@link #of(double[], int...)}, of int32. */
  public static NpyArray of(int[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(INT32, shape, values, values.length);
  }

  /** As {@link #of(double[], int...)}, of int64. */
  public static NpyArray of(long[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(INT64, shape, values, values.length);
  }

  /** The type of the elements. */
  public NpyElementType elementType() {
    return elementType;
  }

  /** The size along each dimension, a copy; empty for a single number. */
  public int[] shape() {
    return shape.clone();
  }

  /** How many elements there are. */
  public int size() {
    return size;
  }

  /**
   * The values as doubles. float64: the values themselves, not a copy. All others: a new array,
   * each value exactly the same, if each fits; True is 1.
   *
   * @throws IllegalArgumentException if a value of int64 or uint64 is beyond ±2<sup>53</sup>, where
   *     not every integer is a double
   */
  public double[] doubles() {
    switch (elementType) {
      case FLOAT64 -> {
        return (double[]) values;
      }
      case FLOAT32, FLOAT16 -> {
        float[] floats = floats();
        double[] doubles = new double[size];
        for (int i = 0; i < size; i++) {
          doubles[i] = floats[i];
        }
        return doubles;
      }
      default -> {
        IntToLongFunction integers = integers();
        double[] doubles = new double[size];
        for (int i = 0; i < size; i++) {
          long value = integers.applyAsLong(i);
          if (value > LARGEST_EXACT_DOUBLE
              || value < (elementType == UINT64 ? 0 : -LARGEST_EXACT_DOUBLE)) {
            throw notExact(i, value);
          }
          doubles[i] = value;
        }
        return doubles;
      }
    }
  }

  private IllegalArgumentException notExact(int position, long value) {
    return new IllegalArgumentException(
        "doubles: value "
            + text(value)
            + " at position "
            + position
            + " is beyond ±2^53, where doubles are not exact; take longs(), or save"
            + " array.astype(numpy.float64), which rounds");
  }

  /**
   * The values as floats. float32: the values themselves, not a copy. float16, bool, and integers
   * of 8 and 16 bits: a new array, each value exactly the same.
   *
   * @throws IllegalArgumentException if the elements are of another type, whose values need not be
   *     floats
   */
  public float[] floats() {
    switch (elementType) {
      case FLOAT32 -> {
        return (float[]) values;
      }
      case FLOAT16 -> {
        short[] halves = (short[]) values;
        float[] floats = new float[size];
        for (int i = 0; i < size; i++) {
          floats[i] = HalfPrecision.ofBinary16(halves[i]);
        }
        return floats;
      }
      case BOOL, INT8, UINT8, INT16, UINT16 -> {
        IntToLongFunction integers = integers();
        float[] floats = new float[size];
        for (int i = 0; i < size; i++) {
          floats[i] = integers.applyAsLong(i);
        }
        return floats;
      }
      default ->
          throw new IllegalArgumentException(
              "floats: the array holds "
                  + elementType
                  + ", want float32, float16, bool or integers of at most 16 bits; or take"
                  + " doubles()");
    }
  }

  /**
   * The values as ints. int32: the values themselves, not a copy. Other integers and bool: a new
   * array, if each fits; True is 1.
   *
   * @throws IllegalArgumentException if the elements are of another type, or a value does not fit
   */
  public int[] ints() {
    if (elementType == INT32) {
      return (int[]) values;
    }
    requireIntegers("ints");
    IntToLongFunction integers = integers();
    int[] ints = new int[size];
    for (int i = 0; i < size; i++) {
      long value = integers.applyAsLong(i);
      ints[i] = (int) value;
      // A uint64 that is negative as a long is no int, but might look like one.
      if (ints[i] != value || (elementType == UINT64 && value < 0)) {
        throw new IllegalArgumentException(
            "ints: value " + text(value) + " at position " + i + " does not fit; take longs()");
      }
    }
    return ints;
  }

  /**
   * The values as longs. int64: the values themselves, not a copy. Other integers and bool: a new
   * array, if each fits; True is 1.
   *
   * @throws IllegalArgumentException if the elements are of another type, or a value of uint64 is
   *     2<sup>63</sup> or more
   */
  public long[] longs() {
    if (elementType == INT64) {
      return (long[]) values;
    }
    requireIntegers("longs");
    IntToLongFunction integers = integers();
    long[] longs = new long[size];
    for (int i = 0; i < size; i++) {
      longs[i] = integers.applyAsLong(i);
      if (elementType == UINT64 && longs[i] < 0) {
        throw new IllegalArgumentException(
            "longs: value "
                + text(longs[i])
                + " at position "
                + i
                + " does not fit; in NumPy, save array.astype(numpy.float64), which rounds");
      }
    }
    return longs;
  }

  private void requireIntegers(String operation) {
    if (elementType == FLOAT16 || elementType == FLOAT32 || elementType == FLOAT64) {
      throw new IllegalArgumentException(
          operation + ": the array holds " + elementType + ", want integers; or take doubles()");
    }
  }

  /** The value at each position; a uint64 beyond a long's range as its bits. */
  private IntToLongFunction integers() {
    switch (elementType) {
      case BOOL -> {
        byte[] bytes = (byte[]) values;
        return i -> bytes[i] == 0 ? 0 : 1;
      }
      case INT8 -> {
        byte[] bytes = (byte[]) values;
        return i -> bytes[i];
      }
      case UINT8 -> {
        byte[] bytes = (byte[]) values;
        return i -> Byte.toUnsignedLong(bytes[i]);
      }
      case INT16 -> {
        short[] shorts = (short[]) values;
        return i -> shorts[i];
      }
      case UINT16 -> {
        short[] shorts = (short[]) values;
        return i -> Short.toUnsignedLong(shorts[i]);
      }
      case INT32 -> {
        int[] ints = (int[]) values;
        return i -> ints[i];
      }
      case UINT32 -> {
        int[] ints = (int[]) values;
        return i -> Integer.toUnsignedLong(ints[i]);
      }
      case INT64, UINT64 -> {
        long[] longs = (long[]) values;
        return i -> longs[i];
      }
      case FLOAT16, FLOAT32, FLOAT64 -> throw new IllegalStateException(elementType.toString());
    }
    throw new IllegalStateException(elementType.toString());
  }

  private String text(long value) {
    return elementType == UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
  }

  /** Type and shape, for logs: {@code NpyArray[float64, [10100, 5]]}. */
  @Override
  public String toString() {
    return "NpyArray[" + elementType + ", " + Arrays.toString(shape) + "]";
  }

  /** The values as their own type of array, for {@link NpyElementType} to encode. */
  Object values() {
    return values;
  }

  private static void checkShape(int values, int[] shape) {
    if (shape.length > LARGEST_RANK) {
      throw new IllegalArgumentException(
          "shape: " + shape.length + " dimensions, want at most " + LARGEST_RANK);
    }
    for (int dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "shape: " + Arrays.toString(shape) + " has a negative dimension");
      }
    }
    if (sizeOf(shape) != values) {
      throw new IllegalArgumentException(
          "shape: " + values + " values do not have the shape " + Arrays.toString(shape));
    }
  }

  /**
   * How many elements a shape without negative dimensions has, or -1 if they are more than a Java
   * array holds.
   */
  static int sizeOf(int[] shape) {
    if (Arrays.stream(shape).anyMatch(dimension -> dimension == 0)) {
      return 0;
    }
    long size = 1;
    for (int dimension : shape) {
      size *= dimension;
      if (size > ArrayLength.LARGEST) {
        return -1;
      }
    }
    return (int) size;
  }
}
