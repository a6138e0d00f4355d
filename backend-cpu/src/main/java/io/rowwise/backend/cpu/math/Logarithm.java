package io.rowwise.backend.cpu.math;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.Scratch;

/**
 * Natural logarithms over arrays of one type. For one thread at a time. Programs do not use it.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public abstract class Logarithm<A> {
  Logarithm() {}

  /**
   * Those of a type.
   *
   * @param capacity the most elements at once
   */
  @SuppressWarnings("unchecked") // A is what the loops' type says.
  public static <A> Logarithm<A> of(Loops<A> loops, Scratch scratch, int capacity) {
    return (Logarithm<A>)
        (loops.type() == ElementType.FLOAT32
            ? new Float32Logarithm(scratch, capacity)
            : new Float64Logarithm(scratch, capacity));
  }

  /** {@code out[i] = ln x[i]}, for any {@code x}. The arrays are different ones. */
  public abstract void log(A x, A out, int count);
}
