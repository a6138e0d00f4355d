package io.rowwise.trainer;

import io.rowwise.backend.Matrix;

/** One run of {@link Lbfgs}. */
final class LbfgsRun extends QuasiNewtonRun {
  private final CurvaturePairs pairs;
  private double trialValue;
  private int evaluationsAtLook;

  LbfgsRun(Lbfgs settings, Objective objective, Matrix parameters, ProgressListener listener) {
    super(
        "L-BFGS", settings.tolerance(), settings.maxIterations(), objective, parameters, listener);
    this.pairs = new CurvaturePairs(objective, settings.memory());
  }

  @Override
  void begin() {
    value = objective.evaluate(parameters, gradient);
    evaluations = 1;
    norm = reductions.largestAbsolute(gradient);
  }

  @Override
  boolean step() {
    if (objective.approximateAt(parameters, evaluations - evaluationsAtLook)) {
      evaluationsAtLook = evaluations;
      pairs.rescale();
    }
    pairs.direction(gradient, direction);
    if (search()) {
      return true;
    }
    // What is remembered may be mostly rounding.
    boolean hadPairs = pairs.count() > 0;
    pairs.clear();
    if (hadPairs) {
      pairs.direction(gradient, direction);
      return search();
    }
    return false;
  }

  private boolean search() {
    double slope = reductions.dot(gradient, direction);
    if (!(slope < 0)) {
      return false;
    }
    double first = pairs.count() == 0 ? firstStep() : 1;
    LineSearch search = new LineSearch(value, slope, LineSearch.nearlyEqual(objective.type()));
    double step = first;
    while (true) {
      double next = search.next(step, at(step), trialSlope());
      if (search.isDone()) {
        break;
      }
      step = next;
    }
    if (!search.isSuccess()) {
      return false;
    }
    if (search.best() != step) {
      step = search.best();
      at(step);
    }
    double trialNorm = reductions.largestAbsolute(trialGradient);
    if (standstill.isReached(trialValue, trialNorm)) {
      return false;
    }
    pairs.add(parameters, trial, gradient, trialGradient);
    backend.copy(trial, parameters);
    backend.copy(trialGradient, gradient);
    value = trialValue;
    norm = trialNorm;
    return true;
  }

  private double at(double step) {
    backend.copy(parameters, trial);
    backend.addScaled(step, direction, trial);
    trialValue = objective.evaluate(trial, trialGradient);
    evaluations++;
    return trialValue;
  }

  private double trialSlope() {
    return reductions.dot(trialGradient, direction);
  }

  @Override
  public void close() {
    pairs.close();
    super.close();
  }
}
