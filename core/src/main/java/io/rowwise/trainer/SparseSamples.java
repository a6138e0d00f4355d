package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/**
 * Rows without their zeros. Where features are standardised, the zeros would not stay zeros; so the
 * parameters are turned into those of the rows as they are, and the gradient back: with {@code x' =
 * (x - mean) / deviation}, {@code x' * w + b = x * (w / deviation) + (b - mean * (w / deviation))}.
 */
final class SparseSamples extends TargetedSamples {
  private final SparseRows x;
  private final Standardization standardization;
  private final SparseProduct product;
  private final CrossEntropy crossEntropy;
  private final CrossEntropyGradient crossEntropyGradient;
  private final Scratch logits;
  private final Scratch ownParameters;
  private final Matrix means;
  private final Matrix scales;

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
    this.standardization = standardization;
    this.product = backend.kernel(SparseProduct.TYPE);
    this.crossEntropy = backend.kernel(CrossEntropy.TYPE);
    this.crossEntropyGradient = backend.kernel(CrossEntropyGradient.TYPE);
    this.logits = new Scratch(backend);
    this.ownParameters = new Scratch(backend);
    if (standardization == null) {
      this.means = null;
      this.scales = null;
    } else {
      double[] inverse =
          Arrays.stream(standardization.deviations()).map(deviation -> 1 / deviation).toArray();
      this.means = backend.matrix(type, features(), 1, standardization.means());
      this.scales = backend.matrix(type, features(), 1, inverse);
    }
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    SparseRows rows = x.rows(from, to);
    Targets wanted = targets().rows(from, to);
    Matrix z = logits(rows, parameters);
    crossEntropy.apply(z, wanted, loss);
    crossEntropyGradient.apply(z, wanted, z);
    Matrix weightsGradient = gradient.rows(0, features());
    Matrix biasGradient = gradient.rows(features(), features() + 1);
    product.multiplyTransposed(rows, z, weightsGradient);
    backend().columnSum(z, biasGradient);
    if (standardization != null) {
      backend().matmul(-1, means, Transpose.NO, biasGradient, Transpose.NO, 1, weightsGradient);
      backend().multiply(weightsGradient, scales, weightsGradient);
    }
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    try (Matrix loss = backend().matrix(type(), 1, 1)) {
      crossEntropy.apply(logits(x, parameters), targets(), loss);
      return loss.toDoubles()[0];
    }
  }

  @Override
  public double[] logits(Matrix parameters) {
    return logits(x, parameters).toDoubles();
  }

  /** Valid until the next call. */
  private Matrix logits(SparseRows rows, Matrix parameters) {
    int features = features();
    Matrix weights = parameters.rows(0, features);
    Matrix bias = parameters.rows(features, features + 1);
    if (standardization != null) {
      Matrix own = ownParameters.get(type(), features + 1, classes());
      Matrix ownWeights = own.rows(0, features);
      Matrix ownBias = own.rows(features, features + 1);
      backend().multiply(weights, scales, ownWeights);
      backend().copy(bias, ownBias);
      backend().matmul(-1, means, Transpose.YES, ownWeights, Transpose.NO, 1, ownBias);
      weights = ownWeights;
      bias = ownBias;
    }
    Matrix z = logits.get(type(), rows.rows(), classes());
    product.multiply(rows, weights, z);
    backend().add(z, bias, z);
    return z;
  }

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    if (FeatureMoments.isDiagonal(features())) {
      addSquares(from, to, parameters, moments);
      return;
    }
    int most = FeatureMoments.blockRows(features());
    for (int first = from; first < to; first += most) {
      int last = Math.min(to, first + most);
      double[] dense = x.rows(first, last).dense();
      if (standardization != null) {
        standardization.apply(dense, last - first);
      }
      try (Matrix block = backend().matrix(type(), last - first, features(), dense)) {
        moments.add(block, targets().rows(first, last), parameters);
      }
    }
  }

  private void addSquares(int from, int to, Matrix parameters, FeatureMoments moments) {
    SparseRows rows = x.rows(from, to);
    double[] probabilities = probabilities(rows, parameters);
    double[] weights =
        targets().hasWeights() ? targets().rows(from, to).weights().toDoubles() : null;
    int n = features();
    double[] sums = new double[n + 1];
    double[] linear = new double[n];
    double total = 0;
    for (int row = 0; row < rows.rows(); row++) {
      double weight = weights == null ? 1 : weights[row];
      total += weight;
      double squares = 0;
      for (int j = row * classes(); j < (row + 1) * classes(); j++) {
        squares += probabilities[j] * probabilities[j];
      }
      double share = weight * (1 - squares) / classes();
      sums[n] += share;
      for (int i = rows.start(row); i < rows.start(row + 1); i++) {
        linear[rows.column(i)] += share * rows.value(i);
        sums[rows.column(i)] += share * rows.value(i) * rows.value(i);
      }
    }
    if (standardization != null) {
      double[] mean = standardization.means();
      double[] deviation = standardization.deviations();
      for (int k = 0; k < n; k++) {
        double centred = sums[k] - 2 * mean[k] * linear[k] + mean[k] * mean[k] * sums[n];
        sums[k] = Math.max(0, centred) / (deviation[k] * deviation[k]);
      }
    }
    moments.add(sums, total);
  }

  private double[] probabilities(SparseRows rows, Matrix parameters) {
    try (Softmax softmax = backend().kernel(Softmax.TYPE)) {
      Matrix z = logits(rows, parameters);
      softmax.apply(z, z);
      return z.toDoubles();
    }
  }

  @Override
  public void close() {
    product.close();
    crossEntropy.close();
    crossEntropyGradient.close();
    logits.close();
    ownParameters.close();
    if (standardization != null) {
      means.close();
      scales.close();
    }
  }
}
