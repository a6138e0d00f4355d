package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.Softmax;

/** The softmax. Programs do not use it. */
public final class CpuSoftmax extends RowKernel implements Softmax {
  private static final double NANOSECONDS_OF_AN_ELEMENT = 1;

  private Matrix to;

  /** Shared among these. */
  public CpuSoftmax(Workers workers) {
    super(workers, NANOSECONDS_OF_AN_ELEMENT);
  }

  @Override
  public void apply(Matrix logits, Matrix probabilities) {
    to = probabilities;
    begin(logits);
    computeAndEnd();
    to = null;
  }

  @Override
  void compute(int part, Rows rows, int first) {
    rows.normalize();
    rows.toProbabilities();
    rows.store(to, first);
  }
}
