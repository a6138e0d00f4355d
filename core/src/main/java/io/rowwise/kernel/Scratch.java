package io.rowwise.kernel;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/**
 * A matrix for intermediate results that a kernel keeps from call to call, so that a kernel called
 * again with the same shapes allocates nothing. Owned by the kernel, used by one thread at a time.
 */
public final class Scratch implements AutoCloseable {
  private final Backend backend;
  private Matrix memory;

  /** Takes no memory until the first {@link #get}. */
  public Scratch(Backend backend) {
    this.backend = backend;
  }

  /**
   * A matrix of that shape with undefined values. It is valid until the next call; the caller does
   * not close it.
   */
  public Matrix get(ElementType type, int rows, int columns) {
    if (memory == null
        || memory.type() != type
        || memory.columns() != columns
        || memory.rows() < rows) {
      close();
      memory = backend.matrix(type, rows, columns);
    }
    return memory.rows() == rows ? memory : memory.rows(0, rows);
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }
}
