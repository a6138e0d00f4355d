package io.rowwise.dataset;

/**
 * What an IDX file holds: a shape and the values, with the last index running fastest. Images, for
 * instance, are images x rows x columns.
 *
 * <p>Values are not copied on the way out where the type is the same; treat them as read-only. Then
 * an instance may be used by many threads.
 */
public final class IdxArray {
  private final NpyArray array;

  IdxArray(NpyArray array) {
    this.array = array;
  }

  /**
   * The type of the elements, by its name in NumPy: uint8, int8, int16, int32, float32 or float64.
   */
  public NpyElementType elementType() {
    return array.elementType();
  }

  /** The size along each dimension, a copy; at least one. */
  public int[] shape() {
    return array.shape();
  }

  /** How many elements there are. */
  public int size() {
    return array.size();
  }

  /**
   * The values as bytes, each to be taken without its sign. Not a copy.
   *
   * @throws IllegalArgumentException if the elements are of another type than uint8
   */
  public byte[] unsignedBytes() {
    if (elementType() != NpyElementType.UINT8) {
      throw new IllegalArgumentException(
          "unsignedBytes: the array holds " + elementType() + ", want uint8; or take doubles()");
    }
    return (byte[]) array.values();
  }

  /** The values as doubles, each exactly the same. float64: not a copy. */
  public double[] doubles() {
    return array.doubles();
  }

  /**
   * The values as floats, each exactly the same. float32: not a copy.
   *
   * @throws IllegalArgumentException if the elements are int32 or float64, whose values need not be
   *     floats
   */
  public float[] floats() {
    return array.floats();
  }

  /**
   * The values as ints, each exactly the same. int32: not a copy.
   *
   * @throws IllegalArgumentException if the elements are float32 or float64
   */
  public int[] ints() {
    return array.ints();
  }

  /**
   * The array as a table: a row for each index of the first dimension, and columns {@code x0},
   * {@code x1}, ... for all the others together. Values of uint8, float32 and float64 are not
   * copied.
   */
  public Table table() {
    int rows = array.shape()[0];
    return Table.ofMatrix(array, rows, rows == 0 ? 0 : array.size() / rows);
  }

  /** The array as it would be in an {@code .npy} file. */
  NpyArray array() {
    return array;
  }

  /** Type and shape, for logs: {@code IdxArray[uint8, [60000, 28, 28]]}. */
  @Override
  public String toString() {
    return array.toString().replaceFirst("Npy", "Idx");
  }
}
