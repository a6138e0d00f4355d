package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;

/** The cross-entropy, a block of rows at a time. */
final class CpuCrossEntropy implements CrossEntropy {
  private final double[] result = new double[1];
  private RowBlock block;
  private TargetBlock targetBlock;

  @Override
  public void apply(Matrix logits, Matrix targets, Matrix loss) {
    block = RowBlock.of(logits.columns(), block);
    targetBlock = TargetBlock.of(block, targetBlock);
    double sum = 0;
    for (int first = 0; first < logits.rows(); first += block.capacity()) {
      int rows = Math.min(block.capacity(), logits.rows() - first);
      block.load(logits, first, rows);
      targetBlock.load(targets, first, rows);
      block.normalize();
      sum += block.crossEntropy(targetBlock);
    }
    result[0] = sum / logits.rows();
    CpuStorage.storeRows(result, loss, 0, 1);
  }
}
