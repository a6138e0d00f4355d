package io.rowwise.backend.cuda.context;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;

/**
 * Memory of a matrix on the device.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaStorage implements Storage {
  private final CudaContext context;
  private final ElementType type;
  private final DevicePiece piece;

  public CudaStorage(CudaContext context, ElementType type, DevicePiece piece) {
    this.context = context;
    this.type = type;
    this.piece = piece;
  }

  /** Where a matrix begins on the device. */
  public static long address(Matrix matrix) {
    return of(matrix).at(matrix.offset());
  }

  /** The memory that a matrix is in. */
  static DevicePiece piece(Matrix matrix) {
    return of(matrix).piece;
  }

  private static CudaStorage of(Matrix matrix) {
    return (CudaStorage) matrix.storage();
  }

  private long at(long position) {
    return piece.address() + position * type.bytes();
  }

  private Staging reading() {
    CudaStream stream = context.stream();
    piece.readOn(stream);
    return stream.staging();
  }

  private Staging writing() {
    CudaStream stream = context.stream();
    piece.writeOn(stream);
    return stream.staging();
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    reading().read(type, at(position), rows, columns, leadingDimension, destination);
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    reading().read(type, at(position), rows, columns, leadingDimension, destination);
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, double[] source) {
    writing().write(type, at(position), rows, columns, leadingDimension, source);
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, float[] source) {
    writing().write(type, at(position), rows, columns, leadingDimension, source);
  }

  @Override
  public void free() {
    context.memory().free(piece);
  }
}
