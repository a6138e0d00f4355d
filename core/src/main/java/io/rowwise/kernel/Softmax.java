package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * The softmax of each row: {@code p[i][j] = e^(z[i][j] - max z[i]) / sum over k of e^(z[i][k] - max
 * z[i])}.
 *
 * <p>Subtracting the row's maximum changes nothing in exact arithmetic and keeps every power at
 * most 1. Fused kernels are within 4 ulp of the true value in {@code float64}; the composition is
 * within {@code 4 + |z - max|} ulp, since it rounds the difference.
 *
 * <p>A row with a NaN, with {@code +inf}, or of {@code -inf} alone gives NaN, as in PyTorch.
 *
 * <p>Matrices of {@code bfloat16} and {@code float16} are taken, too: see {@link Backend}.
 */
@FunctionalInterface
public interface Softmax extends Kernel {
  /** How to ask for it. */
  KernelType<Softmax> TYPE =
      KernelType.of("softmax", Softmax.class, ComposedSoftmax::new, CheckedSoftmax::new)
          .throughFloat32(ThroughFloat32.OfSoftmax::new);

  /**
   * Computes all rows.
   *
   * @param logits m x c
   * @param probabilities m x c; may be {@code logits} itself
   */
  void apply(Matrix logits, Matrix probabilities);
}

record CheckedSoftmax(Backend backend, Softmax kernel, ExclusiveUse use) implements Softmax {
  CheckedSoftmax(Backend backend, Softmax kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("softmax"));
  }

  @Override
  public void apply(Matrix logits, Matrix probabilities) {
    Checks.requireRowFunction("softmax", backend, logits, "probabilities", probabilities);
    if (logits.elements() > 0) {
      use.enter("softmax");
      try {
        kernel.apply(logits, probabilities);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(logits);
    Arguments.keepReachable(probabilities);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedSoftmax implements Softmax {
  private final Backend backend;
  private final Scratch perRow;

  ComposedSoftmax(Backend backend) {
    this.backend = backend;
    this.perRow = new Scratch(backend);
  }

  @Override
  public void apply(Matrix logits, Matrix probabilities) {
    Matrix column = perRow.get(logits.type(), logits.rows(), 1);
    backend.rowMax(logits, column);
    backend.subtract(logits, column, probabilities);
    backend.exp(probabilities, probabilities);
    backend.rowSum(probabilities, column);
    backend.divide(probabilities, column, probabilities);
  }

  @Override
  public void close() {
    perRow.close();
  }
}
