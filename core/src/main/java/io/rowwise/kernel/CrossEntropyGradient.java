package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * The gradient of the mean {@link CrossEntropy} with respect to the logits: {@code g[i][j] =
 * (p[i][j] * s[i] - y[i][j]) / m} with {@code p = softmax(z)} and {@code s[i] = sum over k of
 * y[i][k]}, which is 1 for one-hot rows.
 *
 * <p>The notebook writes {@code p * (h - sum(h * p))} with {@code h = -(y / p) / m}. Multiplied out
 * this is the same, without the division by a probability that may have underflowed to 0.
 *
 * <p>Logits, gradient, and rows of probabilities as targets may be of {@code bfloat16} or {@code
 * float16}; class numbers and weights are of {@code float32} then. In {@code float16} a mean of
 * many rows has many gradients that are too small for its digits, and become 0 below 3e-8.
 */
@FunctionalInterface
public interface CrossEntropyGradient extends Kernel {
  /** How to ask for it. */
  KernelType<CrossEntropyGradient> TYPE =
      KernelType.of(
              "cross-entropy-gradient",
              CrossEntropyGradient.class,
              ComposedCrossEntropyGradient::new,
              CheckedCrossEntropyGradient::new)
          .throughFloat32(ThroughFloat32.OfCrossEntropyGradient::new);

  /**
   * Computes the gradient.
   *
   * @param logits m x c, both at least 1
   * @param targets of m rows and c classes
   * @param gradient m x c; may be {@code logits} itself, does not overlap {@code targets}
   */
  void apply(Matrix logits, Targets targets, Matrix gradient);
}

record CheckedCrossEntropyGradient(Backend backend, CrossEntropyGradient kernel, ExclusiveUse use)
    implements CrossEntropyGradient {
  CheckedCrossEntropyGradient(Backend backend, CrossEntropyGradient kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("cross-entropy-gradient"));
  }

  @Override
  public void apply(Matrix logits, Targets targets, Matrix gradient) {
    String operation = "cross-entropy-gradient";
    Checks.requireLogitsAndTargets(operation, backend, logits, targets);
    Checks.requireRowFunction(operation, backend, logits, "gradient", gradient);
    targets.requireDistinct(operation, "gradient", gradient);
    use.enter(operation);
    try {
      kernel.apply(logits, targets, gradient);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(logits);
    targets.keepReachable();
    Arguments.keepReachable(gradient);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedCrossEntropyGradient implements CrossEntropyGradient {
  private final Backend backend;
  private final Softmax softmax;
  private final TargetRows targetRows;
  private final Scratch perRow;

  ComposedCrossEntropyGradient(Backend backend) {
    this.backend = backend;
    this.softmax = backend.kernel(Softmax.TYPE);
    this.targetRows = new TargetRows(backend);
    this.perRow = new Scratch(backend);
  }

  @Override
  public void apply(Matrix logits, Targets targets, Matrix gradient) {
    Matrix column = perRow.get(logits.type(), logits.rows(), 1);
    Matrix wanted = targetRows.of(targets, logits.columns());
    backend.rowSum(wanted, column);
    softmax.apply(logits, gradient);
    backend.multiply(gradient, column, gradient);
    backend.subtract(gradient, wanted, gradient);
    backend.divide(gradient, logits.rows(), gradient);
  }

  @Override
  public void close() {
    softmax.close();
    targetRows.close();
    perRow.close();
  }
}
