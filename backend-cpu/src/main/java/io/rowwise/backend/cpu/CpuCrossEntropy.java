package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;
import java.util.Arrays;

/** The cross-entropy, a block of rows at a time. */
final class CpuCrossEntropy extends LogitsKernel implements CrossEntropy {
  private final double[] result = new double[1];
  private double[] losses = new double[0];
  private Matrix targets;

  CpuCrossEntropy(Workers workers) {
    super(workers);
  }

  @Override
  public void apply(Matrix logits, Matrix newTargets, Matrix loss) {
    targets = newTargets;
    int parts = beginWith(logits);
    if (losses.length < parts) {
      losses = new double[parts];
    }
    Arrays.fill(losses, 0, parts, 0);
    computeAndEnd();
    double sum = 0;
    for (int part = 0; part < parts; part++) {
      sum += losses[part];
    }
    result[0] = sum / logits.rows();
    CpuStorage.storeRows(result, loss, 0, 1);
    targets = null;
  }

  @Override
  void compute(int part, PowerBlock powers, int first) {
    losses[part] += powers.crossEntropy(targets, first);
  }

  @Override
  void compute(int part, RowBlock block, int first) {
    block.loadTargets(targets, first);
    block.normalize();
    losses[part] += block.crossEntropy();
  }
}
