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
 * The mean cross-entropy of rows without their zeros, and its gradient. Where features are
 * standardised, the zeros would not stay zeros; so the parameters are turned into those of the rows
 * as they are, and the gradient back: with {@code x' = (x - mean) / deviation}, {@code x' * w + b =
 * x * (w / deviation) + (b - mean * (w / deviation))}.
 *
 * <p>One serves many sets of rows, each with a {@link SparseProduct} of its own, which keeps what
 * it made of them. All parameters are (features + 1) x classes, the bias in the last row. Used by
 * one thread at a time; closed by whoever made it.
 */
public final class SparseCrossEntropy implements AutoCloseable {
  private final Backend backend;
  private final ElementType type;
  private final int features;
  private final int classes;
  private final Standardization standardization;
  private final CrossEntropy crossEntropy;
  private final CrossEntropyGradient crossEntropyGradient;
  private final Scratch logits;
  private final Scratch ownParameters;
  private final Matrix means;
  private final Matrix scales;

  /**
   * @param backend stays the caller's
   * @param standardization of the features, null if they stay as they are
   */
  public SparseCrossEntropy(
      Backend backend,
      ElementType type,
      int features,
      int classes,
      Standardization standardization) {
    this.backend = backend;
    this.type = type;
    this.features = features;
    this.classes = classes;
    this.standardization = standardization;
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
      this.means = backend.matrix(type, features, 1, standardization.means());
      this.scales = backend.matrix(type, features, 1, inverse);
    }
  }

  /**
   * Computes both.
   *
   * @param product of these rows, best used for no others
   * @param x as they are, not standardised
   * @param loss 1 x 1; gets the mean
   * @param gradient of the parameters' shape
   */
  public void apply(
      SparseProduct product,
      SparseRows x,
      Targets targets,
      Matrix parameters,
      Matrix loss,
      Matrix gradient) {
    Matrix z = logits(product, x, parameters);
    crossEntropy.apply(z, targets, loss);
    crossEntropyGradient.apply(z, targets, z);
    Matrix weightsGradient = gradient.rows(0, features);
    Matrix biasGradient = gradient.rows(features, features + 1);
    product.multiplyTransposed(x, z, weightsGradient);
    backend.columnSum(z, biasGradient);
    if (standardization != null) {
      backend.matmul(-1, means, Transpose.NO, biasGradient, Transpose.NO, 1, weightsGradient);
      backend.multiply(weightsGradient, scales, weightsGradient);
    }
  }

  /** The loss alone, into a 1 x 1 matrix. */
  void apply(SparseProduct product, SparseRows x, Targets targets, Matrix parameters, Matrix loss) {
    crossEntropy.apply(logits(product, x, parameters), targets, loss);
  }

  /** Valid until the next call of anything here. */
  Matrix logits(SparseProduct product, SparseRows x, Matrix parameters) {
    Matrix weights = parameters.rows(0, features);
    Matrix bias = parameters.rows(features, features + 1);
    if (standardization != null) {
      Matrix own = ownParameters.get(type, features + 1, classes);
      Matrix ownWeights = own.rows(0, features);
      Matrix ownBias = own.rows(features, features + 1);
      backend.multiply(weights, scales, ownWeights);
      backend.copy(bias, ownBias);
      backend.matmul(-1, means, Transpose.YES, ownWeights, Transpose.NO, 1, ownBias);
      weights = ownWeights;
      bias = ownBias;
    }
    Matrix z = logits.get(type, x.rows(), classes);
    product.multiply(x, weights, z);
    backend.add(z, bias, z);
    return z;
  }

  /** Adds rows to the moments of their features, which are standardised for it. */
  public void addMoments(
      SparseProduct product,
      SparseRows x,
      Targets targets,
      Matrix parameters,
      FeatureMoments moments) {
    if (FeatureMoments.isDiagonal(features)) {
      addSquares(product, x, targets, parameters, moments);
      return;
    }
    int most = FeatureMoments.blockRows(features);
    for (int first = 0; first < x.rows(); first += most) {
      int last = Math.min(x.rows(), first + most);
      double[] dense = x.rows(first, last).dense();
      if (standardization != null) {
        standardization.apply(dense, last - first);
      }
      try (Matrix block = backend.matrix(type, last - first, features, dense)) {
        moments.add(block, targets.rows(first, last), parameters);
      }
    }
  }

  private void addSquares(
      SparseProduct product,
      SparseRows x,
      Targets targets,
      Matrix parameters,
      FeatureMoments moments) {
    double[] probabilities = probabilities(product, x, parameters);
    double[] weights = targets.hasWeights() ? targets.weights().toDoubles() : null;
    double[] sums = new double[features + 1];
    double[] linear = new double[features];
    double total = 0;
    for (int row = 0; row < x.rows(); row++) {
      double weight = weights == null ? 1 : weights[row];
      total += weight;
      double squares = 0;
      for (int j = row * classes; j < (row + 1) * classes; j++) {
        squares += probabilities[j] * probabilities[j];
      }
      double share = weight * (1 - squares) / classes;
      sums[features] += share;
      for (int i = x.start(row); i < x.start(row + 1); i++) {
        linear[x.column(i)] += share * x.value(i);
        sums[x.column(i)] += share * x.value(i) * x.value(i);
      }
    }
    if (standardization != null) {
      double[] mean = standardization.means();
      double[] deviation = standardization.deviations();
      for (int k = 0; k < features; k++) {
        double centred = sums[k] - 2 * mean[k] * linear[k] + mean[k] * mean[k] * sums[features];
        sums[k] = Math.max(0, centred) / (deviation[k] * deviation[k]);
      }
    }
    moments.add(sums, total);
  }

  private double[] probabilities(SparseProduct product, SparseRows x, Matrix parameters) {
    try (Softmax softmax = backend.kernel(Softmax.TYPE)) {
      Matrix z = logits(product, x, parameters);
      softmax.apply(z, z);
      return z.toDoubles();
    }
  }

  @Override
  public void close() {
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
