package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/** Rows without their zeros, all at once or, where they are too many, in parts. */
final class SparseSamples extends TargetedSamples {
  private final SparseSource x;
  private final SparseProduct product;
  private final SparseCrossEntropy crossEntropy;
  private final Scratch ofParts;
  private final Scratch gradientOfParts;

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
    this.ofParts = new Scratch(backend);
    this.gradientOfParts = new Scratch(backend);
  }

  /** Is given some of the rows, as many as there are at once. */
  private interface PartUser {
    void use(int from, int to);
  }

  private void eachPart(int from, int to, PartUser user) {
    for (int row = from; row < to; ) {
      int end = x.end(row, to);
      user.use(row, end);
      row = end;
    }
  }

  /** The mean of parts is theirs by their weight. */
  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    if (x.end(from, to) == to) {
      crossEntropyAtOnce(from, to, parameters, loss, gradient);
      return;
    }
    double total = weight(from, to);
    backend().fill(total > 0 ? 0 : Double.NaN, loss);
    backend().fill(total > 0 ? 0 : Double.NaN, gradient);
    Matrix partLoss = ofParts.get(type(), 1, 1);
    Matrix partGradient = gradientOfParts.get(type(), features() + 1, classes());
    eachPart(
        from,
        to,
        (first, end) -> {
          double share = weight(first, end) / total;
          if (share > 0) {
            crossEntropyAtOnce(first, end, parameters, partLoss, partGradient);
            backend().addScaled(share, partLoss, loss);
            backend().addScaled(share, partGradient, gradient);
          }
        });
  }

  private double weight(int from, int to) {
    return targets().hasWeights()
        ? Arrays.stream(targets().weights().rows(from, to).toDoubles()).sum()
        : to - from;
  }

  private void crossEntropyAtOnce(
      int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    crossEntropy.apply(
        product, x.rows(from, to), targets().rows(from, to), parameters, loss, gradient);
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    try (Matrix loss = backend().matrix(type(), 1, 1)) {
      if (x.end(0, count()) == count()) {
        return crossEntropyAtOnce(0, count(), parameters, loss);
      }
      double total = weight(0, count());
      double[] sum = new double[1];
      eachPart(
          0,
          count(),
          (first, end) -> {
            double share = weight(first, end) / total;
            if (share > 0) {
              sum[0] += share * crossEntropyAtOnce(first, end, parameters, loss);
            }
          });
      return sum[0];
    }
  }

  private double crossEntropyAtOnce(int from, int to, Matrix parameters, Matrix loss) {
    crossEntropy.apply(product, x.rows(from, to), targets().rows(from, to), parameters, loss);
    return loss.toDoubles()[0];
  }

  @Override
  public double[] logits(Matrix parameters) {
    double[] logits = new double[Math.multiplyExact(count(), classes())];
    eachPart(
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
    eachPart(
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
    ofParts.close();
    gradientOfParts.close();
  }
}
