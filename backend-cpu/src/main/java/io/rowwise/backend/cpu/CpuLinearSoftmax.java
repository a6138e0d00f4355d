package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LinearSoftmax;

/** Prediction: a product for a slab of rows, then their softmax while they are in the cache. */
final class CpuLinearSoftmax implements LinearSoftmax {
  private final LinearLogits logits;
  private RowBlock block;

  CpuLinearSoftmax(CpuBackend backend) {
    this.logits = new LinearLogits(backend);
  }

  @Override
  public void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities) {
    block = RowBlock.of(weights.columns(), block);
    int slabRows = LinearLogits.slabRows(x.rows(), weights.columns());
    for (int slab = 0; slab < x.rows(); slab += slabRows) {
      int inSlab = Math.min(slabRows, x.rows() - slab);
      logits.compute(x, slab, inSlab, weights, bias);
      for (int from = 0; from < inSlab; from += block.capacity()) {
        logits.load(from, Math.min(block.capacity(), inSlab - from), block);
        block.normalize();
        block.store(block.probabilities(), probabilities, slab + from);
      }
    }
  }

  @Override
  public void close() {
    logits.close();
  }
}
