package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.Locale;

/**
 * The {@link Softmax} of each row's logits that are not left out, each divided by a temperature
 * first: of {@code z[i][j] / temperature} where the mask is not 0, and {@code -inf} elsewhere.
 *
 * <p>A logit that is left out has probability 0, whatever it is, NaN too. A row that is left out
 * altogether gives NaN, as PyTorch's softmax of {@code z.masked_fill(mask == 0, -inf)} does. As
 * there, a quotient is rounded to the element type; a fused kernel is within 4 ulp of the softmax
 * of the quotients.
 *
 * <p>The composition masks on the host, since no primitive takes a NaN out of a row.
 */
@FunctionalInterface
public interface MaskedSoftmax extends Kernel {
  /** How to ask for it. */
  KernelType<MaskedSoftmax> TYPE =
      KernelType.of(
          "masked-softmax",
          MaskedSoftmax.class,
          ComposedMaskedSoftmax::new,
          CheckedMaskedSoftmax::new);

  /**
   * Computes all rows.
   *
   * @param logits m x c
   * @param mask m x c, or 1 x c for all rows; 0 leaves out, anything else keeps. For a temperature
   *     alone, a row of ones
   * @param temperature a positive number, which is rounded to the element type; it and its
   *     reciprocal are finite there. 1 changes nothing
   * @param probabilities m x c; may be {@code logits} itself, overlaps the mask not at all
   */
  void apply(Matrix logits, Matrix mask, double temperature, Matrix probabilities);
}

record CheckedMaskedSoftmax(Backend backend, MaskedSoftmax kernel, ExclusiveUse use)
    implements MaskedSoftmax {
  CheckedMaskedSoftmax(Backend backend, MaskedSoftmax kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("masked-softmax"));
  }

  @Override
  public void apply(Matrix logits, Matrix mask, double temperature, Matrix probabilities) {
    String operation = "masked-softmax";
    Checks.requireRowFunction(operation, backend, "logits", logits, "probabilities", probabilities);
    Arguments.requireUsable(operation, backend, "mask", mask);
    Arguments.requireType(operation, "mask", mask, logits.type());
    if ((mask.rows() != 1 && mask.rows() != logits.rows()) || mask.columns() != logits.columns()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: mask is %dx%d, wanted %dx%d, or 1x%5$d for all rows",
              operation,
              mask.rows(),
              mask.columns(),
              logits.rows(),
              logits.columns()));
    }
    Arguments.requireDistinct(operation, "probabilities", probabilities, "mask", mask);
    if (!(temperature > 0)
        || !logits.type().isFinite(temperature)
        || !logits.type().isFinite(1 / temperature)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the temperature is %s, wanted a positive number that is, like its reciprocal, a"
                  + " finite %s",
              operation,
              temperature,
              logits.type()));
    }
    if (logits.elements() > 0) {
      use.enter(operation);
      try {
        kernel.apply(logits, mask, temperature, probabilities);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(logits);
    Arguments.keepReachable(mask);
    Arguments.keepReachable(probabilities);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

/** Masks on the host, some rows at a time. */
final class ComposedMaskedSoftmax implements MaskedSoftmax {
  private static final int ELEMENTS_OF_A_BLOCK = 1 << 16;

  private final Backend backend;
  private final Softmax softmax;

  ComposedMaskedSoftmax(Backend backend) {
    this.backend = backend;
    this.softmax = backend.kernel(Softmax.TYPE);
  }

  @Override
  public void apply(Matrix logits, Matrix mask, double temperature, Matrix probabilities) {
    int blockRows = Math.max(1, ELEMENTS_OF_A_BLOCK / logits.columns());
    double[] kept = {};
    for (int first = 0; first < logits.rows(); first += blockRows) {
      int last = Math.min(logits.rows(), first + blockRows);
      if (mask.rows() > 1 || first == 0) {
        kept = (mask.rows() > 1 ? mask.rows(first, last) : mask).toDoubles();
      }
      double[] of = kept;
      double[] z = logits.rows(first, last).toDoubles();
      Arrays.setAll(z, i -> of[i % of.length] == 0 ? Double.NEGATIVE_INFINITY : z[i]);
      probabilities.rows(first, last).write(z);
    }
    backend.divide(probabilities, temperature, probabilities);
    softmax.apply(probabilities, probabilities);
  }

  @Override
  public void close() {
    softmax.close();
  }
}
