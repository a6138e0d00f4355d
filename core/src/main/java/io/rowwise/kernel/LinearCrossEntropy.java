package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;

/**
 * The mean cross-entropy of a softmax classifier on given data and its gradient with respect to the
 * parameters: with {@code z = x * weights + bias} and {@code g} the {@link CrossEntropyGradient} at
 * {@code z}, the gradient of the weights is {@code transposed(x) * g} and that of the bias the
 * column sums of {@code g}. It is what a solver that takes all rows at once minimises.
 *
 * <p>The results do not depend on the number of threads.
 */
@FunctionalInterface
public interface LinearCrossEntropy extends Kernel {
  /** How to ask for it. */
  KernelType<LinearCrossEntropy> TYPE =
      KernelType.of(
          "linear-cross-entropy",
          LinearCrossEntropy.class,
          ComposedLinearCrossEntropy::new,
          CheckedLinearCrossEntropy::new);

  /**
   * Computes all three.
   *
   * @param x m x n, with m at least 1
   * @param targets of m rows and c classes
   * @param weights n x c, with c at least 1
   * @param bias 1 x c
   * @param loss 1 x 1; gets the cross-entropy. It and the gradients overlap nothing else
   * @param weightsGradient n x c
   * @param biasGradient 1 x c
   */
  void apply(
      Matrix x,
      Targets targets,
      Matrix weights,
      Matrix bias,
      Matrix loss,
      Matrix weightsGradient,
      Matrix biasGradient);
}

record CheckedLinearCrossEntropy(Backend backend, LinearCrossEntropy kernel, ExclusiveUse use)
    implements LinearCrossEntropy {
  CheckedLinearCrossEntropy(Backend backend, LinearCrossEntropy kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("linear-cross-entropy"));
  }

  @Override
  public void apply(
      Matrix x,
      Targets targets,
      Matrix weights,
      Matrix bias,
      Matrix loss,
      Matrix weightsGradient,
      Matrix biasGradient) {
    String operation = "linear-cross-entropy";
    Checks.requireLinear(operation, backend, x, weights, bias);
    int classes = weights.columns();
    Checks.requireTargets(operation, backend, x, weights, targets);
    Checks.requireResult(operation, backend, "loss", loss, x.type(), 1, 1);
    Checks.requireResult(
        operation, backend, "weightsGradient", weightsGradient, x.type(), weights.rows(), classes);
    Checks.requireResult(operation, backend, "biasGradient", biasGradient, x.type(), 1, classes);
    requireResult(operation, "loss", loss, x, targets, weights, bias);
    requireResult(operation, "weightsGradient", weightsGradient, x, targets, weights, bias);
    requireResult(operation, "biasGradient", biasGradient, x, targets, weights, bias);
    Arguments.requireDistinct(operation, "loss", loss, "weightsGradient", weightsGradient);
    Arguments.requireDistinct(operation, "loss", loss, "biasGradient", biasGradient);
    Arguments.requireDistinct(
        operation, "weightsGradient", weightsGradient, "biasGradient", biasGradient);
    use.enter(operation);
    try {
      kernel.apply(x, targets, weights, bias, loss, weightsGradient, biasGradient);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(x);
    targets.keepReachable();
    Arguments.keepReachable(weights);
    Arguments.keepReachable(bias);
    Arguments.keepReachable(loss);
    Arguments.keepReachable(weightsGradient);
    Arguments.keepReachable(biasGradient);
  }

  private static void requireResult(
      String operation,
      String name,
      Matrix result,
      Matrix x,
      Targets targets,
      Matrix weights,
      Matrix bias) {
    Arguments.requireDistinct(operation, name, result, "x", x);
    targets.requireDistinct(operation, name, result);
    Arguments.requireDistinct(operation, name, result, "weights", weights);
    Arguments.requireDistinct(operation, name, result, "bias", bias);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedLinearCrossEntropy implements LinearCrossEntropy {
  private final Backend backend;
  private final CrossEntropy crossEntropy;
  private final CrossEntropyGradient crossEntropyGradient;
  private final Scratch logits;

  ComposedLinearCrossEntropy(Backend backend) {
    this.backend = backend;
    this.crossEntropy = backend.kernel(CrossEntropy.TYPE);
    this.crossEntropyGradient = backend.kernel(CrossEntropyGradient.TYPE);
    this.logits = new Scratch(backend);
  }

  @Override
  public void apply(
      Matrix x,
      Targets targets,
      Matrix weights,
      Matrix bias,
      Matrix loss,
      Matrix weightsGradient,
      Matrix biasGradient) {
    Matrix z = logits.get(x.type(), x.rows(), weights.columns());
    backend.matmul(x, weights, z);
    backend.add(z, bias, z);
    crossEntropy.apply(z, targets, loss);
    crossEntropyGradient.apply(z, targets, z);
    backend.matmul(1, x, Transpose.YES, z, Transpose.NO, 0, weightsGradient);
    backend.columnSum(z, biasGradient);
  }

  @Override
  public void close() {
    crossEntropy.close();
    crossEntropyGradient.close();
    logits.close();
  }
}
