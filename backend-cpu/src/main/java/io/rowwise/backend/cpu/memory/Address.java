package io.rowwise.backend.cpu.memory;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.blas.OpenBlas;

/**
 * Where OpenBLAS finds an operand. Made once and moved from call to call, since a new one for each
 * would be garbage. For one thread at a time. Programs do not use it.
 */
public final class Address {
  private final OpenBlas.Operand operand = Blas.library().operand();

  /** What lies at a position of a storage. Valid until the next call. */
  public OpenBlas.Operand of(
      CpuStorage storage, long position, int rows, int columns, long leadingDimension) {
    return operand.become(storage.address(position), rows, columns, leadingDimension);
  }

  /** Some rows of a matrix, to read them. Valid until the next call. */
  public OpenBlas.Operand of(Matrix matrix, int first, int rows) {
    return of(matrix, first, rows, 0, matrix.columns());
  }

  /** Some columns of some rows of a matrix, to read them. Valid until the next call. */
  public OpenBlas.Operand of(Matrix matrix, int firstRow, int rows, int firstColumn, int columns) {
    long position = CpuStorage.position(matrix, firstRow) + firstColumn;
    return of(CpuStorage.of(matrix), position, rows, columns, matrix.leadingDimension());
  }

  /** Some rows of a matrix, to write them. Valid until the next call. */
  public OpenBlas.Operand ofWritten(Matrix matrix, int first, int rows) {
    CpuStorage.of(matrix).change();
    return of(matrix, first, rows);
  }
}
