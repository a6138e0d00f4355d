package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Softmax;

/** The softmax, a block of rows at a time. */
final class CpuSoftmax implements Softmax {
  private RowBlock block;

  @Override
  public void apply(Matrix logits, Matrix probabilities) {
    block = RowBlock.of(logits.columns(), block);
    for (int first = 0; first < logits.rows(); first += block.capacity()) {
      block.load(logits, first, Math.min(block.capacity(), logits.rows() - first));
      block.normalize();
      block.store(block.probabilities(), probabilities, first);
    }
  }
}
