package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LogSoftmax;

/** The log-softmax, a block of rows at a time. */
final class CpuLogSoftmax extends RowKernel implements LogSoftmax {
  private final RowLogSoftmax[] functions;
  private final RowBlock[] blocks;
  private Matrix from;
  private Matrix to;

  CpuLogSoftmax(Workers workers) {
    super(workers, 3);
    this.functions = new RowLogSoftmax[workers.count()];
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
    RowLogSoftmax function = RowLogSoftmax.of(from.type(), from.columns(), functions[worker]);
    functions[worker] = function;
    if (function == null) {
      computeByBlocks(first, rows, worker);
      return;
    }
    for (int done = 0; done < rows; done += function.capacity()) {
      int some = Math.min(function.capacity(), rows - done);
      boolean isDone =
          function.apply(
              CpuStorage.of(from),
              CpuStorage.position(from, first + done),
              from.leadingDimension(),
              some,
              CpuStorage.of(to),
              CpuStorage.position(to, first + done),
              to.leadingDimension());
      if (!isDone) {
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
