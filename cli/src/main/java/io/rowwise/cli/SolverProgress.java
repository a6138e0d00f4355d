package io.rowwise.cli;

import io.rowwise.trainer.Progress;
import java.util.function.ToDoubleFunction;

/**
 * How much of its work a solver that ends at a tolerance has done: as the gradient becomes shorter
 * by about the same factor in each iteration, the share of the digits that it has lost already. An
 * estimate, that may go back and forth.
 */
final class SolverProgress implements ToDoubleFunction<Progress> {
  private final double tolerance;
  private double longest;
  private double shortest = Double.MAX_VALUE;

  SolverProgress(double tolerance) {
    this.tolerance = tolerance;
  }

  @Override
  public double applyAsDouble(Progress at) {
    longest = Math.max(longest, at.gradientNorm());
    shortest = Math.min(shortest, at.gradientNorm());
    return Math.log(longest / shortest) / Math.log(longest / tolerance);
  }
}
