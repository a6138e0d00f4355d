package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LogSoftmax;

/** The log-softmax, a block of rows at a time. */
final class CpuLogSoftmax extends LogitsKernel implements LogSoftmax {
  private Matrix to;

  CpuLogSoftmax(Workers workers) {
    super(workers);
  }

  @Override
  public void apply(Matrix logits, Matrix logProbabilities) {
    to = logProbabilities;
    beginWith(logits);
    computeAndEnd();
    to = null;
  }

  @Override
  void compute(int part, PowerBlock powers, int first) {
    powers.storeLogProbabilities(to, first);
  }

  @Override
  void compute(int part, RowBlock block, int first) {
    block.normalize();
    block.toLogProbabilities();
    block.store(to, first);
  }
}
