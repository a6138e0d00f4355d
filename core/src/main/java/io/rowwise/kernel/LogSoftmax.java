package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * The logarithm of the softmax of each row, without passing through probabilities that may
 * underflow: {@code d[i][j] - ln(sum over k of e^d[i][k])} with {@code d[i][j] = z[i][j] - max
 * z[i]}.
 *
 * <p>The error is at most 4 ulp of the largest of the two terms and 1. A row with a NaN, with
 * {@code +inf}, or of {@code -inf} alone gives NaN, as in PyTorch.
 *
 * <p>Matrices of {@code bfloat16} and {@code float16} are taken, too: see {@link Backend}.
 */
@FunctionalInterface
public interface LogSoftmax extends Kernel {
  /** How to ask for it. */
  KernelType<LogSoftmax> TYPE =
      KernelType.of(
              "log-softmax", LogSoftmax.class, ComposedLogSoftmax::new, CheckedLogSoftmax::new)
          .throughFloat32(ThroughFloat32.OfLogSoftmax::new);

  /**
   * Computes all rows.
   *
   * @param logits m x c
   * @param logProbabilities m x c; may be {@code logits} itself
   */
  void apply(Matrix logits, Matrix logProbabilities);
}

record CheckedLogSoftmax(Backend backend, LogSoftmax kernel, ExclusiveUse use)
    implements LogSoftmax {
  CheckedLogSoftmax(Backend backend, LogSoftmax kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("log-softmax"));
  }

  @Override
  public void apply(Matrix logits, Matrix logProbabilities) {
    Checks.requireRowFunction("log-softmax", backend, logits, "logProbabilities", logProbabilities);
    if (logits.elements() > 0) {
      use.enter("log-softmax");
      try {
        kernel.apply(logits, logProbabilities);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(logits);
    Arguments.keepReachable(logProbabilities);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedLogSoftmax implements LogSoftmax {
  private final Backend backend;
  private final Scratch perRow;
  private final Scratch powers;

  ComposedLogSoftmax(Backend backend) {
    this.backend = backend;
    this.perRow = new Scratch(backend);
    this.powers = new Scratch(backend);
  }

  @Override
  public void apply(Matrix logits, Matrix logProbabilities) {
    Matrix column = perRow.get(logits.type(), logits.rows(), 1);
    Matrix power = powers.get(logits.type(), logits.rows(), logits.columns());
    backend.rowMax(logits, column);
    backend.subtract(logits, column, logProbabilities);
    backend.exp(logProbabilities, power);
    backend.rowSum(power, column);
    backend.log(column, column);
    backend.subtract(logProbabilities, column, logProbabilities);
  }

  @Override
  public void close() {
    perRow.close();
    powers.close();
  }
}
