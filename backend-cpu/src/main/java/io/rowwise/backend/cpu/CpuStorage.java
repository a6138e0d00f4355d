package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Memory of an ND4J array, seen as buffers for copies to and from the heap and as a pointer for
 * OpenBLAS. Its address is looked up once, since every ND4J call costs microseconds.
 */
abstract sealed class CpuStorage implements Storage permits Float32Storage, Float64Storage {
  /** Elements of one buffer: a buffer's size in bytes is an int. */
  static final int WINDOW = 1 << 27;

  private final INDArray array;

  CpuStorage(INDArray array) {
    this.array = array;
  }

  static CpuStorage allocate(ElementType type, long elements) {
    DataType dataType =
        switch (type) {
          case FLOAT32 -> DataType.FLOAT;
          case FLOAT64 -> DataType.DOUBLE;
        };
    // Detached: an ND4J workspace that happens to be open on this thread must not own it.
    INDArray array = Nd4j.createUninitializedDetached(dataType, elements);
    CpuStorage storage =
        switch (type) {
          case FLOAT32 -> new Float32Storage(array, elements);
          case FLOAT64 -> new Float64Storage(array, elements);
        };
    storage.clear();
    return storage;
  }

  static CpuStorage of(Matrix matrix) {
    return (CpuStorage) matrix.storage();
  }

  /** Copies the rows {@code first} to {@code first + rows - 1} to the start of an array. */
  static void loadRows(Matrix matrix, int first, int rows, double[] into) {
    CpuStorage storage = of(matrix);
    eachRow(
        matrix.offset() + first * matrix.leadingDimension(),
        rows,
        matrix.columns(),
        matrix.leadingDimension(),
        (from, at, count) -> storage.load(from, into, at, count));
  }

  /** Copies the start of an array into the rows {@code first} to {@code first + rows - 1}. */
  static void storeRows(double[] from, Matrix matrix, int first, int rows) {
    CpuStorage storage = of(matrix);
    eachRow(
        matrix.offset() + first * matrix.leadingDimension(),
        rows,
        matrix.columns(),
        matrix.leadingDimension(),
        (to, at, count) -> storage.store(to, from, at, count));
  }

  /** Copies elements to the heap. */
  final void load(long position, double[] into, int at, int count) {
    eachWindow(position, at, count, (window, from, to, n) -> get(window, from, into, to, n));
  }

  /** Copies elements from the heap, rounding them to this type. */
  final void store(long position, double[] from, int at, int count) {
    eachWindow(position, at, count, (window, to, begin, n) -> put(window, to, from, begin, n));
  }

  private void load(long position, float[] into, int at, int count) {
    eachWindow(position, at, count, (window, from, to, n) -> get(window, from, into, to, n));
  }

  private void store(long position, float[] from, int at, int count) {
    eachWindow(position, at, count, (window, to, begin, n) -> put(window, to, from, begin, n));
  }

  /** Copies {@code count} elements between a window, from {@code start}, and an array. */
  private interface Piece {
    void copy(int window, int start, int at, int count);
  }

  private static void eachWindow(long position, int at, int count, Piece piece) {
    long next = position;
    int done = 0;
    while (done < count) {
      int start = (int) (next % WINDOW);
      int length = Math.min(count - done, WINDOW - start);
      piece.copy((int) (next / WINDOW), start, at + done, length);
      next += length;
      done += length;
    }
  }

  /** Copies elements of one window to the heap. */
  abstract void get(int window, int from, double[] into, int at, int count);

  /** Copies elements of one window to the heap, rounding them. */
  abstract void get(int window, int from, float[] into, int at, int count);

  /** Copies elements from the heap into one window, rounding them to this type. */
  abstract void put(int window, int to, double[] from, int at, int count);

  /** Copies elements from the heap into one window. */
  abstract void put(int window, int to, float[] from, int at, int count);

  /** Where an element lies, for native code. Valid as long as this storage. */
  abstract Pointer pointer(long position);

  /** Sets every byte to 0. */
  abstract void clear();

  @Override
  public final void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    eachRow(
        position,
        rows,
        columns,
        leadingDimension,
        (from, at, count) -> load(from, destination, at, count));
  }

  @Override
  public final void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    eachRow(
        position,
        rows,
        columns,
        leadingDimension,
        (from, at, count) -> load(from, destination, at, count));
  }

  @Override
  public final void write(
      long position, int rows, int columns, long leadingDimension, double[] source) {
    eachRow(
        position, rows, columns, leadingDimension, (to, at, count) -> store(to, source, at, count));
  }

  @Override
  public final void write(
      long position, int rows, int columns, long leadingDimension, float[] source) {
    eachRow(
        position, rows, columns, leadingDimension, (to, at, count) -> store(to, source, at, count));
  }

  /** Copies {@code count} elements between the storage, from {@code position}, and an array. */
  private interface Run {
    void copy(long position, int at, int count);
  }

  private static void eachRow(
      long position, int rows, int columns, long leadingDimension, Run run) {
    if (leadingDimension == columns) {
      run.copy(position, 0, rows * columns);
      return;
    }
    for (int row = 0; row < rows; row++) {
      run.copy(position + row * leadingDimension, row * columns, columns);
    }
  }

  @Override
  public final void free() {
    array.close();
  }

  static int windows(long elements) {
    return Math.toIntExact((elements + WINDOW - 1) / WINDOW);
  }

  static long windowLength(long elements, int window) {
    return Math.min(WINDOW, elements - (long) window * WINDOW);
  }
}
