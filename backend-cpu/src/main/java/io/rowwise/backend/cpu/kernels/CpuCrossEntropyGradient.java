package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.CrossEntropyGradient;

/** The gradient of the cross-entropy. Programs do not use it. */
public final class CpuCrossEntropyGradient extends RowKernel implements CrossEntropyGradient {
  private static final double NANOSECONDS_OF_AN_ELEMENT = 2;

  private Matrix targets;
  private Matrix to;

  /** Shared among these. */
  public CpuCrossEntropyGradient(Workers workers) {
    super(workers, NANOSECONDS_OF_AN_ELEMENT);
  }

  @Override
  public void apply(Matrix logits, Matrix newTargets, Matrix gradient) {
    targets = newTargets;
    to = gradient;
    begin(logits);
    computeAndEnd();
    targets = null;
    to = null;
  }

  @Override
  void compute(int part, Rows rows, int first) {
    rows.loadTargets(targets, first);
    rows.normalize();
    rows.toGradient(to.rows());
    rows.store(to, first);
  }
}
