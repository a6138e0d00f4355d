package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import io.rowwise.kernel.Targets;

/** Rows without their zeros. */
final class SparseSamples extends TargetedSamples {
  private final SparseRows x;
  private final SparseProduct product;
  private final SparseCrossEntropy crossEntropy;

  /**
   * @param standardization of the features, null if they stay as they are
   */
  SparseSamples(
      Backend backend,
      ElementType type,
      SparseRows x,
      Targets targets,
      int classes,
      Standardization standardization) {
    super(backend, type, x.rows(), x.columns(), targets, classes);
    this.x = x;
    this.product = backend.kernel(SparseProduct.TYPE);
    this.crossEntropy =
        new SparseCrossEntropy(backend, type, x.columns(), classes, standardization);
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    crossEntropy.apply(
        product, x.rows(from, to), targets().rows(from, to), parameters, loss, gradient);
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    try (Matrix loss = backend().matrix(type(), 1, 1)) {
      crossEntropy.apply(product, x, targets(), parameters, loss);
      return loss.toDoubles()[0];
    }
  }

  @Override
  public double[] logits(Matrix parameters) {
    return crossEntropy.logits(product, x, parameters).toDoubles();
  }

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    crossEntropy.addMoments(
        product, x.rows(from, to), targets().rows(from, to), parameters, moments);
  }

  @Override
  public void close() {
    product.close();
    crossEntropy.close();
  }
}
