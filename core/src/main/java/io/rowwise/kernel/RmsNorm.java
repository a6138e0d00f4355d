package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;

/**
 * Each row divided by its root mean square, and multiplied by a gain of each column: {@code y[i][j]
 * = x[i][j] / sqrt(mean over k of x[i][k]^2 + epsilon) * gain[j]} (B. Zhang and R. Sennrich, Root
 * mean square layer normalization, 2019), as PyTorch's {@code torch.nn.RMSNorm}, whose {@code eps}
 * is the distance from 1 to the next number of the type unless it is given.
 *
 * <p>As in PyTorch the squares are numbers of the element type, so they may overflow: a row with an
 * infinite one becomes 0. Where all of them underflow, a row is divided by the root of epsilon. A
 * row with a NaN becomes NaN; in one with an infinity that element becomes NaN and the others 0; a
 * row of zeros becomes 0, or NaN if epsilon is 0.
 *
 * <p>The error of a fused kernel is at most 5 ulp and half of that of {@link Backend#rowSum}; the
 * composition, which takes the root by a logarithm and a power, may add {@code 2 |ln(mean +
 * epsilon)|} ulp.
 */
@FunctionalInterface
public interface RmsNorm extends Kernel {
  /** How to ask for it. */
  KernelType<RmsNorm> TYPE =
      KernelType.of("rms-norm", RmsNorm.class, ComposedRmsNorm::new, CheckedRmsNorm::new);

  /**
   * Computes all rows.
   *
   * @param x m x c
   * @param gain 1 x c
   * @param epsilon what is added to the mean: a finite number that is not negative, rounded to the
   *     element type
   * @param out m x c; may be {@code x} itself, overlaps the gain not at all
   */
  void apply(Matrix x, Matrix gain, double epsilon, Matrix out);
}

record CheckedRmsNorm(Backend backend, RmsNorm kernel, ExclusiveUse use) implements RmsNorm {
  CheckedRmsNorm(Backend backend, RmsNorm kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("rms-norm"));
  }

  @Override
  public void apply(Matrix x, Matrix gain, double epsilon, Matrix out) {
    String operation = "rms-norm";
    Checks.requireRowFunction(operation, backend, "x", x, "out", out);
    Checks.requireResult(operation, backend, "gain", gain, x.type(), 1, x.columns());
    Arguments.requireDistinct(operation, "out", out, "gain", gain);
    if (!(epsilon >= 0) || !x.type().isFinite(epsilon)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: epsilon is %s, wanted a finite %s that is not negative",
              operation,
              epsilon,
              x.type()));
    }
    if (x.elements() > 0) {
      use.enter(operation);
      try {
        kernel.apply(x, gain, epsilon, out);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(gain);
    Arguments.keepReachable(out);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedRmsNorm implements RmsNorm {
  private final Backend backend;
  private final Scratch perRow;
  private final Scratch squares;

  ComposedRmsNorm(Backend backend) {
    this.backend = backend;
    this.perRow = new Scratch(backend);
    this.squares = new Scratch(backend);
  }

  @Override
  public void apply(Matrix x, Matrix gain, double epsilon, Matrix out) {
    ElementType type = x.type();
    Matrix square = squares.get(type, x.rows(), x.columns());
    Matrix factor = perRow.get(type, x.rows(), 1);
    backend.multiply(x, x, square);
    backend.rowSum(square, factor);
    backend.divide(factor, x.columns(), factor);
    backend.add(factor, epsilon, factor);
    // To the power of -1/2.
    backend.log(factor, factor);
    backend.multiply(factor, -0.5, factor);
    backend.exp(factor, factor);
    backend.multiply(x, factor, out);
    backend.multiply(out, gain, out);
  }

  @Override
  public void close() {
    perRow.close();
    squares.close();
  }
}
