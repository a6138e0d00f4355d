package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import org.bytedeco.javacpp.Pointer;

/**
 * Where native code finds an operand. Made once and moved from call to call, since a new pointer
 * for each would be garbage. For one thread at a time.
 */
final class Address {
  private CpuStorage storage;
  private Pointer pointer;

  /** Where the element at a position of a storage is. Valid until the next call. */
  Pointer of(CpuStorage of, long position) {
    if (storage != of) {
      storage = of;
      pointer = of.pointer();
    }
    return pointer.position(position);
  }

  /** Where the first element of a row of a matrix is, to read it. Valid until the next call. */
  Pointer of(Matrix matrix, int row) {
    return of(CpuStorage.of(matrix), CpuStorage.position(matrix, row));
  }

  /** The same, to write it. */
  Pointer ofWritten(Matrix matrix, int row) {
    CpuStorage.of(matrix).change();
    return of(matrix, row);
  }
}
