package io.rowwise.backend.cpu.math;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.loops.VectorApi;
import io.rowwise.backend.cpu.memory.Scratch;

/**
 * Powers of e over arrays of one type. For one thread at a time. Programs do not use it.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public abstract class Exponential<A> {
  /** Makes them. */
  interface Maker {
    Exponential<float[]> make(Scratch scratch, int capacity);
  }

  /** Apart, since loading a subclass of this class loads this class first. */
  private static final class OfThisJvm {
    static final Maker FLOAT32 =
        VectorApi.orElse(
            "math.VectorFloat32Exponential$Maker", () -> Float32Exponential::new, Maker.class);
  }

  private final Loops<A> loops;

  Exponential(Loops<A> loops) {
    this.loops = loops;
  }

  /**
   * Those of a type.
   *
   * @param capacity the most elements at once
   */
  @SuppressWarnings("unchecked") // A is what the loops' type says.
  public static <A> Exponential<A> of(Loops<A> loops, Scratch scratch, int capacity) {
    return (Exponential<A>)
        (loops.type() == ElementType.FLOAT32
            ? OfThisJvm.FLOAT32.make(scratch, capacity)
            : new Float64Exponential(scratch, capacity));
  }

  /**
   * {@code out[i] = e^x[i]}, for any {@code x}. The arrays are different ones.
   *
   * @param rounded scratch
   * @param reduced scratch
   */
  public final void exp(A x, A rounded, A reduced, A out, int count) {
    relative(x, 0, rounded, reduced, out, count);
    loops.replaceNaN(x, out, count, Math::exp);
  }

  /** Whether {@link #relative} takes a number as the largest: not if it is huge or NaN. */
  public abstract boolean takes(double largest);

  /** The {@code N} of {@link #relative}: the integer nearest to {@code largest / ln 2}. */
  public abstract double exponent(double largest);

  /**
   * {@code out[i] = e^x[i] / 2^N}, or NaN where that is too large or too small for sums and
   * reciprocals of such numbers to be normal. No rounded difference from the largest is taken,
   * which would cost the power of a number 700 below it hundreds of ulp.
   *
   * @param largest about the largest of {@code x}
   * @param rounded scratch
   * @param reduced scratch
   */
  public abstract void relative(A x, double largest, A rounded, A reduced, A out, int count);
}
