package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Evaluation;

/** Loss and accuracy: a product for a slab of rows, then both in one pass over their logits. */
final class CpuEvaluation implements Evaluation {
  private final LinearLogits logits;
  private final double[] values = new double[2];
  private RowBlock block;
  private TargetBlock targetBlock;

  CpuEvaluation(CpuBackend backend) {
    this.logits = new LinearLogits(backend);
  }

  @Override
  public void apply(Matrix x, Matrix targets, Matrix weights, Matrix bias, Matrix result) {
    block = RowBlock.of(weights.columns(), block);
    targetBlock = TargetBlock.of(block, targetBlock);
    int slabRows = LinearLogits.slabRows(x.rows(), weights.columns());
    double loss = 0;
    long correct = 0;
    for (int slab = 0; slab < x.rows(); slab += slabRows) {
      int inSlab = Math.min(slabRows, x.rows() - slab);
      logits.compute(x, slab, inSlab, weights, bias);
      for (int from = 0; from < inSlab; from += block.capacity()) {
        int rows = Math.min(block.capacity(), inSlab - from);
        logits.load(from, rows, block);
        targetBlock.load(targets, slab + from, rows);
        block.normalize();
        loss += block.crossEntropy(targetBlock);
        correct += block.correct(targetBlock);
      }
    }
    values[0] = loss / x.rows();
    values[1] = (double) correct / x.rows();
    CpuStorage.storeRows(values, result, 0, 1);
  }

  @Override
  public void close() {
    logits.close();
  }
}
