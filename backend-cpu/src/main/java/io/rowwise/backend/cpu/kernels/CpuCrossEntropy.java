package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.CrossEntropy;
import java.util.Arrays;

/** The cross-entropy. Programs do not use it. */
public final class CpuCrossEntropy extends RowKernel implements CrossEntropy {
  private static final double NANOSECONDS_OF_AN_ELEMENT = 2;

  private final double[] result = new double[1];
  private double[] losses = new double[0];
  private Matrix targets;

  /** Shared among these. */
  public CpuCrossEntropy(Workers workers) {
    super(workers, NANOSECONDS_OF_AN_ELEMENT);
  }

  @Override
  public void apply(Matrix logits, Matrix newTargets, Matrix loss) {
    targets = newTargets;
    int parts = begin(logits);
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
  void compute(int part, Rows rows, int first) {
    rows.loadTargets(targets, first);
    rows.normalize();
    losses[part] += rows.crossEntropy();
  }
}
