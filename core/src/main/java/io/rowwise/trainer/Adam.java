package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.util.Objects;

/**
 * Adam on mini-batches (D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, 2015),
 * with the update of PyTorch's {@code torch.optim.Adam}: in step t, {@code m = beta1 * m + (1 -
 * beta1) * g}, {@code v = beta2 * v + (1 - beta2) * g^2}, and
 *
 * <pre>{@code
 * p = p - rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 * }</pre>
 *
 * <p>m, v and t start at 0 in each run. What PyTorch calls Adam's weight decay is the objective's
 * penalty. With a {@link #weightDecay} of its own it is AdamW (I. Loshchilov and F. Hutter,
 * Decoupled weight decay regularization, 2019): before each step, the parameters that an objective
 * {@linkplain Objective#penalisedRows() penalises} are multiplied by {@code 1 - rate *
 * weightDecay}; that of the objective should then be 0.
 *
 * <pre>{@code
 * Adam.defaults().epochs(20).batchRows(64).schedule(LearningRateSchedule.cosine())
 * }</pre>
 *
 * <p>Its history is that of {@link Sgd}. Immutable: each setting gives another.
 *
 * @param batches the rows of a step, and how many steps there are
 * @param beta1 how much of the mean gradient is kept, at least 0 and less than 1
 * @param beta2 how much of the mean square is kept, at least 0 and less than 1
 * @param epsilon above 0
 * @param weightDecay at least 0; 0 is Adam, more is AdamW
 */
public record Adam(
    MiniBatches batches, double beta1, double beta2, double epsilon, double weightDecay)
    implements Solver<RowObjective> {
  private static final Adam DEFAULTS =
      new Adam(
          new MiniBatches(10, 32, 0.001, LearningRateSchedule.constant(), 0), 0.9, 0.999, 1e-8, 0);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Adam {
    Objects.requireNonNull(batches, "batches");
    requireShare("beta1", beta1);
    requireShare("beta2", beta2);
    if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
      throw new IllegalArgumentException(
          "Adam: epsilon is %s, wanted a finite number above 0".formatted(epsilon));
    }
    if (!(weightDecay >= 0) || Double.isInfinite(weightDecay)) {
      throw new IllegalArgumentException(
          "Adam: the weight decay is %s, wanted a finite number of at least 0"
              .formatted(weightDecay));
    }
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          "Adam: %s is %s, wanted at least 0 and less than 1".formatted(name, value));
    }
  }

  /**
   * 10 epochs, 32 rows a batch, and as in PyTorch: learning rate 0.001 throughout, beta1 0.9, beta2
   * 0.999, epsilon 1e-8; no weight decay, seed 0.
   */
  public static Adam defaults() {
    return DEFAULTS;
  }

  /** The same with other {@link #batches()}. */
  public Adam batches(MiniBatches newBatches) {
    return new Adam(newBatches, beta1, beta2, epsilon, weightDecay);
  }

  /** The same with another number of epochs. */
  public Adam epochs(int count) {
    return batches(batches.epochs(count));
  }

  /** The same with another number of rows a batch. */
  public Adam batchRows(int count) {
    return batches(batches.batchRows(count));
  }

  /** The same with another learning rate. */
  public Adam learningRate(double rate) {
    return batches(batches.learningRate(rate));
  }

  /** The same with another schedule of the learning rate. */
  public Adam schedule(LearningRateSchedule schedule) {
    return batches(batches.schedule(schedule));
  }

  /** The same with another seed of the order of batches. */
  public Adam seed(long seed) {
    return batches(batches.seed(seed));
  }

  /** The same with another {@link #beta1()} and {@link #beta2()}. */
  public Adam betas(double first, double second) {
    return new Adam(batches, first, second, epsilon, weightDecay);
  }

  /** The same with another {@link #epsilon()}. */
  public Adam epsilon(double newEpsilon) {
    return new Adam(batches, beta1, beta2, newEpsilon, weightDecay);
  }

  /** The same with another {@link #weightDecay()}: AdamW, if it is above 0. */
  public Adam weightDecay(double decay) {
    return new Adam(batches, beta1, beta2, epsilon, decay);
  }

  @Override
  public boolean dependsOnRowOrder() {
    return true;
  }

  /**
   * Minimises.
   *
   * @throws IllegalArgumentException if the objective is no longer finite; the message says in
   *     which epoch
   */
  @Override
  public Solution minimize(RowObjective objective, Matrix parameters, ProgressListener listener) {
    UpdateRule rule = new Moments(this, objective);
    try (EpochRun run = new EpochRun("Adam", batches, objective, rule, parameters, listener)) {
      return run.minimize();
    }
  }

  private static final class Moments implements UpdateRule {
    private final Adam settings;
    private final Backend backend;
    private final int penalisedRows;
    private final Matrix mean;
    private final Matrix square;
    private final Matrix scratch;
    private int step;

    Moments(Adam settings, Objective objective) {
      this.settings = settings;
      this.backend = objective.backend();
      this.penalisedRows = objective.penalisedRows();
      this.mean = backend.matrix(objective.type(), objective.rows(), objective.columns());
      this.square = backend.matrix(objective.type(), objective.rows(), objective.columns());
      this.scratch = backend.matrix(objective.type(), objective.rows(), objective.columns());
    }

    @Override
    public void update(Matrix parameters, Matrix gradient, double rate) {
      step++;
      if (settings.weightDecay > 0) {
        Matrix penalised = parameters.rows(0, penalisedRows);
        backend.multiply(penalised, 1 - rate * settings.weightDecay, penalised);
      }
      backend.multiply(mean, settings.beta1, mean);
      backend.addScaled(1 - settings.beta1, gradient, mean);
      backend.multiply(gradient, gradient, scratch);
      backend.multiply(square, settings.beta2, square);
      backend.addScaled(1 - settings.beta2, scratch, square);
      // The square root, of which there is no primitive; that of 0 is e^-inf = 0.
      backend.log(square, scratch);
      backend.multiply(scratch, 0.5, scratch);
      backend.exp(scratch, scratch);
      backend.divide(scratch, Math.sqrt(1 - Math.pow(settings.beta2, step)), scratch);
      backend.add(scratch, settings.epsilon, scratch);
      backend.divide(mean, scratch, scratch);
      double correction = 1 - Math.pow(settings.beta1, step);
      backend.addScaled(-rate / correction, scratch, parameters);
    }

    @Override
    public void close() {
      mean.close();
      square.close();
      scratch.close();
    }
  }
}
