package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.util.Objects;

/**
 * Stochastic gradient descent on mini-batches, with the update of PyTorch's {@code
 * torch.optim.SGD}: the velocity {@code v = momentum * v + g}, the parameters {@code p = p - rate *
 * v}, or with Nesterov's momentum {@code p = p - rate * (g + momentum * v)} (I. Sutskever et al.,
 * On the importance of initialization and momentum in deep learning, 2013). The velocity starts at
 * 0 in each run. What PyTorch calls weight decay is the objective's penalty.
 *
 * <pre>{@code
 * Sgd.defaults().epochs(20).batchRows(64).learningRate(0.1).momentum(0.9)
 * }</pre>
 *
 * <p>Its history has one entry for each epoch: the mean of the batches' objectives as they were
 * computed, and the largest component of the last batch's gradient. The solution has those of all
 * rows, at the end.
 *
 * <p>Immutable: each setting gives another.
 *
 * @param batches the rows of a step, and how many steps there are
 * @param momentum 0 for none, less than 1
 * @param nesterov whether the momentum is Nesterov's; without momentum it changes nothing
 */
public record Sgd(MiniBatches batches, double momentum, boolean nesterov)
    implements Solver<RowObjective> {
  private static final Sgd DEFAULTS =
      new Sgd(new MiniBatches(10, 32, 0.1, LearningRateSchedule.constant(), 0), 0, false);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public Sgd {
    Objects.requireNonNull(batches, "batches");
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          "SGD: momentum is %s, wanted at least 0 and less than 1".formatted(momentum));
    }
  }

  /** 10 epochs, 32 rows a batch, learning rate 0.1 throughout, no momentum, seed 0. */
  public static Sgd defaults() {
    return DEFAULTS;
  }

  /** The same with other {@link #batches()}. */
  public Sgd batches(MiniBatches newBatches) {
    return new Sgd(newBatches, momentum, nesterov);
  }

  /** The same with another number of epochs. */
  public Sgd epochs(int count) {
    return batches(batches.epochs(count));
  }

  /** The same with another number of rows a batch. */
  public Sgd batchRows(int count) {
    return batches(batches.batchRows(count));
  }

  /** The same with another learning rate. */
  public Sgd learningRate(double rate) {
    return batches(batches.learningRate(rate));
  }

  /** The same with another schedule of the learning rate. */
  public Sgd schedule(LearningRateSchedule schedule) {
    return batches(batches.schedule(schedule));
  }

  /** The same with another seed of the order of batches. */
  public Sgd seed(long seed) {
    return batches(batches.seed(seed));
  }

  /** The same with another {@link #momentum()}. */
  public Sgd momentum(double newMomentum) {
    return new Sgd(batches, newMomentum, nesterov);
  }

  /** The same with Nesterov's momentum, or without. */
  public Sgd nesterov(boolean isNesterov) {
    return new Sgd(batches, momentum, isNesterov);
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
    UpdateRule rule = new Momentum(this, objective);
    try (EpochRun run = new EpochRun("SGD", batches, objective, rule, parameters, listener)) {
      return run.minimize();
    }
  }

  private static final class Momentum implements UpdateRule {
    private final Backend backend;
    private final double momentum;
    private final boolean isNesterov;
    private final Matrix velocity;

    Momentum(Sgd settings, Objective objective) {
      this.backend = objective.backend();
      this.momentum = settings.momentum;
      this.isNesterov = settings.nesterov;
      this.velocity = backend.matrix(objective.type(), objective.rows(), objective.columns());
    }

    @Override
    public void update(Matrix parameters, Matrix gradient, double rate) {
      if (momentum == 0) {
        backend.addScaled(-rate, gradient, parameters);
        return;
      }
      backend.multiply(velocity, momentum, velocity);
      backend.add(velocity, gradient, velocity);
      if (isNesterov) {
        backend.addScaled(-rate, gradient, parameters);
        backend.addScaled(-rate * momentum, velocity, parameters);
      } else {
        backend.addScaled(-rate, velocity, parameters);
      }
    }

    @Override
    public void close() {
      velocity.close();
    }
  }
}
