package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/**
 * The logarithm of the sum of the powers of each row: {@code max z[i] + ln(sum over k of e^(z[i][k]
 * - max z[i]))}, which is finite wherever all logits are.
 *
 * <p>The error is at most 4 ulp of the largest of the two terms and 1. A row with a NaN gives NaN,
 * another one with {@code +inf} gives {@code +inf}, and one of {@code -inf} alone {@code -inf}, as
 * PyTorch's {@code logsumexp} does.
 */
@FunctionalInterface
public interface LogSumExp extends Kernel {
  /** How to ask for it. */
  KernelType<LogSumExp> TYPE =
      KernelType.of("log-sum-exp", LogSumExp.class, ComposedLogSumExp::new, CheckedLogSumExp::new);

  /**
   * Computes all rows.
   *
   * @param logits m x c with c at least 1
   * @param result m x 1; does not overlap the logits
   */
  void apply(Matrix logits, Matrix result);
}

record CheckedLogSumExp(Backend backend, LogSumExp kernel, ExclusiveUse use) implements LogSumExp {
  CheckedLogSumExp(Backend backend, LogSumExp kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("log-sum-exp"));
  }

  @Override
  public void apply(Matrix logits, Matrix result) {
    String operation = "log-sum-exp";
    Arguments.requireUsable(operation, backend, "logits", logits);
    Arguments.requireSome(operation, "logits", "columns", logits.columns());
    Checks.requireResult(operation, backend, "result", result, logits.type(), logits.rows(), 1);
    Arguments.requireDistinct(operation, "result", result, "logits", logits);
    if (logits.rows() > 0) {
      use.enter(operation);
      try {
        kernel.apply(logits, result);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(logits);
    Arguments.keepReachable(result);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedLogSumExp implements LogSumExp {
  private final Backend backend;
  private final Scratch perRow;
  private final Scratch pairs;
  private final Scratch powers;

  ComposedLogSumExp(Backend backend) {
    this.backend = backend;
    this.perRow = new Scratch(backend);
    this.pairs = new Scratch(backend);
    this.powers = new Scratch(backend);
  }

  @Override
  public void apply(Matrix logits, Matrix result) {
    ElementType type = logits.type();
    Matrix max = perRow.get(type, logits.rows(), 1);
    Matrix power = powers.get(type, logits.rows(), logits.columns());
    backend.rowMax(logits, max);
    makeFinite(max);
    backend.subtract(logits, max, power);
    backend.exp(power, power);
    backend.rowSum(power, result);
    backend.log(result, result);
    backend.add(result, max, result);
  }

  /**
   * Replaces an infinity by the largest number of its sign, since infinities of one sign have no
   * difference. The powers are then infinite or 0, and so the result is right.
   */
  private void makeFinite(Matrix column) {
    double largest = column.type() == ElementType.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    Matrix pair = pairs.get(column.type(), column.rows(), 2);
    backend.fill(-largest, pair.columns(1, 2));
    for (int sign = 0; sign < 2; sign++) {
      backend.copy(column, pair.columns(0, 1));
      backend.rowMax(pair, column);
      backend.multiply(column, -1, column);
    }
  }

  @Override
  public void close() {
    perRow.close();
    pairs.close();
    powers.close();
  }
}
