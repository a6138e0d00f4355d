package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * One pass over the training data: a {@link TrainingStep} on each batch of consecutive rows, in
 * order; the last batch may be smaller.
 */
@FunctionalInterface
public interface TrainingEpoch extends Kernel {
  /** How to ask for it. */
  KernelType<TrainingEpoch> TYPE =
      KernelType.of(
          "training-epoch",
          TrainingEpoch.class,
          backend -> new ComposedTrainingEpoch(backend, backend.kernel(TrainingStep.TYPE)),
          CheckedTrainingEpoch::new);

  /**
   * Updates the parameters in place.
   *
   * @param x m x n, with m at least 1
   * @param targets of m rows and c classes
   * @param batchRows rows of a batch, at least 1
   * @param learningRate not negative, and finite in the element type
   * @param weights n x c, with c at least 1
   * @param bias 1 x c
   * @param loss 1 x 1; gets the mean of the batches' cross-entropies, each before its update and
   *     each with the same weight, however many rows it has. It, the weights and the bias overlap
   *     nothing else
   */
  void apply(
      Matrix x,
      Targets targets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss);

  /**
   * An epoch of the given steps, with the checks of this type.
   *
   * @param step closed with the epoch
   */
  static TrainingEpoch of(Backend backend, TrainingStep step) {
    return new CheckedTrainingEpoch(backend, new ComposedTrainingEpoch(backend, step));
  }
}

record CheckedTrainingEpoch(Backend backend, TrainingEpoch kernel, ExclusiveUse use)
    implements TrainingEpoch {
  CheckedTrainingEpoch(Backend backend, TrainingEpoch kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("training-epoch"));
  }

  @Override
  public void apply(
      Matrix x,
      Targets targets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    String operation = "training-epoch";
    Checks.requireTraining(operation, backend, x, targets, learningRate, weights, bias, loss);
    Arguments.requireSome(operation, "a batch", "rows", batchRows);
    use.enter(operation);
    try {
      kernel.apply(x, targets, batchRows, learningRate, weights, bias, loss);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(x);
    targets.keepReachable();
    Arguments.keepReachable(weights);
    Arguments.keepReachable(bias);
    Arguments.keepReachable(loss);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedTrainingEpoch implements TrainingEpoch {
  private final Backend backend;
  private final TrainingStep step;
  private final Scratch batchLoss;

  ComposedTrainingEpoch(Backend backend, TrainingStep step) {
    this.backend = backend;
    this.step = step;
    this.batchLoss = new Scratch(backend);
  }

  @Override
  public void apply(
      Matrix x,
      Targets targets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    Matrix one = batchLoss.get(x.type(), 1, 1);
    int batches = 0;
    backend.fill(0, loss);
    for (long from = 0; from < x.rows(); from += batchRows) {
      int first = (int) from;
      int last = (int) Math.min(x.rows(), from + batchRows);
      step.apply(x.rows(first, last), targets.rows(first, last), learningRate, weights, bias, one);
      backend.add(loss, one, loss);
      batches++;
    }
    backend.divide(loss, batches, loss);
  }

  @Override
  public void close() {
    step.close();
    batchLoss.close();
  }
}
