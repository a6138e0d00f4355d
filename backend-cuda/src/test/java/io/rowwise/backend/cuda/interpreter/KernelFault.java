package io.rowwise.backend.cuda.interpreter;

/** What a kernel did wrong. The launch ended there; what it had written until then is written. */
public final class KernelFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Kinds of faults. */
  public enum Kind {
    /** An address outside of every allocation, of shared memory, or of its own memory space. */
    OUT_OF_BOUNDS,
    /** An address inside an allocation that was freed. */
    USE_AFTER_FREE,
    /** An address that is no multiple of the size of what is accessed. */
    MISALIGNED,
    /** A read of memory that nobody wrote. */
    UNINITIALISED_MEMORY,
    /** A value that depends on a register before its assignment was used. */
    UNASSIGNED_REGISTER,
    /** Threads touched the same byte of shared memory in no order, at least one of them writing. */
    SHARED_RACE,
    /** The same in global memory. */
    GLOBAL_RACE,
    /** Some threads of a block wait at a barrier that others never reach. */
    BARRIER_DIVERGENCE,
    /**
     * A warp-wide operation whose lanes are not all there, or that reads a lane not taking part.
     */
    WARP_DIVERGENCE,
    /** An integer division by zero. */
    DIVISION_BY_ZERO,
    /** The launch executed more instructions than the interpreter was told to wait for. */
    ENDLESS
  }

  private final Kind kind;
  private final String kernel;
  private final int line;
  private final int block;
  private final int thread;

  KernelFault(Kind kind, String kernel, int line, int block, int thread, String problem) {
    super(
        kernel + ", PTX line " + line + ", block " + block + ", thread " + thread + ": " + problem);
    this.kind = kind;
    this.kernel = kernel;
    this.line = line;
    this.block = block;
    this.thread = thread;
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }

  /** The kernel's name. */
  public String kernel() {
    return kernel;
  }

  /** The line in the PTX text, counted from 1. */
  public int line() {
    return line;
  }

  /** The block's number in the grid, x fastest. */
  public int block() {
    return block;
  }

  /** The thread's number in its block, x fastest. */
  public int thread() {
    return thread;
  }
}
