package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.LinearSoftmax;

/**
 * Prediction: a product for a slab of rows, then their softmax while they are in the cache.
 * Programs do not use it.
 */
public final class CpuLinearSoftmax implements LinearSoftmax {
  private final LinearLogits logits;
  private final WeightsByClass weightsByClass;
  private final LinearLogits.Work work = this::predict;
  private Matrix probabilities;

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuLinearSoftmax(Backend backend, Workers workers) {
    this.logits = new LinearLogits(backend, workers);
    this.weightsByClass = new WeightsByClass(backend);
  }

  @Override
  public void apply(Matrix x, Matrix weights, Matrix bias, Matrix newProbabilities) {
    probabilities = newProbabilities;
    logits.begin(x, weights, bias);
    if (x.rows() == 1 && !logits.byClass() && WeightsByClass.areFaster(weights)) {
      logits.computeOne(weightsByClass.of(weights), work);
    } else {
      logits.compute(work);
    }
    logits.end();
    probabilities = null;
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
  }
}
