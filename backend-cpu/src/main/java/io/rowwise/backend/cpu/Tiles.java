package io.rowwise.backend.cpu;

import java.util.function.Function;

/** Work on a matrix by ranges of rows that stay in the first-level cache. */
final class Tiles {
  private static final int ELEMENTS = 1024;

  // A few microseconds: what a worker takes at once.
  static final int ELEMENTS_OF_A_PART = 1 << 14;

  /** What a worker does with a range of rows. */
  interface Work {
    void compute(int first, int rows);
  }

  /** What a worker does with a part. */
  interface Part {
    void compute(int part);
  }

  private final Workers workers;
  private final ScratchPool pool;

  Tiles(Workers workers, ScratchPool pool) {
    this.workers = workers;
    this.pool = pool;
  }

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
   * @param ofAWorker what each of the workers does, with scratch memory of its own
   */
  void share(
      int rows,
      int columns,
      int tileRows,
      double nanosecondsOfAnElement,
      Function<Scratch, Work> ofAWorker) {
    int partRows =
        tileRows * Math.max(1, ELEMENTS_OF_A_PART / Math.max(1, tileRows * Math.max(1, columns)));
    shareParts(
        Workers.parts(rows, partRows),
        (double) rows * columns * nanosecondsOfAnElement,
        scratch -> {
          Work work = ofAWorker.apply(scratch);
          return part -> {
            int end = (int) Math.min(rows, (part + 1L) * partRows);
            for (int first = part * partRows; first < end; first += tileRows) {
              work.compute(first, Math.min(tileRows, end - first));
            }
          };
        });
  }

  /**
   * Computes all parts, in any order.
   *
   * @param nanoseconds in one thread, roughly
   * @param ofAWorker what each of the workers does, with scratch memory of its own
   */
  void shareParts(int parts, double nanoseconds, Function<Scratch, Part> ofAWorker) {
    Scratch[] scratch = new Scratch[workers.count()];
    Part[] works = new Part[scratch.length];
    try {
      workers.share(
          parts,
          nanoseconds,
          (part, worker) -> {
            if (works[worker] == null) {
              scratch[worker] = pool.take(worker);
              works[worker] = ofAWorker.apply(scratch[worker]);
            }
            works[worker].compute(part);
          });
    } finally {
      for (int worker = 0; worker < scratch.length; worker++) {
        if (scratch[worker] != null) {
          pool.giveBack(worker, scratch[worker]);
        }
      }
    }
  }
}
