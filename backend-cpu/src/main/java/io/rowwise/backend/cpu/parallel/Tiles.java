package io.rowwise.backend.cpu.parallel;

import io.rowwise.backend.cpu.memory.Scratch;
import io.rowwise.backend.cpu.memory.ScratchPool;
import java.util.function.Function;

/** Work on a matrix by pieces that stay in the first-level cache. Programs do not use it. */
public final class Tiles {
  /** The most elements of a tile. */
  public static final int ELEMENTS = 1024;

  /** A few microseconds: what a worker takes at once. */
  public static final int ELEMENTS_OF_A_PART = 1 << 14;

  /** What a worker does with a tile. */
  public interface Work {
    /** Computes some columns of some rows. */
    void compute(int firstRow, int rows, int firstColumn, int columns);
  }

  /** What a worker does with a range of rows. */
  public interface RowWork {
    /** Computes the rows {@code first} to {@code first + rows - 1}. */
    void compute(int first, int rows);
  }

  /** What a worker does with a part. */
  public interface Part {
    /** Computes one. */
    void compute(int part);
  }

  private final Workers workers;
  private final ScratchPool pool;

  /**
   * @param workers who work
   * @param pool where they find scratch memory
   */
  public Tiles(Workers workers, ScratchPool pool) {
    this.workers = workers;
    this.pool = pool;
  }

  /**
   * Whole rows of about {@value #ELEMENTS} elements in all, at least one.
   *
   * @param rows how many there are
   */
  public static int rows(int rows, int columns) {
    return Math.max(1, Math.min(rows, ELEMENTS / Math.max(1, columns)));
  }

  /**
   * Computes all tiles of at most {@value #ELEMENTS} elements, in any order.
   *
   * @param nanosecondsOfAnElement in one thread, roughly
   * @param ofAWorker what each of the workers does, with scratch memory of its own
   */
  public void share(
      int rows, int columns, double nanosecondsOfAnElement, Function<Scratch, Work> ofAWorker) {
    if (columns <= ELEMENTS) {
      shareRows(
          rows,
          columns,
          rows(rows, columns),
          nanosecondsOfAnElement,
          scratch -> {
            Work work = ofAWorker.apply(scratch);
            return (first, count) -> work.compute(first, count, 0, columns);
          });
      return;
    }
    int pieces = Parts.count(columns, ELEMENTS_OF_A_PART);
    shareParts(
        rows * pieces,
        (double) rows * columns * nanosecondsOfAnElement,
        scratch -> {
          Work work = ofAWorker.apply(scratch);
          return part -> {
            int row = part / pieces;
            int begin = part % pieces * ELEMENTS_OF_A_PART;
            int end = (int) Math.min(columns, (long) begin + ELEMENTS_OF_A_PART);
            for (int first = begin; first < end; first += ELEMENTS) {
              work.compute(row, 1, first, Math.min(ELEMENTS, end - first));
            }
          };
        });
  }

  /**
   * Computes whole rows, some at once, in any order.
   *
   * @param tileRows how many at once, but for the last
   * @param nanosecondsOfAnElement in one thread, roughly
   * @param ofAWorker what each of the workers does, with scratch memory of its own
   */
  public void shareRows(
      int rows,
      int columns,
      int tileRows,
      double nanosecondsOfAnElement,
      Function<Scratch, RowWork> ofAWorker) {
    int partRows =
        tileRows * Math.max(1, ELEMENTS_OF_A_PART / Math.max(1, tileRows * Math.max(1, columns)));
    shareParts(
        Parts.count(rows, partRows),
        (double) rows * columns * nanosecondsOfAnElement,
        scratch -> {
          RowWork work = ofAWorker.apply(scratch);
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
  public void shareParts(int parts, double nanoseconds, Function<Scratch, Part> ofAWorker) {
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
