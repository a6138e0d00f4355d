package io.rowwise.trainer;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;

/**
 * OWL-QN (G. Andrew and J. Gao, Scalable training of L1-regularized log-linear models, 2007): it
 * minimises an objective plus {@code l1 * sum of |w|} over the parameters that the objective
 * {@linkplain Objective#penalisedRows() penalises}. Many of them become exactly 0. The directions
 * are those of L-BFGS from the identity: any other start that mixes parameters would not agree with
 * their signs. It wants features of like size, {@linkplain SoftmaxTrainer#standardize standardised}
 * ones.
 *
 * <p>The solution's objective is the sum of both, and its gradient the pseudo-gradient: the
 * derivative towards the side to which the sum descends, 0 where it does to neither. Where no
 * component is larger than the tolerance, {@code |g| <= l1 + tolerance} for each weight of 0, and
 * {@code |g + l1 * sign(w)| <= tolerance} for each other one, with g the objective's gradient.
 *
 * <p>Immutable: each setting gives another.
 *
 * @param l1 the factor of the sum of the absolute weights, at least 0
 * @param tolerance the largest absolute component of the pseudo-gradient at which it stops; 0 to go
 *     on until rounding ends all progress
 * @param maxIterations at least 1
 * @param memory how many pairs of steps and changes of the gradient it remembers, at least 1
 */
public record OwlQn(double l1, double tolerance, int maxIterations, int memory)
    implements Solver<Objective> {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public OwlQn {
    if (!(l1 >= 0) || Double.isInfinite(l1)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "OWL-QN: l1 is %s, wanted a finite number of at least 0", l1));
    }
    if (!(tolerance >= 0)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "OWL-QN: tolerance is %s, wanted at least 0", tolerance));
    }
    requireAtLeastOne("iterations", maxIterations);
    requireAtLeastOne("remembered pairs", memory);
  }

  private static void requireAtLeastOne(String what, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "OWL-QN: %d %s, wanted at least 1", count, what));
    }
  }

  /** With the tolerance, iterations and memory of {@link Lbfgs#of}. */
  public static OwlQn of(ElementType type, double l1) {
    return of(Lbfgs.of(type), l1);
  }

  /** With another solver's tolerance, iterations and memory. */
  public static OwlQn of(Lbfgs lbfgs, double l1) {
    return new OwlQn(l1, lbfgs.tolerance(), lbfgs.maxIterations(), lbfgs.memory());
  }

  /** The same with another {@link #l1()}. */
  public OwlQn l1(double factor) {
    return new OwlQn(factor, tolerance, maxIterations, memory);
  }

  /** The same with another {@link #tolerance()}. */
  public OwlQn tolerance(double newTolerance) {
    return new OwlQn(l1, newTolerance, maxIterations, memory);
  }

  /** The same with another {@link #maxIterations()}. */
  public OwlQn maxIterations(int iterations) {
    return new OwlQn(l1, tolerance, iterations, memory);
  }

  /** The same with another {@link #memory()}. */
  public OwlQn memory(int pairs) {
    return new OwlQn(l1, tolerance, maxIterations, pairs);
  }

  @Override
  public Solution minimize(Objective objective, Matrix parameters, ProgressListener listener) {
    try (OwlQnRun run = new OwlQnRun(this, objective, parameters, listener)) {
      return run.minimize();
    }
  }
}
