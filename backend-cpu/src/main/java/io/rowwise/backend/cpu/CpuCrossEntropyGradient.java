package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropyGradient;

/** The gradient of the cross-entropy, a block of rows at a time. */
final class CpuCrossEntropyGradient extends LogitsKernel implements CrossEntropyGradient {
  private Matrix targets;
  private Matrix to;

  CpuCrossEntropyGradient(Workers workers) {
    super(workers);
  }

  @Override
  public void apply(Matrix logits, Matrix newTargets, Matrix gradient) {
    targets = newTargets;
    to = gradient;
    beginWith(logits);
    computeAndEnd();
    targets = null;
    to = null;
  }

  @Override
  void compute(int part, PowerBlock powers, int first) {
    powers.storeGradient(targets, to.rows(), to, first);
  }

  @Override
  void compute(int part, RowBlock block, int first) {
    block.loadTargets(targets, first);
    block.normalize();
    block.toGradient(to.rows());
    block.store(to, first);
  }
}
