package io.rowwise.dataset;

import java.util.Arrays;

/**
 * What a {@code .npy} file holds: a shape, a type of element, and the values in C order, that is
 * with the last index running fastest. A matrix is rows x columns, row-major.
 *
 * <p>Values are neither copied on the way in nor, where the type is the same, on the way out; treat
 * them as read-only. Then an instance may be used by many threads.
 */
public final class NpyArray {
  /** The most elements that every JVM gives an array. */
  static final int LARGEST_SIZE = Integer.MAX_VALUE - 8;

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
    return new NpyArray(NpyElementType.FLOAT64, shape, values, values.length);
  }

  /** As {@link #of(double[], int...)}, of float32. */
  public static NpyArray of(float[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(NpyElementType.FLOAT32, shape, values, values.length);
  }

  /** As {@link #of(double[], int...)}, of int32. */
  public static NpyArray of(int[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(NpyElementType.INT32, shape, values, values.length);
  }

  /** As {@link #of(double[], int...)}, of int64. */
  public static NpyArray of(long[] values, int... shape) {
    checkShape(values.length, shape);
    return new NpyArray(NpyElementType.INT64, shape, values, values.length);
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
   * The values as doubles. float64: the values themselves, not a copy. float32 and int32: a new
   * array, each value exactly the same. int64: likewise, if each fits.
   *
   * @throws IllegalArgumentException if an int64 value is beyond ±2<sup>53</sup>, where not every
   *     integer is a double
   */
  public double[] doubles() {
    return switch (elementType) {
      case FLOAT64 -> (double[]) values;
      case FLOAT32 -> doublesOf((float[]) values);
      case INT32 -> Arrays.stream((int[]) values).asDoubleStream().toArray();
      case INT64 -> doublesOf((long[]) values);
    };
  }

  /**
   * The values as floats, of float32 only: the values themselves, not a copy.
   *
   * @throws IllegalArgumentException if the elements are of another type
   */
  public float[] floats() {
    if (elementType != NpyElementType.FLOAT32) {
      throw new IllegalArgumentException(
          "floats: the array holds " + elementType + ", want float32; or take doubles()");
    }
    return (float[]) values;
  }

  /**
   * The values as ints. int32: the values themselves, not a copy. int64: a new array, if each fits.
   *
   * @throws IllegalArgumentException if the elements are of another type, or a value does not fit
   */
  public int[] ints() {
    return switch (elementType) {
      case INT32 -> (int[]) values;
      case INT64 -> intsOf((long[]) values);
      case FLOAT32, FLOAT64 ->
          throw new IllegalArgumentException(
              "ints: the array holds " + elementType + ", want int32 or int64; or take doubles()");
    };
  }

  /**
   * The values as longs. int64: the values themselves, not a copy. int32: a new array.
   *
   * @throws IllegalArgumentException if the elements are of another type
   */
  public long[] longs() {
    return switch (elementType) {
      case INT64 -> (long[]) values;
      case INT32 -> Arrays.stream((int[]) values).asLongStream().toArray();
      case FLOAT32, FLOAT64 ->
          throw new IllegalArgumentException(
              "longs: the array holds " + elementType + ", want int32 or int64; or take doubles()");
    };
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

  private static double[] doublesOf(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  private static double[] doublesOf(long[] longs) {
    double[] doubles = new double[longs.length];
    for (int i = 0; i < longs.length; i++) {
      if (longs[i] > LARGEST_EXACT_DOUBLE || longs[i] < -LARGEST_EXACT_DOUBLE) {
        throw new IllegalArgumentException(
            "doubles: value "
                + longs[i]
                + " at position "
                + i
                + " is beyond ±2^53, where doubles are not exact; take longs()");
      }
      doubles[i] = longs[i];
    }
    return doubles;
  }

  private static int[] intsOf(long[] longs) {
    int[] ints = new int[longs.length];
    for (int i = 0; i < longs.length; i++) {
      ints[i] = (int) longs[i];
      if (ints[i] != longs[i]) {
        throw new IllegalArgumentException(
            "ints: value " + longs[i] + " at position " + i + " does not fit; take longs()");
      }
    }
    return ints;
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
      if (size > LARGEST_SIZE) {
        return -1;
      }
    }
    return (int) size;
  }
}
