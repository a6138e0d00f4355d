package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * A column of numbers; NaN where a number is missing.
 *
 * <p>The numbers may be every so many-th of an array, so that the columns of a row-major matrix
 * share one. Those of {@link LibSvm} are kept without their zeros. Arrays are not copied; treat
 * them as read-only. Then an instance may be used by many threads.
 */
public final class NumberColumn implements Column {
  /** Whole numbers below it in magnitude are written without an exponent. */
  private static final double LARGEST_PLAIN = 1e15;

  private final String name;

  /** One of these four has the numbers; the others are null. */
  private final double[] doubles;

  private final float[] floats;
  private final byte[] unsignedBytes;
  private final SparseNumbers sparse;

  private final int first;
  private final int step;
  private final int rows;

  private NumberColumn(
      String name,
      double[] doubles,
      float[] floats,
      byte[] bytes,
      int length,
      int first,
      int step) {
    this.name = ColumnNames.requireName("NumberColumn", name);
    this.doubles = doubles;
    this.floats = floats;
    this.unsignedBytes = bytes;
    this.sparse = null;
    if (first < 0 || first > length || step < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "NumberColumn: every %d-th of %d values from %d on, want a step of at least 1 and a"
                  + " start of 0 to %d",
              step,
              length,
              first,
              length));
    }
    this.first = first;
    this.step = step;
    this.rows = (int) (((long) length - first + step - 1) / step);
  }

  private NumberColumn(String name, SparseNumbers sparse) {
    this.name = ColumnNames.requireName("NumberColumn", name);
    this.doubles = null;
    this.floats = null;
    this.unsignedBytes = null;
    this.sparse = sparse;
    this.first = 0;
    this.step = 1;
    this.rows = sparse.rows();
  }

  /** A column of which most numbers are 0. */
  static NumberColumn of(String name, SparseNumbers sparse) {
    return new NumberColumn(name, sparse);
  }

  /** A column of all the values, not copies of them; NaN is missing. */
  public static NumberColumn of(String name, double[] values) {
    return ofDoubles(name, values, 0, 1);
  }

  /** A column of all the values, not copies of them; NaN is missing. */
  public static NumberColumn of(String name, float[] values) {
    return ofFloats(name, values, 0, 1);
  }

  /**
   * A column of every {@code step}-th value, not copies of them; NaN is missing.
   *
   * @param name not empty
   * @param values for instance a matrix, row-major
   * @param first where the column's first value is, 0 to {@code values.length}
   * @param step how far it is from one value to the next, at least 1
   * @throws IllegalArgumentException if one of them is out of its range
   */
  public static NumberColumn ofDoubles(String name, double[] values, int first, int step) {
    return new NumberColumn(name, values, null, null, values.length, first, step);
  }

  /** As {@link #ofDoubles}, of float32. */
  public static NumberColumn ofFloats(String name, float[] values, int first, int step) {
    return new NumberColumn(name, null, values, null, values.length, first, step);
  }

  /** As {@link #ofDoubles}, of bytes that are numbers of 0 to 255, none of which is missing. */
  public static NumberColumn ofUnsignedBytes(String name, byte[] values, int first, int step) {
    return new NumberColumn(name, null, null, values, values.length, first, step);
  }

  /**
   * A column of the numbers of an array of one dimension, such as labels. The values of float64,
   * float32 and uint8 are not copied.
   *
   * @throws IllegalArgumentException if the array has more or fewer dimensions, or holds an integer
   *     that is no double
   */
  public static NumberColumn of(String name, NpyArray array) {
    if (array.shape().length != 1) {
      throw new IllegalArgumentException(
          "NumberColumn: "
              + array
              + " has "
              + array.shape().length
              + " dimensions, want one; Table.of takes rows x columns");
    }
    return ofAll(name, array);
  }

  /** A column of all the numbers of an array, whatever its shape. */
  static NumberColumn ofAll(String name, NpyArray array) {
    return switch (array.elementType()) {
      case FLOAT16, FLOAT32 -> of(name, array.floats());
      case UINT8 -> ofUnsignedBytes(name, (byte[]) array.values(), 0, 1);
      default -> of(name, array.doubles());
    };
  }

  /** A column of every {@code step}-th number of this one, whose step is 1. */
  NumberColumn every(String newName, int newFirst, int newStep) {
    return new NumberColumn(newName, doubles, floats, unsignedBytes, rows, newFirst, newStep);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int rows() {
    return rows;
  }

  /**
   * The number in a row, or NaN where it is missing.
   *
   * @param row 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public double value(int row) {
    int place = first + Objects.checkIndex(row, rows) * step;
    if (doubles != null) {
      return doubles[place];
    }
    if (sparse != null) {
      return sparse.value(row);
    }
    return floats != null ? floats[place] : Byte.toUnsignedInt(unsignedBytes[place]);
  }

  /** All numbers, a copy. */
  double[] toDoubles() {
    double[] values = new double[rows];
    if (sparse != null) {
      sparse.visit(0, rows, (row, value) -> values[row] = value);
    } else {
      Arrays.setAll(values, this::value);
    }
    return values;
  }

  /** The numbers if most of them are 0; null otherwise. */
  SparseNumbers sparse() {
    return sparse;
  }

  @Override
  public boolean isMissing(int row) {
    return Double.isNaN(value(row));
  }

  /** As {@link Column#text}; what is not whole as Java writes a double, or the float that it is. */
  @Override
  public String text(int row) {
    double value = value(row);
    if (Double.isNaN(value)) {
      return null;
    }
    if (value == Math.rint(value) && Math.abs(value) < LARGEST_PLAIN) {
      // A long has no -0.
      return value == 0 && 1 / value < 0 ? "-0" : Long.toString((long) value);
    }
    return floats != null ? Float.toString((float) value) : Double.toString(value);
  }

  @Override
  public NumberColumn rows(int[] indices) {
    if (sparse != null) {
      for (int index : indices) {
        Objects.checkIndex(index, rows);
      }
      return rows(new SparseNumbers.Choice(rows, indices));
    }
    if (floats != null) {
      float[] gathered = new float[indices.length];
      for (int i = 0; i < indices.length; i++) {
        gathered[i] = (float) value(indices[i]);
      }
      return of(name, gathered);
    }
    if (unsignedBytes != null) {
      byte[] gathered = new byte[indices.length];
      for (int i = 0; i < indices.length; i++) {
        gathered[i] = (byte) value(indices[i]);
      }
      return ofUnsignedBytes(name, gathered, 0, 1);
    }
    double[] gathered = new double[indices.length];
    for (int i = 0; i < indices.length; i++) {
      gathered[i] = value(indices[i]);
    }
    return of(name, gathered);
  }

  /** Of a column with {@link #sparse} numbers. */
  NumberColumn rows(SparseNumbers.Choice choice) {
    return of(name, sparse.rows(choice));
  }

  @Override
  public NumberColumn named(String newName) {
    if (sparse != null) {
      return of(newName, sparse);
    }
    int length =
        doubles != null ? doubles.length : floats != null ? floats.length : unsignedBytes.length;
    return new NumberColumn(newName, doubles, floats, unsignedBytes, length, first, step);
  }

  /** Name and size, for logs: {@code NumberColumn['petal width', 150 rows]}. */
  @Override
  public String toString() {
    return "NumberColumn[" + Quoted.of(name) + ", " + rows + " rows]";
  }
}
