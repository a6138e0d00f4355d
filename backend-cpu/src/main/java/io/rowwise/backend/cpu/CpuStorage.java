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
    long position = matrix.offset() + first * matrix.leadingDimension();
    int columns = matrix.columns();
    if (matrix.isContiguous()) {
      storage.load(position, into, 0, rows * columns);
      return;
    }
    for (int row = 0; row < rows; row++) {
      storage.load(position + row * matrix.leadingDimension(), into, row * columns, columns);
    }
  }

  /** Copies the start of an array into the rows {@code first} to {@code first + rows - 1}. */
  static void storeRows(double[] from, Matrix matrix, int first, int rows) {
    CpuStorage storage = of(matrix);
    long position = matrix.offset() + first * matrix.leadingDimension();
    int columns = matrix.columns();
    if (matrix.isContiguous()) {
      storage.store(position, from, 0, rows * columns);
      return;
    }
    for (int row = 0; row < rows; row++) {
      storage.store(position + row * matrix.leadingDimension(), from, row * columns, columns);
    }
  }

  /** Copies elements to the heap. */
  abstract void load(long position, double[] into, int at, int count);

  /** Copies elements from the heap, rounding them to this type. */
  abstract void store(long position, double[] from, int at, int count);

  /** Where an element lies, for native code. Valid as long as this storage. */
  abstract Pointer pointer(long position);

  /** Copies elements to the heap, rounding them. */
  abstract void load(long position, float[] into, int at, int count);

  /** Copies elements from the heap. */
  abstract void store(long position, float[] from, int at, int count);

  /** Sets every byte to 0. */
  abstract void clear();

  @Override
  public final void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    if (leadingDimension == columns) {
      load(position, destination, 0, destination.length);
      return;
    }
    for (int row = 0; row < rows; row++) {
      load(position + row * leadingDimension, destination, row * columns, columns);
    }
  }

  @Override
  public final void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    if (leadingDimension == columns) {
      load(position, destination, 0, destination.length);
      return;
    }
    for (int row = 0; row < rows; row++) {
      load(position + row * leadingDimension, destination, row * columns, columns);
    }
  }

  @Override
  public final void write(
      long position, int rows, int columns, long leadingDimension, double[] source) {
    if (leadingDimension == columns) {
      store(position, source, 0, source.length);
      return;
    }
    for (int row = 0; row < rows; row++) {
      store(position + row * leadingDimension, source, row * columns, columns);
    }
  }

  @Override
  public final void write(
      long position, int rows, int columns, long leadingDimension, float[] source) {
    if (leadingDimension == columns) {
      store(position, source, 0, source.length);
      return;
    }
    for (int row = 0; row < rows; row++) {
      store(position + row * leadingDimension, source, row * columns, columns);
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
