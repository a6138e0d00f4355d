package io.rowwise.backend.cpu.blas;

import java.nio.ByteBuffer;

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
  /** CBLAS's numbers for how a matrix lies in memory. */
  protected static final int ROW_MAJOR = 101;

  /** CBLAS's number for a matrix as it is. */
  protected static final int NOT_TRANSPOSED = 111;

  /** CBLAS's number for a transposed matrix. */
  protected static final int TRANSPOSED = 112;

  /** For implementations. */
  protected OpenBlas() {}

  /**
   * Where an operand of a product begins. Made once and moved from call to call, since a new one
   * for each would be garbage. For one thread at a time, and only for the OpenBLAS that made it.
   */
  public abstract static class Operand {
    /** For implementations. */
    protected Operand() {}

    /** Goes to another address. */
    public abstract void moveTo(long address);
  }

  /** A new operand, nowhere yet. */
  public abstract Operand operand();

  /**
   * {@code c = alpha * op(a) * op(b) + beta * c} of {@code float} numbers.
   *
   * @param rows of c, at least 1
   * @param columns of c, at least 1
   * @param inner columns of op(a), at least 1
   */
  public abstract void multiplyFloats(
      boolean transposeA,
      boolean transposeB,
      int rows,
      int columns,
      int inner,
      float alpha,
      Operand a,
      int leadingDimensionA,
      Operand b,
      int leadingDimensionB,
      float beta,
      Operand c,
      int leadingDimensionC);

  /** The same of {@code double} numbers. */
  public abstract void multiplyDoubles(
      boolean transposeA,
      boolean transposeB,
      int rows,
      int columns,
      int inner,
      double alpha,
      Operand a,
      int leadingDimensionA,
      Operand b,
      int leadingDimensionB,
      double beta,
      Operand c,
      int leadingDimensionC);

  /** {@code y = a * x} of {@code float} numbers, for a matrix without gaps and vectors. */
  public abstract void multiplyFloats(int rows, int columns, Operand a, Operand x, Operand y);

  /** The same of {@code double} numbers. */
  public abstract void multiplyDoubles(int rows, int columns, Operand a, Operand x, Operand y);

  /**
   * Memory of the C library, all zero, which takes room only where it is written.
   *
   * @return its address; 0 if there is not enough
   */
  public abstract long allocate(long bytes);

  /** Gives memory back. */
  public abstract void free(long address);

  /**
   * Memory as a buffer, which is valid as long as the memory.
   *
   * @return in the processor's byte order
   */
  public abstract ByteBuffer buffer(long address, int bytes);

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
