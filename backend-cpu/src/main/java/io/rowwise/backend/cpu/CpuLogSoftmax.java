package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LogSoftmax;

/** The log-softmax, a block of rows at a time. */
final class CpuLogSoftmax extends RowKernel implements LogSoftmax {
  private final PowerBlock[] powerBlocks;
  private final RowBlock[] blocks;
  private Matrix from;
  private Matrix to;

  CpuLogSoftmax(Workers workers) {
    super(workers, 3);
    this.powerBlocks = new PowerBlock[workers.count()];
    this.blocks = new RowBlock[workers.count()];
  }

  @Override
  public void apply(Matrix logits, Matrix logProbabilities) {
    from = logits;
    to = logProbabilities;
    begin(logits);
    computeAll();
    from = null;
    to = null;
  }

  @Override
  void compute(int part, int first, int rows, int worker) {
    PowerBlock powers = PowerBlock.of(from.type(), from.columns(), powerBlocks[worker]);
    powerBlocks[worker] = powers;
    int capacity = powers == null ? rows : powers.capacity;
    for (int done = 0; done < rows; done += capacity) {
      int some = Math.min(capacity, rows - done);
      if (powers != null && powers.load(from, first + done, some)) {
        powers.storeLogProbabilities(to, first + done);
      } else {
        computeByBlocks(first + done, some, worker);
      }
    }
  }

  private void computeByBlocks(int first, int rows, int worker) {
    RowBlock block = RowBlock.of(from.type(), from.columns(), blocks[worker]);
    blocks[worker] = block;
    for (int done = 0; done < rows; done += block.capacity()) {
      block.load(from, first + done, Math.min(block.capacity(), rows - done));
      block.normalize();
      block.toLogProbabilities();
      block.store(to, first + done);
    }
  }
}
