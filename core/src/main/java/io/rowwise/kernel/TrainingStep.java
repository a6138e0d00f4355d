package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;

/**
 * One step of gradient descent for a softmax classifier on one batch: with {@code z = x * weights +
 * bias} and {@code g} the {@link CrossEntropyGradient} at {@code z}, {@code weights -= rate *
 * transposed(x) * g} and {@code bias -= rate * column sums of g}.
 */
@FunctionalInterface
public interface TrainingStep extends Kernel {
  /** How to ask for it. */
  KernelType<TrainingStep> TYPE =
      KernelType.of(
          "training-step", TrainingStep.class, ComposedTrainingStep::new, CheckedTrainingStep::new);

  /**
   * Updates the parameters in place.
   *
   * @param x m x n, with m at least 1
   * @param targets of m rows and c classes
   * @param learningRate not negative, and finite in the element type
   * @param weights n x c, with c at least 1
   * @param bias 1 x c
   * @param loss 1 x 1; gets the batch's cross-entropy before the update. It, the weights and the
   *     bias overlap nothing else
   */
  void apply(
      Matrix x, Targets targets, double learningRate, Matrix weights, Matrix bias, Matrix loss);
}

record CheckedTrainingStep(Backend backend, TrainingStep kernel, ExclusiveUse use)
    implements TrainingStep {
  CheckedTrainingStep(Backend backend, TrainingStep kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("training-step"));
  }

  @Override
  public void apply(
      Matrix x, Targets targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    Checks.requireTraining("training-step", backend, x, targets, learningRate, weights, bias, loss);
    use.enter("training-step");
    try {
      kernel.apply(x, targets, learningRate, weights, bias, loss);
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

final class ComposedTrainingStep implements TrainingStep {
  private final Backend backend;
  private final CrossEntropy crossEntropy;
  private final CrossEntropyGradient crossEntropyGradient;
  private final Scratch logits;
  private final Scratch biasGradient;

  ComposedTrainingStep(Backend backend) {
    this.backend = backend;
    this.crossEntropy = backend.kernel(CrossEntropy.TYPE);
    this.crossEntropyGradient = backend.kernel(CrossEntropyGradient.TYPE);
    this.logits = new Scratch(backend);
    this.biasGradient = new Scratch(backend);
  }

  @Override
  public void apply(
      Matrix x, Targets targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    Matrix z = logits.get(x.type(), x.rows(), weights.columns());
    Matrix columns = biasGradient.get(x.type(), 1, weights.columns());
    backend.matmul(x, weights, z);
    backend.add(z, bias, z);
    crossEntropy.apply(z, targets, loss);
    crossEntropyGradient.apply(z, targets, z);
    backend.matmul(-learningRate, x, Transpose.YES, z, Transpose.NO, 1, weights);
    backend.columnSum(z, columns);
    backend.addScaled(-learningRate, columns, bias);
  }

  @Override
  public void close() {
    crossEntropy.close();
    crossEntropyGradient.close();
    logits.close();
    biasGradient.close();
  }
}
