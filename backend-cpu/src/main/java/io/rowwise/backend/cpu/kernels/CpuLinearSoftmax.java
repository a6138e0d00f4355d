package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Scratch;

/**
 * Prediction: a product for a slab of rows, then their softmax while they are in the cache.
 * Programs do not use it.
 */
public final class CpuLinearSoftmax implements LinearSoftmax {
  private final LinearLogits logits;
  private final WeightsByClass weightsByClass;
  private final Backend backend;
  private final Scratch wideWeights;
  private final LinearLogits.Work work = this::predict;
  private Matrix probabilities;

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuLinearSoftmax(Backend backend, Workers workers) {
    this.backend = backend;
    this.logits = new LinearLogits(backend, workers);
    this.wideWeights = new Scratch(backend);
    this.weightsByClass = new WeightsByClass(backend);
  }

  @Override
  public void apply(Matrix x, Matrix weights, Matrix bias, Matrix newProbabilities) {
    probabilities = newProbabilities;
    if (x.rows() == 1
        && !Slabs.areByClass(x.columns(), weights.columns())
        && WeightsByClass.areFaster(weights)) {
      logits.begin(x, weights, bias);
      logits.computeOne(weightsByClass.of(weights), work);
    } else {
      logits.begin(x, wide(weights), bias);
      logits.compute(work);
    }
    logits.end();
    probabilities = null;
  }

  /** The weights as OpenBLAS takes them. */
  private Matrix wide(Matrix weights) {
    if (!weights.type().isHalf()) {
      return weights;
    }
    Matrix wide = wideWeights.get(ElementType.FLOAT32, weights.rows(), weights.columns());
    backend.copy(weights, wide);
    return wide;
  }

  private void predict(Rows block, int slab, int row) {
    block.normalize();
    block.toProbabilities();
    block.store(probabilities, row);
  }

  @Override
  public void close() {
    logits.close();
    weightsByClass.close();
    wideWeights.close();
  }
}
