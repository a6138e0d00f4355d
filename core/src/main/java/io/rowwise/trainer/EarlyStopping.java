package io.rowwise.trainer;

import io.rowwise.backend.Matrix;
import java.util.Locale;
import java.util.Objects;

/**
 * A solver that keeps the parameters with the lowest loss of rows kept aside, the start among them,
 * and stops when looking for a lower one has been in vain for a while (L. Prechelt, Early stopping
 * - but when?, 1998, its criterion UP). The loss is the mean cross-entropy without penalties.
 *
 * <p>However the solver ends, the best parameters are in place then, and the solution's objective
 * and gradient are theirs. Each {@link Progress} has the loss.
 *
 * <p>Immutable, for use by many threads as far as the validation's matrices are.
 *
 * @param <O> what the solver needs to know of the function
 * @param solver whose parameters are (features + 1) x classes, the bias in the last row
 * @param validation the rows kept aside
 * @param patience after how many looks without a lower loss it stops, at least 1
 * @param every after how many iterations or epochs it looks, at least 1
 */
public record EarlyStopping<O extends Objective>(
    Solver<? super O> solver, Samples validation, int patience, int every) implements Solver<O> {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public EarlyStopping {
    Objects.requireNonNull(solver, "solver");
    Objects.requireNonNull(validation, "validation");
    requireAtLeastOne("the patience", patience);
    requireAtLeastOne("the number of iterations between looks", every);
  }

  /** One that looks after each iteration or epoch. */
  public EarlyStopping(Solver<? super O> solver, Samples validation, int patience) {
    this(solver, validation, patience, 1);
  }

  private static void requireAtLeastOne(String what, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "early stopping: %s is %d, wanted at least 1", what, count));
    }
  }

  @Override
  public boolean dependsOnRowOrder() {
    return solver.dependsOnRowOrder();
  }

  @Override
  public Solution minimize(O objective, Matrix parameters, ProgressListener listener) {
    try (Watch watch = new Watch(objective, parameters, listener)) {
      Solution solution = solver.minimize(objective, parameters, watch);
      return watch.withBest(solution);
    }
  }

  private final class Watch implements ProgressListener, AutoCloseable {
    private final Objective objective;
    private final Matrix parameters;
    private final ProgressListener listener;
    private final Matrix best;
    private double lowest;
    private int bestIteration;
    private int lastLook;
    private int looksInVain;

    Watch(Objective objective, Matrix parameters, ProgressListener listener) {
      this.objective = objective;
      this.parameters = parameters;
      this.listener = listener;
      this.best =
          objective.backend().matrix(objective.type(), objective.rows(), objective.columns());
      objective.backend().copy(parameters, best);
      this.lowest = validation.crossEntropy(parameters);
    }

    @Override
    public double validationLoss(int iteration, Matrix current) {
      if (iteration == 0) {
        return lowest;
      }
      return iteration % every == 0 ? look(iteration, current) : Double.NaN;
    }

    private double look(int iteration, Matrix current) {
      lastLook = iteration;
      double loss = validation.crossEntropy(current);
      if (loss < lowest || (Double.isNaN(lowest) && !Double.isNaN(loss))) {
        lowest = loss;
        bestIteration = iteration;
        looksInVain = 0;
        objective.backend().copy(current, best);
      } else {
        looksInVain++;
      }
      return loss;
    }

    @Override
    public boolean isEnough() {
      return looksInVain >= patience || listener.isEnough();
    }

    @Override
    public void onProgress(Progress progress) {
      listener.onProgress(progress);
    }

    Solution withBest(Solution solution) {
      if (lastLook != solution.iterations()) {
        look(solution.iterations(), parameters);
      }
      if (bestIteration == solution.iterations()) {
        return solution;
      }
      objective.backend().copy(best, parameters);
      try (Matrix gradient =
              objective.backend().matrix(objective.type(), objective.rows(), objective.columns());
          VectorReductions reductions =
              new VectorReductions(objective.backend(), objective.type())) {
        double value = objective.evaluate(parameters, gradient);
        return new Solution(
            value,
            reductions.largestAbsolute(gradient),
            solution.iterations(),
            solution.evaluations() + 1,
            solution.stopReason(),
            solution.history());
      }
    }

    @Override
    public void close() {
      best.close();
    }
  }
}
