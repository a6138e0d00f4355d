package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/** Rows without their zeros, all at once or, where they are too many, in parts. */
final class SparseSamples extends TargetedSamples {
  private final SparseSource x;
  private final SparseProduct product;
  private final SparseCrossEntropy crossEntropy;
  private final RowParts parts;

  /**
   * @param standardization of the features, null if they stay as they are
   */
  SparseSamples(
      Backend backend,
      ElementType type,
      SparseSource x,
      Targets targets,
      int classes,
      Standardization standardization) {
    super(backend, type, x.count(), x.features(), targets, classes);
    this.x = x;
    this.product = backend.kernel(SparseProduct.TYPE);
    this.crossEntropy =
        new SparseCrossEntropy(backend, type, x.features(), classes, standardization);
    this.parts = new RowParts(backend, x::end, this::weight);
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    parts.crossEntropy(
        from,
        to,
        loss,
        gradient,
        (first, end, lossOfPart, gradientOfPart) ->
            crossEntropy.apply(
                product,
                x.rows(first, end),
                targets().rows(first, end),
                parameters,
                lossOfPart,
                gradientOfPart));
  }

  private double weight(int from, int to) {
    return targets().hasWeights()
        ? Arrays.stream(targets().weights().rows(from, to).toDoubles()).sum()
        : to - from;
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    try (Matrix loss = backend().matrix(type(), 1, 1)) {
      return parts.mean(
          0,
          count(),
          (first, end) -> {
            crossEntropy.apply(
                product, x.rows(first, end), targets().rows(first, end), parameters, loss);
            return loss.toDoubles()[0];
          });
    }
  }

  @Override
  public double[] logits(Matrix parameters) {
    double[] logits = new double[Math.multiplyExact(count(), classes())];
    parts.each(
        0,
        count(),
        (first, end) -> {
          double[] part = crossEntropy.logits(product, x.rows(first, end), parameters).toDoubles();
          System.arraycopy(part, 0, logits, first * classes(), part.length);
        });
    return logits;
  }

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    parts.each(
        from,
        to,
        (first, end) ->
            crossEntropy.addMoments(
                product, x.rows(first, end), targets().rows(first, end), parameters, moments));
  }

  @Override
  public void close() {
    product.close();
    crossEntropy.close();
    parts.close();
  }
}
