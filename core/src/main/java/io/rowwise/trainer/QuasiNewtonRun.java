package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * One run of a solver that goes from iteration to iteration by the last steps and changes of the
 * gradient: its vectors, when it ends, and whom it tells. How an iteration is made is the solver's.
 */
abstract class QuasiNewtonRun implements AutoCloseable {
  /** Of the solver, for messages. */
  private final String name;

  private final double tolerance;
  private final int maxIterations;
  private final History history;
  private int iteration;

  final Objective objective;
  final Backend backend;
  final VectorReductions reductions;
  final Standstill standstill;

  /** Where the run is, and the gradient there. */
  final Matrix parameters;

  final Matrix gradient;

  /** Where it may go, and the gradient there. */
  final Matrix trial;

  final Matrix trialGradient;
  final Matrix direction;

  /** How often the objective was evaluated, its value where the run is, and what is to vanish. */
  int evaluations;

  double value;
  double norm;

  QuasiNewtonRun(
      String name,
      double tolerance,
      int maxIterations,
      Objective objective,
      Matrix parameters,
      ProgressListener listener) {
    this.name = name;
    this.tolerance = tolerance;
    this.maxIterations = maxIterations;
    this.objective = objective;
    this.backend = objective.backend();
    this.parameters = parameters;
    this.history = new History(listener);
    this.standstill = new Standstill(objective.type());
    this.gradient = vector();
    this.trial = vector();
    this.trialGradient = vector();
    this.direction = vector();
    this.reductions = new VectorReductions(backend, objective.type());
  }

  /** One of the shape of the parameters, which the run closes. */
  final Matrix vector() {
    return backend.matrix(objective.type(), objective.rows(), objective.columns());
  }

  /** Evaluates the objective and what goes with it where the run starts. */
  abstract void begin();

  /** Returns whether the objective got lower, or the gradient shorter where it no longer can. */
  abstract boolean step();

  final Solution minimize() {
    begin();
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          name
              + ": the objective is "
              + value
              + " at the start; wanted finite features, and targets that are classes");
    }
    tell();
    while (norm > tolerance) {
      if (iteration == maxIterations) {
        return solution(StopReason.MAX_ITERATIONS);
      }
      if (!step()) {
        return solution(StopReason.ROUNDING);
      }
      iteration++;
      tell();
      if (history.isEnough()) {
        return solution(StopReason.EARLY_STOPPING);
      }
    }
    return solution(StopReason.TOLERANCE);
  }

  /** Where nothing is known of the curvature: a length of one at most. */
  final double firstStep() {
    double largest = reductions.largestAbsolute(direction);
    return Math.min(1, 1 / Math.max(largest, Double.MIN_NORMAL));
  }

  private void tell() {
    history.add(iteration, evaluations, value, norm, parameters);
  }

  private Solution solution(StopReason reason) {
    return new Solution(value, norm, iteration, evaluations, reason, history.steps());
  }

  @Override
  public void close() {
    gradient.close();
    trial.close();
    trialGradient.close();
    direction.close();
    reductions.close();
  }
}
