package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.LogSoftmax;

/** The log-softmax. Programs do not use it. */
public final class CpuLogSoftmax extends RowKernel implements LogSoftmax {
  private static final double NANOSECONDS_OF_AN_ELEMENT = 2;

  private Matrix to;

  /** Shared among these. */
  public CpuLogSoftmax(Workers workers) {
    super(workers, NANOSECONDS_OF_AN_ELEMENT);
  }

  @Override
  public void apply(Matrix logits, Matrix logProbabilities) {
    to = logProbabilities;
    begin(logits);
    computeAndEnd();
    to = null;
  }

  @Override
  void compute(int part, Rows rows, int first) {
    rows.normalize();
    rows.toLogProbabilities();
    rows.store(to, first);
  }
}
