package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;

/** The cross-entropy, a block of rows at a time. */
final class CpuCrossEntropy extends RowKernel implements CrossEntropy {
  private final PowerBlock[] powerBlocks;
  private final RowBlock[] blocks;
  private final double[] result = new double[1];
  private double[] losses = new double[0];
  private Matrix logits;
  private Matrix targets;

  CpuCrossEntropy(Workers workers) {
    super(workers, 3);
    this.powerBlocks = new PowerBlock[workers.count()];
    this.blocks = new RowBlock[workers.count()];
  }

  @Override
  public void apply(Matrix newLogits, Matrix newTargets, Matrix loss) {
    logits = newLogits;
    targets = newTargets;
    int parts = begin(logits);
    if (losses.length < parts) {
      losses = new double[parts];
    }
    computeAll();
    double sum = 0;
    for (int part = 0; part < parts; part++) {
      sum += losses[part];
    }
    result[0] = sum / logits.rows();
    CpuStorage.storeRows(result, loss, 0, 1);
    logits = null;
    targets = null;
  }

  @Override
  void compute(int part, int first, int rows, int worker) {
    PowerBlock powers = PowerBlock.of(logits.type(), logits.columns(), powerBlocks[worker]);
    powerBlocks[worker] = powers;
    int capacity = powers == null ? rows : powers.capacity;
    double loss = 0;
    for (int done = 0; done < rows; done += capacity) {
      int some = Math.min(capacity, rows - done);
      loss +=
          powers != null && powers.load(logits, first + done, some)
              ? powers.crossEntropy(targets, first + done)
              : byBlocks(first + done, some, worker);
    }
    losses[part] = loss;
  }

  private double byBlocks(int first, int rows, int worker) {
    RowBlock block = RowBlock.of(logits.type(), logits.columns(), blocks[worker]);
    blocks[worker] = block;
    double loss = 0;
    for (int done = 0; done < rows; done += block.capacity()) {
      block.load(logits, first + done, Math.min(block.capacity(), rows - done));
      block.loadTargets(targets, first + done);
      block.normalize();
      loss += block.crossEntropy();
    }
    return loss;
  }
}
