package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * The mean cross-entropy of rows of logits: {@code -(1/m) * sum over i, j of y[i][j] * ln
 * softmax(z[i])[j]}.
 *
 * <p>The logarithm is that of {@link LogSoftmax}, so the loss stays finite where a probability
 * underflows; where none does, it is the notebook's {@code -(y * log(p)).sum() / m} to rounding.
 *
 * <p>A class whose target is 0 costs nothing, also where its logit is {@code -inf} or its
 * difference to the largest overflows; where such a class is wanted, the loss is infinite. It is
 * NaN if the {@link LogSoftmax} of a row or a target is.
 *
 * <p>Logits, and rows of probabilities as their targets, may be of {@code bfloat16} or {@code
 * float16}; then the loss is of {@code float32}, as are class numbers and weights.
 */
@FunctionalInterface
public interface CrossEntropy extends Kernel {
  /** How to ask for it. */
  KernelType<CrossEntropy> TYPE =
      KernelType.of(
              "cross-entropy",
              CrossEntropy.class,
              ComposedCrossEntropy::new,
              CheckedCrossEntropy::new)
          .throughFloat32(ThroughFloat32.OfCrossEntropy::new);

  /**
   * Computes the loss.
   *
   * @param logits m x c, both at least 1
   * @param targets of m rows and c classes
   * @param loss 1 x 1, of the type {@linkplain io.rowwise.backend.ElementType#computedIn computed
   *     in}; overlaps none of the others
   */
  void apply(Matrix logits, Targets targets, Matrix loss);
}

record CheckedCrossEntropy(Backend backend, CrossEntropy kernel, ExclusiveUse use)
    implements CrossEntropy {
  CheckedCrossEntropy(Backend backend, CrossEntropy kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("cross-entropy"));
  }

  @Override
  public void apply(Matrix logits, Targets targets, Matrix loss) {
    String operation = "cross-entropy";
    Checks.requireLogitsAndTargets(operation, backend, logits, targets);
    Checks.requireNumbers(operation, backend, "loss", loss, logits.type(), 1);
    Arguments.requireDistinct(operation, "loss", loss, "logits", logits);
    targets.requireDistinct(operation, "loss", loss);
    use.enter(operation);
    try {
      kernel.apply(logits, targets, loss);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(logits);
    targets.keepReachable();
    Arguments.keepReachable(loss);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}
