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
 * The logits of a row must be finite, and so must their differences; otherwise the loss may be NaN.
 */
@FunctionalInterface
public interface CrossEntropy extends Kernel {
  /** How to ask for it. */
  KernelType<CrossEntropy> TYPE =
      KernelType.of(
          "cross-entropy", CrossEntropy.class, ComposedCrossEntropy::new, CheckedCrossEntropy::new);

  /**
   * Computes the loss.
   *
   * @param logits m x c, both at least 1
   * @param targets m x c: one-hot rows, or the probability of each class
   * @param loss 1 x 1; overlaps none of the others
   */
  void apply(Matrix logits, Matrix targets, Matrix loss);
}

record CheckedCrossEntropy(Backend backend, CrossEntropy kernel, ExclusiveUse use)
    implements CrossEntropy {
  CheckedCrossEntropy(Backend backend, CrossEntropy kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("cross-entropy"));
  }

  @Override
  public void apply(Matrix logits, Matrix targets, Matrix loss) {
    String operation = "cross-entropy";
    Checks.requireLogitsAndTargets(operation, backend, logits, targets);
    Checks.requireResult(operation, backend, "loss", loss, logits.type(), 1, 1);
    Arguments.requireDistinct(operation, "loss", loss, "logits", logits);
    Arguments.requireDistinct(operation, "loss", loss, "targets", targets);
    use.enter(operation);
    try {
      kernel.apply(logits, targets, loss);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(logits);
    Arguments.keepReachable(targets);
    Arguments.keepReachable(loss);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedCrossEntropy implements CrossEntropy {
  private final Backend backend;
  private final LogSoftmax logSoftmax;
  private final Scratch terms;
  private final Scratch perRow;

  ComposedCrossEntropy(Backend backend) {
    this.backend = backend;
    this.logSoftmax = backend.kernel(LogSoftmax.TYPE);
    this.terms = new Scratch(backend);
    this.perRow = new Scratch(backend);
  }

  @Override
  public void apply(Matrix logits, Matrix targets, Matrix loss) {
    Matrix term = terms.get(logits.type(), logits.rows(), logits.columns());
    Matrix column = perRow.get(logits.type(), logits.rows(), 1);
    logSoftmax.apply(logits, term);
    backend.multiply(targets, term, term);
    backend.rowSum(term, column);
    backend.columnSum(column, loss);
    backend.divide(loss, -logits.rows(), loss);
  }

  @Override
  public void close() {
    logSoftmax.close();
    terms.close();
    perRow.close();
  }
}
