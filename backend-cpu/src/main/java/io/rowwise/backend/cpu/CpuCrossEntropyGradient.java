package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropyGradient;

/** The gradient of the cross-entropy, a block of rows at a time. */
final class CpuCrossEntropyGradient extends RowKernel implements CrossEntropyGradient {
  private final PowerBlock[] powerBlocks;
  private final RowBlock[] blocks;
  private Matrix logits;
  private Matrix targets;
  private Matrix to;

  CpuCrossEntropyGradient(Workers workers) {
    super(workers, 3);
    this.powerBlocks = new PowerBlock[workers.count()];
    this.blocks = new RowBlock[workers.count()];
  }

  @Override
  public void apply(Matrix newLogits, Matrix newTargets, Matrix gradient) {
    logits = newLogits;
    targets = newTargets;
    to = gradient;
    begin(logits);
    computeAll();
    logits = null;
    targets = null;
    to = null;
  }

  @Override
  void compute(int part, int first, int rows, int worker) {
    PowerBlock powers = PowerBlock.of(logits.type(), logits.columns(), powerBlocks[worker]);
    powerBlocks[worker] = powers;
    int capacity = powers == null ? rows : powers.capacity;
    for (int done = 0; done < rows; done += capacity) {
      int some = Math.min(capacity, rows - done);
      if (powers != null && powers.load(logits, first + done, some)) {
        powers.storeGradient(targets, logits.rows(), to, first + done);
      } else {
        computeByBlocks(first + done, some, worker);
      }
    }
  }

  private void computeByBlocks(int first, int rows, int worker) {
    RowBlock block = RowBlock.of(logits.type(), logits.columns(), blocks[worker]);
    blocks[worker] = block;
    for (int done = 0; done < rows; done += block.capacity()) {
      block.load(logits, first + done, Math.min(block.capacity(), rows - done));
      block.loadTargets(targets, first + done);
      block.normalize();
      block.toGradient(logits.rows());
      block.store(to, first + done);
    }
  }
}
