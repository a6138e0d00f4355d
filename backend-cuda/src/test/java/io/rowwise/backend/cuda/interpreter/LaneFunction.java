package io.rowwise.backend.cuda.interpreter;

/**
 * What an instruction computes for one thread, from the bits of registers to the bits of a
 * register. Only as many low bits of an argument count as its type has; likewise of the result.
 */
sealed interface LaneFunction {
  /** Of one operand. */
  non-sealed interface Unary extends LaneFunction {
    long apply(long a);
  }

  /** Of two operands. */
  non-sealed interface Binary extends LaneFunction {
    long apply(long a, long b);
  }

  /** Of three operands. */
  non-sealed interface Ternary extends LaneFunction {
    long apply(long a, long b, long c);
  }

  /** Of four operands. */
  non-sealed interface Quaternary extends LaneFunction {
    long apply(long a, long b, long c, long d);
  }

  /**
   * A comparison: not a function of its own in PTX, but the part of {@code setp} before the rest.
   */
  interface Comparison {
    boolean test(long a, long b);
  }
}
