package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/**
 * A function of each row of logits, made of a {@link PowerBlock} where there is one, else of a
 * {@link RowBlock}.
 */
abstract class LogitsKernel extends RowKernel {
  private static final double NANOSECONDS_OF_AN_ELEMENT = 3;

  private final PowerBlock[] powerBlocks;
  private final RowBlock[] rowBlocks;
  private Matrix logits;

  LogitsKernel(Workers workers) {
    super(workers, NANOSECONDS_OF_AN_ELEMENT);
    this.powerBlocks = new PowerBlock[workers.count()];
    this.rowBlocks = new RowBlock[workers.count()];
  }

  /** Takes the logits; tells how many parts there will be. */
  final int beginWith(Matrix newLogits) {
    logits = newLogits;
    return begin(newLogits);
  }

  /** Computes all parts of what was begun. */
  final void computeAndEnd() {
    computeAll();
    logits = null;
  }

  @Override
  final void compute(int part, int first, int rows, int worker) {
    PowerBlock powers = PowerBlock.of(logits.type(), logits.columns(), powerBlocks[worker]);
    powerBlocks[worker] = powers;
    int capacity = powers == null ? rows : powers.capacity;
    for (int done = 0; done < rows; done += capacity) {
      int some = Math.min(capacity, rows - done);
      if (powers != null && powers.load(logits, first + done, some)) {
        compute(part, powers, first + done);
      } else {
        computeByBlocks(part, first + done, some, worker);
      }
    }
  }

  private void computeByBlocks(int part, int first, int rows, int worker) {
    RowBlock block = RowBlock.of(logits.type(), logits.columns(), rowBlocks[worker]);
    rowBlocks[worker] = block;
    for (int done = 0; done < rows; done += block.capacity()) {
      block.load(logits, first + done, Math.min(block.capacity(), rows - done));
      compute(part, block, first + done);
    }
  }

  /** Computes the rows of a block that has their logits. */
  abstract void compute(int part, PowerBlock powers, int first);

  /** The same. The block is not normalized yet. */
  abstract void compute(int part, RowBlock block, int first);
}
