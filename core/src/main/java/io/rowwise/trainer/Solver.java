package io.rowwise.trainer;

import io.rowwise.backend.Matrix;

/**
 * Finds parameters that make an {@link Objective} small. Immutable, for use by many threads.
 *
 * @param <O> what it needs to know of the function
 */
@FunctionalInterface
public interface Solver<O extends Objective> {
  /**
   * Minimises. What it needs besides the parameters it takes from the objective's backend and gives
   * back before it returns.
   *
   * @param objective stays the caller's
   * @param parameters rows x columns of the objective: where it starts, and what it found
   * @param listener is told of the start and of each iteration, or of each epoch, and may end it
   */
  Solution minimize(O objective, Matrix parameters, ProgressListener listener);

  /** Whether what it finds depends on the order of rows, which should then be a random one. */
  default boolean dependsOnRowOrder() {
    return false;
  }
}
