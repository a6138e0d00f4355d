package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.ElementType;

/**
 * OpenBLAS and the C library's memory: all native code that the CPU backend calls. There are two: a
 * copy of OpenBLAS that is this class loader's alone, and the one that a process shares with
 * whatever else came by JavaCPP. See {@link OpenBlasLoader} for which is taken.
 *
 * <p>Matrices are row-major, and addresses those of their first element. A call allocates nothing.
 * Safe for many threads, each with operands of its own. It is public because an implementation
 * lives in another class loader; programs do not use it.
 */
public abstract class OpenBlas {
  /** For implementations. */
  protected OpenBlas() {}

  /**
   * A matrix in native memory, as a product sees it. Made once and moved from call to call, since a
   * new one for each would be garbage. For one thread at a time, and only for the OpenBLAS that
   * made it.
   */
  public abstract static class Operand {
    private int rows;
    private int columns;
    private int leadingDimension;
    private boolean isTransposed;

    /** For implementations. */
    protected Operand() {}

    /**
     * Becomes another matrix.
     *
     * @param address of its first element
     * @param leadingDimension elements from one row to the next, at most an int, as OpenBLAS counts
     * @return this
     */
    public final Operand become(long address, int rows, int columns, long leadingDimension) {
      moveTo(address);
      this.rows = rows;
      this.columns = columns;
      this.leadingDimension = (int) leadingDimension;
      this.isTransposed = false;
      return this;
    }

    /**
     * Becomes its transpose, in the same memory.
     *
     * @return this
     */
    public final Operand transposed() {
      int before = rows;
      rows = columns;
      columns = before;
      isTransposed = !isTransposed;
      return this;
    }

    /** Goes to another address. */
    protected abstract void moveTo(long address);

    /** How many, with the transposition. */
    public final int rows() {
      return rows;
    }

    /** How many, with the transposition. */
    public final int columns() {
      return columns;
    }

    /** Elements from one row to the next, as they lie in memory. */
    public final int leadingDimension() {
      return leadingDimension;
    }

    /** Whether it lies in memory the other way. */
    public final boolean isTransposed() {
      return isTransposed;
    }
  }

  /** A new operand, nowhere yet. */
  public abstract Operand operand();

  /**
   * {@code c = alpha * a * b + beta * c}.
   *
   * @param alpha is rounded to the type
   * @param a with at least one row and column
   * @param b with as many rows as {@code a} has columns, and at least one column
   * @param beta is rounded to the type
   * @param c not transposed
   */
  public abstract void multiply(
      ElementType type, double alpha, Operand a, Operand b, double beta, Operand c);

  /**
   * {@code y = a * x + beta * y}, of which {@code a} is read as it lies; a product of matrices puts
   * it in another order first, which takes longer than a few columns of the product.
   *
   * @param a with at least one row and column
   * @param x a row or a column
   * @param beta is rounded to the type
   * @param y a row or a column
   */
  public abstract void multiplyByVector(
      ElementType type, Operand a, Operand x, double beta, Operand y);

  /**
   * Memory of the C library, all zero, which takes room only where it is written.
   *
   * @return its address; 0 if there is not enough
   */
  public abstract long allocate(long bytes);

  /** Gives memory back. */
  public abstract void free(long address);

  /** Whether products are computed by kernels for AVX-512, as far as that can be told. */
  public abstract boolean usesAvx512();

  /**
   * A backend is opened that uses it. A shared OpenBLAS has one thread from here until the last one
   * is closed, for rows are shared among threads before they come here.
   */
  public abstract void open();

  /** A backend is closed that used it. */
  public abstract void close();

  /** Something may have changed the number of a shared OpenBLAS's threads: takes it back. */
  public abstract void keepOneThread();

  /** Which version and kernels, whose, and from where, in a few words for a bug report. */
  public abstract String description();
}
