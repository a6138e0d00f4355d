package io.rowwise.backend;

import io.rowwise.array.ArrayLength;
import java.util.Locale;
import java.util.Objects;

/**
 * A dense matrix on a device: row-major, two-dimensional, of one {@link ElementType}.
 *
 * <p>Element (r, c) lies {@code offset + r * leadingDimension + c} elements from the start of the
 * {@link #storage}. Made by {@link Backend#matrix}, it owns that memory, and whoever made it closes
 * it. A <em>view</em> ({@link #rows(int, int)}, {@link #columns(int, int)}, {@link #reshape})
 * shares the memory without copying; it ends when its owner is closed, and closing a view ends that
 * view alone. Using either after that is an {@link IllegalStateException}; closing twice is
 * harmless.
 *
 * <p>A matrix that is garbage-collected without having been closed is freed at one of the backend's
 * next allocations and reported at WARN, the first ten each and then some of them with a count;
 * with {@code -Drowwise.leaks=trace} every report shows where it was made.
 *
 * <p>Many threads may read a matrix; one may write while nobody reads. Closing it while another
 * thread uses it is an error that cannot always be seen.
 */
public final class Matrix implements AutoCloseable {
  private final CheckedBackend backend;
  private final Allocation allocation;
  // Keeps the owner of a view's memory from being collected.
  private final Matrix owner;
  private final ElementType type;
  private final int rows;
  private final int columns;
  private final long leadingDimension;
  private final long offset;
  private volatile boolean closed;

  Matrix(
      CheckedBackend backend,
      Ledger ledger,
      Storage storage,
      ElementType type,
      int rows,
      int columns,
      long countedBytes) {
    this.backend = backend;
    this.owner = this;
    this.type = type;
    this.rows = rows;
    this.columns = columns;
    this.leadingDimension = columns;
    this.offset = 0;
    this.allocation = ledger.register(this, storage, shape(), countedBytes);
  }

  private Matrix(Matrix of, int rows, int columns, long leadingDimension, long offset) {
    this.backend = of.backend;
    this.allocation = of.allocation;
    this.owner = of.owner;
    this.type = of.type;
    this.rows = rows;
    this.columns = columns;
    this.leadingDimension = leadingDimension;
    this.offset = offset;
  }

  /** The backend that made this matrix. */
  public Backend backend() {
    return backend;
  }

  /** What the elements are. */
  public ElementType type() {
    return type;
  }

  /** The number of rows. */
  public int rows() {
    return rows;
  }

  /** The number of columns. */
  public int columns() {
    return columns;
  }

  /** {@code rows * columns}. */
  public long elements() {
    return (long) rows * columns;
  }

  /** Elements from the start of one row to the start of the next. */
  public long leadingDimension() {
    return leadingDimension;
  }

  /** Where element (0, 0) lies in the storage, in elements. */
  public long offset() {
    return offset;
  }

  /** Whether the rows follow one another without gaps. */
  public boolean isContiguous() {
    return leadingDimension == columns || rows <= 1;
  }

  /**
   * The memory, for backends and kernels.
   *
   * @throws IllegalStateException if the matrix is closed
   */
  public Storage storage() {
    requireOpen("storage");
    return allocation.storage();
  }

  /**
   * A view of the rows {@code from} to {@code to - 1}.
   *
   * @throws IllegalArgumentException unless {@code 0 <= from <= to <= rows}
   */
  public Matrix rows(int from, int to) {
    requireOpen("rows");
    requireRange("rows", from, to, rows);
    return new Matrix(this, to - from, columns, leadingDimension, offset + from * leadingDimension);
  }

  /**
   * A view of the columns {@code from} to {@code to - 1}.
   *
   * @throws IllegalArgumentException unless {@code 0 <= from <= to <= columns}
   */
  public Matrix columns(int from, int to) {
    requireOpen("columns");
    requireRange("columns", from, to, columns);
    return new Matrix(this, rows, to - from, leadingDimension, offset + from);
  }

  /**
   * A view of the same elements in the same order, in another shape.
   *
   * @throws IllegalArgumentException if the number of elements differs, or if there are gaps
   *     between this matrix's rows
   */
  public Matrix reshape(int rows, int columns) {
    requireOpen("reshape");
    if (rows < 0 || columns < 0 || (long) rows * columns != elements()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "reshape: %s has %d elements, %dx%d wants %d",
              this,
              elements(),
              rows,
              columns,
              (long) rows * columns));
    }
    if (!isContiguous()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "reshape: %s has gaps between its rows (leading dimension %d); copy it first",
              this,
              leadingDimension));
    }
    return new Matrix(this, rows, columns, columns, offset);
  }

  /**
   * Copies host values into this matrix, rounding them to its type.
   *
   * @param source row-major, {@code rows * columns} values
   * @throws IllegalArgumentException if there are more or fewer
   */
  public void write(double[] source) {
    requireLength("write", Objects.requireNonNull(source, "source").length);
    if (elements() > 0) {
      allocation.storage().write(offset, rows, columns, leadingDimension, source);
      Arguments.keepReachable(this);
    }
  }

  /**
   * Copies host values into this matrix, rounding them to its type, if that has 16 bits; else they
   * are exact.
   *
   * @param source row-major, {@code rows * columns} values
   * @throws IllegalArgumentException if there are more or fewer
   */
  public void write(float[] source) {
    requireLength("write", Objects.requireNonNull(source, "source").length);
    if (elements() > 0) {
      allocation.storage().write(offset, rows, columns, leadingDimension, source);
      Arguments.keepReachable(this);
    }
  }

  /**
   * Copies numbers of 16 bits into this matrix, whose type they are of.
   *
   * @param source row-major, {@code rows * columns} numbers, each as its bits
   * @throws IllegalArgumentException if there are more or fewer, or the type has more bits
   */
  public void writeBits(short[] source) {
    requireHalf("writeBits");
    requireLength("writeBits", Objects.requireNonNull(source, "source").length);
    float[] values = new float[source.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = type.ofBits(source[i]);
    }
    write(values);
  }

  /**
   * Waits for the device and copies the elements to the host, as bits; one NaN may be another.
   *
   * @param destination gets {@code rows * columns} numbers, row-major
   * @throws IllegalArgumentException if it has another length, or the type has more bits
   */
  public void readBits(short[] destination) {
    requireHalf("readBits");
    requireLength("readBits", Objects.requireNonNull(destination, "destination").length);
    float[] values = new float[destination.length];
    read(values);
    for (int i = 0; i < values.length; i++) {
      destination[i] = type.bits(values[i]);
    }
  }

  /**
   * Waits for the device and copies the elements to the host; exact for every element type.
   *
   * @param destination gets {@code rows * columns} values, row-major
   * @throws IllegalArgumentException if it has another length
   */
  public void read(double[] destination) {
    requireLength("read", Objects.requireNonNull(destination, "destination").length);
    if (elements() > 0) {
      allocation.storage().read(offset, rows, columns, leadingDimension, destination);
      Arguments.keepReachable(this);
    }
  }

  /**
   * Waits for the device and copies the elements to the host; {@code float64} is rounded to {@code
   * float}, all else is exact.
   *
   * @param destination gets {@code rows * columns} values, row-major
   * @throws IllegalArgumentException if it has another length
   */
  public void read(float[] destination) {
    requireLength("read", Objects.requireNonNull(destination, "destination").length);
    if (elements() > 0) {
      allocation.storage().read(offset, rows, columns, leadingDimension, destination);
      Arguments.keepReachable(this);
    }
  }

  /** The elements, row-major, in a new array; see {@link #read(double[])}. */
  public double[] toDoubles() {
    double[] values = new double[hostLength("toDoubles")];
    read(values);
    return values;
  }

  /** The elements, row-major, in a new array; see {@link #read(float[])}. */
  public float[] toFloats() {
    float[] values = new float[hostLength("toFloats")];
    read(values);
    return values;
  }

  /** Whether this matrix, or the owner of its memory, has been closed. */
  public boolean isClosed() {
    return closed || !allocation.isOpen();
  }

  @Override
  public void close() {
    closed = true;
    if (owner == this) {
      allocation.close();
    }
  }

  /** Type and shape: {@code float64 33x5}. */
  @Override
  public String toString() {
    return shape().toString();
  }

  /** Whether the two may share an element. */
  boolean overlaps(Matrix other) {
    if (allocation != other.allocation || elements() == 0 || other.elements() == 0) {
      return false;
    }
    if (end() <= other.offset || other.end() <= offset) {
      return false;
    }
    if (leadingDimension != other.leadingDimension || leadingDimension == 0) {
      return true;
    }
    // Two ranges of columns side by side interleave in memory without sharing an element.
    long column = offset % leadingDimension;
    long otherColumn = other.offset % leadingDimension;
    boolean neitherWraps =
        column + columns <= leadingDimension && otherColumn + other.columns <= leadingDimension;
    return !neitherWraps
        || (column < otherColumn + other.columns && otherColumn < column + columns);
  }

  /** Whether the two are the same elements in the same places. */
  boolean coincides(Matrix other) {
    return allocation == other.allocation
        && offset == other.offset
        && rows == other.rows
        && columns == other.columns
        && (leadingDimension == other.leadingDimension || rows <= 1);
  }

  private void requireOpen(String operation) {
    requireOpen(operation, "the matrix");
  }

  void requireOpen(String operation, String name) {
    if (isClosed()) {
      throw new IllegalStateException(
          "%s: %s (%s) is closed; use it before it, or the owner of its memory, is closed"
              .formatted(operation, name, shape()));
    }
    backend.requireOpen(operation);
  }

  private long end() {
    return offset + (rows - 1) * leadingDimension + columns;
  }

  private Shape shape() {
    return new Shape(type, rows, columns);
  }

  private void requireRange(String what, int from, int to, int size) {
    if (from < 0 || to < from || to > size) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d to %d is not a range of the %d %s of %s",
              what,
              from,
              to,
              size,
              what,
              this));
    }
  }

  private void requireLength(String operation, int length) {
    requireOpen(operation);
    if (length != elements()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the array has %d values, the matrix %s has %d",
              operation,
              length,
              this,
              elements()));
    }
  }

  private void requireHalf(String operation) {
    if (!type.isHalf()) {
      throw new IllegalArgumentException(
          "%s: the matrix is %s, wanted bfloat16 or float16; use %s with float[] or double[]"
              .formatted(operation, this, operation.replace("Bits", "")));
    }
  }

  private int hostLength(String operation) {
    if (elements() > ArrayLength.LARGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the matrix %s has %d elements, more than a Java array holds; read it by ranges"
                  + " of rows",
              operation,
              this,
              elements()));
    }
    return (int) elements();
  }
}
