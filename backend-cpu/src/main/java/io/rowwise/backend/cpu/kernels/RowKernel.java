package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;

/** A function of each row of logits by itself, with the rows shared among the workers. */
abstract class RowKernel {
  // Ten microseconds or so.
  private static final int ELEMENTS_OF_A_PART = 8192;

  private final Workers workers;
  private final double nanosecondsOfAnElement;
  private final Workers.Work parts = this::compute;
  private final Rows[] ofWorkers;
  private Matrix logits;
  private int partRows;

  /**
   * @param nanosecondsOfAnElement in one thread, roughly
   */
  RowKernel(Workers workers, double nanosecondsOfAnElement) {
    this.workers = workers;
    this.nanosecondsOfAnElement = nanosecondsOfAnElement;
    this.ofWorkers = new Rows[workers.count()];
  }

  /** Takes the logits; tells how many parts there will be. */
  final int begin(Matrix newLogits) {
    logits = newLogits;
    partRows = Math.max(1, ELEMENTS_OF_A_PART / logits.columns());
    return Parts.count(logits.rows(), partRows);
  }

  /** Computes all parts of what was begun. */
  final void computeAndEnd() {
    int rows = logits.rows();
    double nanoseconds = (double) rows * logits.columns() * nanosecondsOfAnElement;
    workers.share(Parts.count(rows, partRows), nanoseconds, parts);
    logits = null;
  }

  private void compute(int part, int worker) {
    Rows rows = Rows.of(logits.type(), logits.columns(), ofWorkers[worker]);
    ofWorkers[worker] = rows;
    int end = (int) Math.min(logits.rows(), (part + 1L) * partRows);
    for (int first = part * partRows; first < end; first += rows.capacity()) {
      rows.load(logits, first, Math.min(rows.capacity(), end - first));
      compute(part, rows, first);
    }
  }

  /** Computes rows whose logits are loaded, by any worker. */
  abstract void compute(int part, Rows rows, int first);
}
