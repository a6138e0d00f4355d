package io.rowwise.backend.cpu;

import java.util.function.Supplier;

/** Work on a matrix by ranges of rows that stay in the first-level cache. */
final class Tiles {
  private static final int ELEMENTS = 1024;

  // A few microseconds: what a worker takes at once.
  private static final int ELEMENTS_OF_A_PART = 1 << 14;

  /** What is done with a range of rows, with scratch memory of its own. */
  interface Work {
    void compute(int first, int rows);
  }

  private Tiles() {}

  /**
   * Whole rows of about {@value #ELEMENTS} elements in all, at least one.
   *
   * @param rows how many there are
   */
  static int rows(int rows, int columns) {
    return Math.max(1, Math.min(rows, ELEMENTS / Math.max(1, columns)));
  }

  /**
   * Computes all tiles, in any order.
   *
   * @param tileRows how many rows each has, but for the last
   * @param nanosecondsOfAnElement in one thread, roughly
   * @param ofAWorker what each of the workers does
   */
  static void share(
      Workers workers,
      int rows,
      int columns,
      int tileRows,
      double nanosecondsOfAnElement,
      Supplier<Work> ofAWorker) {
    int partRows =
        tileRows * Math.max(1, ELEMENTS_OF_A_PART / Math.max(1, tileRows * Math.max(1, columns)));
    Work[] works = new Work[workers.count()];
    workers.share(
        Workers.parts(rows, partRows),
        (double) rows * columns * nanosecondsOfAnElement,
        (part, worker) -> {
          Work work = works[worker];
          if (work == null) {
            work = ofAWorker.get();
            works[worker] = work;
          }
          int end = (int) Math.min(rows, (part + 1L) * partRows);
          for (int first = part * partRows; first < end; first += tileRows) {
            work.compute(first, Math.min(tileRows, end - first));
          }
        });
  }
}
