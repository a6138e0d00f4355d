package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.ArrayList;
import java.util.List;

/** One run of {@link OwlQn}, and its vectors. */
final class OwlQnRun implements AutoCloseable {
  private static final double DECREASE = 1e-4;
  private static final double SHORTER = 0.5;
  private static final int MOST_TRIALS = 40;

  private final OwlQn settings;
  private final Objective objective;
  private final Backend backend;
  private final ProgressListener listener;
  private final Matrix parameters;
  private final Matrix trial;
  private final Matrix gradient;
  private final Matrix trialGradient;
  private final Matrix pseudoGradient;
  private final Matrix direction;
  private final Matrix difference;
  private final Matrix inside;
  private final CurvaturePairs pairs;
  private final Orthant orthant;
  private final VectorReductions reductions;
  private final Standstill standstill;
  private final List<Progress> history = new ArrayList<>();
  private final long start = System.nanoTime();
  private int evaluations;
  private int iteration;
  private double value;
  private double norm;

  OwlQnRun(OwlQn settings, Objective objective, Matrix parameters, ProgressListener listener) {
    this.settings = settings;
    this.objective = objective;
    this.backend = objective.backend();
    this.parameters = parameters;
    this.listener = listener;
    this.standstill = new Standstill(objective.type());
    this.trial = vector();
    this.gradient = vector();
    this.trialGradient = vector();
    this.pseudoGradient = vector();
    this.direction = vector();
    this.difference = vector();
    this.inside = vector();
    this.pairs = new CurvaturePairs(new FromIdentity(objective), settings.memory());
    this.orthant = new Orthant(objective, settings.l1());
    this.reductions = new VectorReductions(backend, objective.type());
  }

  private Matrix vector() {
    return backend.matrix(objective.type(), objective.rows(), objective.columns());
  }

  Solution minimize() {
    value = evaluate(parameters, gradient);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "OWL-QN: the objective is "
              + value
              + " at the start; wanted finite features, and targets that are classes");
    }
    findPseudoGradient();
    tell();
    while (norm > settings.tolerance()) {
      if (iteration == settings.maxIterations()) {
        return solution(StopReason.MAX_ITERATIONS);
      }
      if (!step()) {
        return solution(StopReason.ROUNDING);
      }
      iteration++;
      tell();
      if (listener.isEnough()) {
        return solution(StopReason.EARLY_STOPPING);
      }
    }
    return solution(StopReason.TOLERANCE);
  }

  private double evaluate(Matrix at, Matrix gradientAt) {
    evaluations++;
    return objective.evaluate(at, gradientAt) + orthant.penalty(at);
  }

  private void findPseudoGradient() {
    orthant.pseudoGradient(parameters, gradient, pseudoGradient);
    norm = reductions.largestAbsolute(pseudoGradient);
  }

  /** Returns whether the objective got lower, or the gradient smaller where it no longer can. */
  private boolean step() {
    pairs.direction(pseudoGradient, direction);
    orthant.choose(parameters, pseudoGradient);
    boolean isFound = search();
    if (!isFound && pairs.count() > 0) {
      // What is remembered may be mostly rounding.
      pairs.clear();
      pairs.direction(pseudoGradient, direction);
      isFound = search();
    }
    return isFound && !standstill.isReached(value, norm);
  }

  private boolean search() {
    orthant.align(direction, pseudoGradient);
    double step = pairs.count() == 0 ? firstStep() : 1;
    for (int i = 0; i < MOST_TRIALS; i++) {
      backend.copy(parameters, trial);
      backend.addScaled(step, direction, trial);
      orthant.project(trial);
      backend.subtract(trial, parameters, difference);
      double slope = reductions.dot(pseudoGradient, difference);
      if (!(slope < 0)) {
        return false;
      }
      double trialValue = evaluate(trial, trialGradient);
      if (isLower(trialValue, slope)) {
        accept(trialValue);
        return true;
      }
      step *= SHORTER;
    }
    return false;
  }

  /** A length of at most one. */
  private double firstStep() {
    double largest = reductions.largestAbsolute(direction);
    return Math.min(1, 1 / Math.max(largest, Double.MIN_NORMAL));
  }

  /** By values; where these are nearly equal, by slopes, as {@link LineSearch} does. */
  private boolean isLower(double trialValue, double slope) {
    if (trialValue <= value + DECREASE * slope) {
      return true;
    }
    double equality = LineSearch.nearlyEqual(objective.type()) * Math.abs(value);
    if (!(Math.abs(trialValue - value) <= equality)) {
      return false;
    }
    orthant.gradientInside(trialGradient, inside);
    double trialSlope = reductions.dot(inside, difference);
    return trialSlope <= (2 * DECREASE - 1) * slope;
  }

  private void accept(double trialValue) {
    pairs.add(parameters, trial, gradient, trialGradient);
    backend.copy(trial, parameters);
    backend.copy(trialGradient, gradient);
    value = trialValue;
    findPseudoGradient();
  }

  private void tell() {
    double validation = listener.validationLoss(iteration, parameters);
    double seconds = (System.nanoTime() - start) * 1e-9;
    Progress progress = new Progress(iteration, evaluations, value, norm, validation, seconds);
    history.add(progress);
    listener.onProgress(progress);
  }

  private Solution solution(StopReason reason) {
    return new Solution(value, norm, iteration, evaluations, reason, history);
  }

  @Override
  public void close() {
    trial.close();
    gradient.close();
    trialGradient.close();
    pseudoGradient.close();
    direction.close();
    difference.close();
    inside.close();
    pairs.close();
    orthant.close();
    reductions.close();
  }

  /** An objective whose second derivatives are unknown, whatever it was asked before. */
  private record FromIdentity(Objective objective) implements Objective {
    @Override
    public Backend backend() {
      return objective.backend();
    }

    @Override
    public ElementType type() {
      return objective.type();
    }

    @Override
    public int rows() {
      return objective.rows();
    }

    @Override
    public int columns() {
      return objective.columns();
    }

    @Override
    public double evaluate(Matrix parameters, Matrix gradient) {
      return objective.evaluate(parameters, gradient);
    }
  }
}
