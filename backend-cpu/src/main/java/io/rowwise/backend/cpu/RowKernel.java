package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/** A function of each row by itself, with the rows shared among the workers. */
abstract class RowKernel {
  // Ten microseconds or so.
  private static final int ELEMENTS_OF_A_PART = 8192;

  private final Workers workers;
  private final double nanosecondsOfAnElement;
  private final Workers.Work parts = this::compute;
  private int partRows;
  private int rows;
  private int columns;

  /**
   * @param nanosecondsOfAnElement in one thread, roughly
   */
  RowKernel(Workers workers, double nanosecondsOfAnElement) {
    this.workers = workers;
    this.nanosecondsOfAnElement = nanosecondsOfAnElement;
  }

  /** Takes the shape; tells how many parts there will be. */
  final int begin(Matrix shape) {
    rows = shape.rows();
    columns = shape.columns();
    partRows = Math.max(1, ELEMENTS_OF_A_PART / columns);
    return Workers.parts(rows, partRows);
  }

  /** Computes all parts of what was begun. */
  final void computeAll() {
    workers.share(
        Workers.parts(rows, partRows), (double) rows * columns * nanosecondsOfAnElement, parts);
  }

  private void compute(int part, int worker) {
    int first = part * partRows;
    compute(part, first, Math.min(partRows, rows - first), worker);
  }

  /** Computes a range of rows, by any worker. */
  abstract void compute(int part, int first, int rows, int worker);
}
