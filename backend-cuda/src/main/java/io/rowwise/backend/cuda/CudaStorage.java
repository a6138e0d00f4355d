package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;

/** Memory of a matrix on the device. */
public final class CudaStorage implements Storage {
  private final CudaContext context;
  private final ElementType type;
  private final long address;

  CudaStorage(CudaContext context, ElementType type, long address) {
    this.context = context;
    this.type = type;
    this.address = address;
  }

  /**
   * Where a matrix begins on the device, for kernels.
   *
   * @param matrix one of a CUDA backend
   */
  public static long address(Matrix matrix) {
    CudaStorage storage = (CudaStorage) matrix.storage();
    return storage.at(matrix.offset());
  }

  private long at(long position) {
    return address + position * type.bytes();
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    context.staging().read(type, at(position), rows, columns, leadingDimension, destination);
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    context.staging().read(type, at(position), rows, columns, leadingDimension, destination);
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, double[] source) {
    context.staging().write(type, at(position), rows, columns, leadingDimension, source);
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, float[] source) {
    context.staging().write(type, at(position), rows, columns, leadingDimension, source);
  }

  @Override
  public void free() {
    context.memory().free(address);
  }
}
