package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** One run of {@link OwlQn}. */
final class OwlQnRun extends QuasiNewtonRun {
  private static final double DECREASE = 1e-4;
  private static final double SHORTER = 0.5;
  private static final int MOST_TRIALS = 40;

  private final Matrix pseudoGradient;
  private final Matrix difference;
  private final Matrix inside;
  private final CurvaturePairs pairs;
  private final Orthant orthant;

  OwlQnRun(OwlQn settings, Objective objective, Matrix parameters, ProgressListener listener) {
    super(
        "OWL-QN", settings.tolerance(), settings.maxIterations(), objective, parameters, listener);
    this.pseudoGradient = vector();
    this.difference = vector();
    this.inside = vector();
    this.pairs = new CurvaturePairs(new FromIdentity(objective), settings.memory());
    this.orthant = new Orthant(objective, settings.l1());
  }

  @Override
  void begin() {
    value = evaluate(parameters, gradient);
    findPseudoGradient();
  }

  private double evaluate(Matrix at, Matrix gradientAt) {
    evaluations++;
    return objective.evaluate(at, gradientAt) + orthant.penalty(at);
  }

  private void findPseudoGradient() {
    orthant.pseudoGradient(parameters, gradient, pseudoGradient);
    norm = reductions.largestAbsolute(pseudoGradient);
  }

  @Override
  boolean step() {
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

  @Override
  public void close() {
    pseudoGradient.close();
    difference.close();
    inside.close();
    pairs.close();
    orthant.close();
    super.close();
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
