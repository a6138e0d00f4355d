package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.OpenBlas;

/**
 * Where native code finds an operand. Made once and moved from call to call, since a new one for
 * each would be garbage. For one thread at a time.
 */
final class Address {
  private final OpenBlas.Operand operand = Blas.library().operand();

  /** Where the element at a position of a storage is. Valid until the next call. */
  OpenBlas.Operand of(CpuStorage storage, long position) {
    operand.moveTo(storage.address(position));
    return operand;
  }

  /** Where the first element of a row of a matrix is, to read it. Valid until the next call. */
  OpenBlas.Operand of(Matrix matrix, int row) {
    return of(CpuStorage.of(matrix), CpuStorage.position(matrix, row));
  }

  /** The same, to write it. */
  OpenBlas.Operand ofWritten(Matrix matrix, int row) {
    CpuStorage.of(matrix).change();
    return of(matrix, row);
  }
}
