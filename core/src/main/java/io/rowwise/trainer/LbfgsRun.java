package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.util.ArrayList;
import java.util.List;

/** One run of {@link Lbfgs}, and its vectors. */
final class LbfgsRun implements AutoCloseable {
  private final Lbfgs settings;
  private final Objective objective;
  private final Backend backend;
  private final ProgressListener listener;
  private final Matrix parameters;
  private final Matrix trial;
  private final Matrix gradient;
  private final Matrix trialGradient;
  private final Matrix direction;
  private final CurvaturePairs pairs;
  private final VectorReductions reductions;
  private final Standstill standstill;
  private final List<Progress> history = new ArrayList<>();
  private final long start = System.nanoTime();
  private int evaluations;
  private int iteration;
  private double value;
  private double norm;
  private double trialValue;
  private int evaluationsAtLook;

  LbfgsRun(Lbfgs settings, Objective objective, Matrix parameters, ProgressListener listener) {
    this.settings = settings;
    this.objective = objective;
    this.backend = objective.backend();
    this.parameters = parameters;
    this.listener = listener;
    this.standstill = new Standstill(objective.type());
    this.trial = vector();
    this.gradient = vector();
    this.trialGradient = vector();
    this.direction = vector();
    this.pairs = new CurvaturePairs(objective, settings.memory());
    this.reductions = new VectorReductions(backend, objective.type());
  }

  private Matrix vector() {
    return backend.matrix(objective.type(), objective.rows(), objective.columns());
  }

  Solution minimize() {
    value = objective.evaluate(parameters, gradient);
    evaluations = 1;
    requireFinite();
    norm = reductions.largestAbsolute(gradient);
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

  private void requireFinite() {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "L-BFGS: the objective is "
              + value
              + " at the start; wanted finite features, and targets that are classes");
    }
  }

  /** Returns whether the objective got lower, or the gradient shorter where it no longer can. */
  private boolean step() {
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

  /** As far as the approximation of the second derivatives says, but at most a length of one. */
  private double firstStep() {
    double largest = reductions.largestAbsolute(direction);
    return Math.min(1, 1 / Math.max(largest, Double.MIN_NORMAL));
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
    direction.close();
    pairs.close();
    reductions.close();
  }
}
