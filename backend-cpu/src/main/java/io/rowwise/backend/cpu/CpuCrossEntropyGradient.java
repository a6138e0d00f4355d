package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropyGradient;

/** The gradient of the cross-entropy, a block of rows at a time. */
final class CpuCrossEntropyGradient implements CrossEntropyGradient {
  private RowBlock block;
  private TargetBlock targetBlock;

  @Override
  public void apply(Matrix logits, Matrix targets, Matrix gradient) {
    block = RowBlock.of(logits.columns(), block);
    targetBlock = TargetBlock.of(block, targetBlock);
    for (int first = 0; first < logits.rows(); first += block.capacity()) {
      int rows = Math.min(block.capacity(), logits.rows() - first);
      block.load(logits, first, rows);
      targetBlock.load(targets, first, rows);
      block.normalize();
      block.store(block.gradient(targetBlock, logits.rows()), gradient, first);
    }
  }
}
