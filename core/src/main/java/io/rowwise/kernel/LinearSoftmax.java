package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * What a softmax classifier predicts: {@code p = softmax(x * weights + bias)}, row by row. See
 * {@link Softmax} for its accuracy and special values.
 *
 * <p>All four matrices may be of {@code bfloat16}, or all of {@code float16}: see {@link Backend}.
 * The logits are not rounded to that type.
 */
@FunctionalInterface
public interface LinearSoftmax extends Kernel {
  /** How to ask for it. */
  KernelType<LinearSoftmax> TYPE =
      KernelType.of(
              "linear-softmax",
              LinearSoftmax.class,
              ComposedLinearSoftmax::new,
              CheckedLinearSoftmax::new)
          .throughFloat32(ThroughFloat32.OfLinearSoftmax::new);

  /**
   * Computes all rows.
   *
   * @param x m x n
   * @param weights n x c, with c at least 1
   * @param bias 1 x c
   * @param probabilities m x c; overlaps none of the others
   */
  void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities);
}

record CheckedLinearSoftmax(Backend backend, LinearSoftmax kernel, ExclusiveUse use)
    implements LinearSoftmax {
  CheckedLinearSoftmax(Backend backend, LinearSoftmax kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("linear-softmax"));
  }

  @Override
  public void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities) {
    String operation = "linear-softmax";
    Checks.requireLinear(operation, backend, x, weights, bias);
    Checks.requireResult(
        operation, backend, "probabilities", probabilities, x.type(), x.rows(), weights.columns());
    Arguments.requireDistinct(operation, "probabilities", probabilities, "x", x);
    Arguments.requireDistinct(operation, "probabilities", probabilities, "weights", weights);
    Arguments.requireDistinct(operation, "probabilities", probabilities, "bias", bias);
    if (probabilities.elements() > 0) {
      use.enter(operation);
      try {
        kernel.apply(x, weights, bias, probabilities);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(weights);
    Arguments.keepReachable(bias);
    Arguments.keepReachable(probabilities);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedLinearSoftmax implements LinearSoftmax {
  private final Backend backend;
  private final Softmax softmax;

  ComposedLinearSoftmax(Backend backend) {
    this.backend = backend;
    this.softmax = backend.kernel(Softmax.TYPE);
  }

  @Override
  public void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities) {
    backend.matmul(x, weights, probabilities);
    backend.add(probabilities, bias, probabilities);
    softmax.apply(probabilities, probabilities);
  }

  @Override
  public void close() {
    softmax.close();
  }
}
