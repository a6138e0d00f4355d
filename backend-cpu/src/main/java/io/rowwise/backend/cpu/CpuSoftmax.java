package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Softmax;

/** The softmax, a block of rows at a time. */
final class CpuSoftmax extends RowKernel implements Softmax {
  private final RowSoftmax[] softmaxes;
  private Matrix from;
  private Matrix to;

  CpuSoftmax(Workers workers) {
    super(workers, 1);
    this.softmaxes = new RowSoftmax[workers.count()];
  }

  @Override
  public void apply(Matrix logits, Matrix probabilities) {
    from = logits;
    to = probabilities;
    begin(logits);
    computeAll();
    from = null;
    to = null;
  }

  @Override
  void compute(int part, int first, int rows, int worker) {
    RowSoftmax softmax = RowSoftmax.of(from.type(), from.columns(), softmaxes[worker]);
    softmaxes[worker] = softmax;
    softmax.applyToAll(
        CpuStorage.of(from),
        CpuStorage.position(from, first),
        from.leadingDimension(),
        rows,
        null,
        CpuStorage.of(to),
        CpuStorage.position(to, first),
        to.leadingDimension());
  }
}
