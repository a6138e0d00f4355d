package io.rowwise.trainer;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;

/**
 * L-BFGS (D. C. Liu and J. Nocedal, On the limited memory BFGS method, 1989) that starts each
 * direction from {@link Objective#approximateNewton}, with a line search for the strong Wolfe
 * conditions. The vectors stay on the device; the host sees a few products of them an iteration (W.
 * Chen, Z. Wang and J. Zhou, Large-scale L-BFGS using MapReduce, 2014).
 *
 * <p>Immutable: each setting gives another.
 *
 * @param tolerance the largest absolute component of the gradient at which it stops; 0 to go on
 *     until rounding ends all progress
 * @param maxIterations at least 1
 * @param memory how many pairs of steps and changes of the gradient it remembers, at least 1; fewer
 *     where they would take more than 2^27 elements
 */
public record Lbfgs(double tolerance, int maxIterations, int memory) implements Solver<Objective> {
  private static final int DEFAULT_ITERATIONS = 10_000;
  private static final int DEFAULT_MEMORY = 30;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Lbfgs {
    if (!(tolerance >= 0)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "L-BFGS: tolerance is %s, wanted at least 0", tolerance));
    }
    requireAtLeastOne("iterations", maxIterations);
    requireAtLeastOne("remembered pairs", memory);
  }

  private static void requireAtLeastOne(String what, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "L-BFGS: %d %s, wanted at least 1", count, what));
    }
  }

  /**
   * With a tolerance that fits the type, 1e-8 for float64 and 1e-6 for float32, and up to 10,000
   * iterations.
   */
  public static Lbfgs of(ElementType type) {
    return new Lbfgs(type == ElementType.FLOAT32 ? 1e-6 : 1e-8, DEFAULT_ITERATIONS, DEFAULT_MEMORY);
  }

  /** The same with another {@link #tolerance()}. */
  public Lbfgs tolerance(double newTolerance) {
    return new Lbfgs(newTolerance, maxIterations, memory);
  }

  /** The same with another {@link #maxIterations()}. */
  public Lbfgs maxIterations(int iterations) {
    return new Lbfgs(tolerance, iterations, memory);
  }

  /** The same with another {@link #memory()}. */
  public Lbfgs memory(int pairs) {
    return new Lbfgs(tolerance, maxIterations, pairs);
  }

  @Override
  public Solution minimize(Objective objective, Matrix parameters, ProgressListener listener) {
    try (LbfgsRun run = new LbfgsRun(this, objective, parameters, listener)) {
      return run.minimize();
    }
  }
}
