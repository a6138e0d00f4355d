package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.Targets;

/**
 * Loss and gradient of all rows, each of which is read from memory once where the parameters are
 * few: slab by slab the logits, their gradient, and its product with the slab. Programs do not use
 * it.
 */
public final class CpuLinearCrossEntropy implements LinearCrossEntropy {
  // Gradients of the logits that are kept at once: 32 MB in float64.
  private static final int KEPT_ELEMENTS = 1 << 22;
  // So many workers have something to do, and a sum of float32 stays short.
  private static final int SUMS = 32;
  // Of all sums together; with more parameters the products alone keep the processor busy.
  private static final int ELEMENTS_OF_ALL_SUMS = 1 << 22;

  private final Backend backend;
  private final LinearLogits logits;
  private final LogitsGradient gradient;
  private final RowTargets targets = new RowTargets();
  private final Scratch sums;
  private final Scratch total;
  private final WeightsByClass weightsByClass;
  private final double[] result = new double[1];

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuLinearCrossEntropy(Backend backend, Workers workers) {
    this.backend = backend;
    this.logits = new LinearLogits(backend, workers);
    this.gradient = new LogitsGradient(logits, targets);
    this.sums = new Scratch(backend);
    this.total = new Scratch(backend);
    this.weightsByClass = new WeightsByClass(backend);
  }

  @Override
  public void apply(
      Matrix x,
      Targets wanted,
      Matrix weights,
      Matrix bias,
      Matrix loss,
      Matrix weightsGradient,
      Matrix biasGradient) {
    int classes = weights.columns();
    targets.begin(wanted, 0, x.rows(), classes);
    long elements = (long) SUMS * weights.rows() * classes;
    boolean isInCache = elements <= ELEMENTS_OF_ALL_SUMS && x.columns() > 0;
    Matrix partial = null;
    double[] biasSums = new double[classes];
    double lossSum = 0;
    int rowsAtOnce = Math.max(1, KEPT_ELEMENTS / classes);
    for (long from = 0; from < x.rows(); from += rowsAtOnce) {
      int first = (int) from;
      int count = Math.min(rowsAtOnce, x.rows() - first);
      if (isInCache) {
        Matrix byClass = weightsByClass.of(weights);
        int slabs = logits.beginByClass(x, first, count, weights, byClass, bias);
        gradient.begin(slabs, classes);
        if (first == 0) {
          // A small batch has fewer slabs than there may be sums.
          partial = sums.get(x.type(), Math.min(SUMS, slabs) * classes, weights.rows());
          backend.fill(0, partial);
        }
        logits.computeAndMultiplyBack(gradient, partial);
      } else {
        int mostSlabs = Math.max(1, KEPT_ELEMENTS / classes);
        gradient.begin(logits.begin(x, first, count, weights, bias, mostSlabs), classes);
        logits.compute(gradient);
        logits.multiplyBack(1, first == 0 ? 0 : 1, weightsGradient);
      }
      lossSum += gradient.loss();
      gradient.addBiasGradient(1, biasSums);
    }
    if (isInCache) {
      addUp(partial, weightsGradient);
    }
    result[0] = lossSum / targets.totalWeight();
    CpuStorage.storeRows(result, loss, 0, 1);
    CpuStorage.storeRows(biasSums, biasGradient, 0, 1);
    logits.end();
    targets.end();
  }

  private void addUp(Matrix partial, Matrix weightsGradient) {
    int features = weightsGradient.rows();
    int classes = weightsGradient.columns();
    Matrix sum = total.get(partial.type(), 1, classes * features);
    backend.columnSum(partial.reshape(partial.rows() / classes, classes * features), sum);
    double[] byClass = new double[classes * features];
    CpuStorage.loadRows(sum, 0, 1, byClass);
    double[] byFeature = new double[features * classes];
    for (int j = 0; j < classes; j++) {
      for (int k = 0; k < features; k++) {
        byFeature[k * classes + j] = byClass[j * features + k];
      }
    }
    CpuStorage.storeRows(byFeature, weightsGradient, 0, features);
  }

  @Override
  public void close() {
    logits.close();
    sums.close();
    total.close();
    weightsByClass.close();
  }
}
