package io.rowwise.backend.cuda.interpreter;

import java.util.Arrays;

/**
 * Who accessed which byte of a region last, in one launch, so that the next access can tell whether
 * it is ordered behind. After C. Flanagan and S. N. Freund, FastTrack: Efficient and Precise
 * Dynamic Race Detection (2009): of writes the last is kept, because each was ordered behind the
 * one before; of reads, which need no order among themselves, a summary of all.
 *
 * <p>Bytes that were always accessed together share an entry, up to 8 of them.
 */
final class AccessHistory {
  private static final int PAGE_BYTES = 2048;

  private final Page[] pages;
  private final int blocks;

  /**
   * The history of a region.
   *
   * @param blocks blocks of the launch
   */
  AccessHistory(int bytes, int blocks) {
    this.pages = new Page[(bytes + PAGE_BYTES - 1) / PAGE_BYTES];
    this.blocks = blocks;
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(pages, null);
  }

  /** Notes a read. Returns the stamp of a write that it races with, or 0. */
  long read(ThreadOrder order, int thread, int offset, int bytes, boolean strong) {
    Page page = page(offset, bytes);
    int last = (offset % PAGE_BYTES + bytes - 1) >> page.shift;
    for (int entry = offset % PAGE_BYTES >> page.shift; entry <= last; entry++) {
      long write = page.writes[entry];
      if (write != 0 && !order.isBefore(write, thread)) {
        return write;
      }
      if (strong) {
        page.strongReads = Summary.orNew(page.strongReads, page.writes.length);
        page.strongReads.add(entry, order, thread, blocks);
        continue;
      }
      if (page.strongWrites != null) {
        long race = page.strongWrites.race(entry, order, thread, blocks);
        if (race != 0) {
          return race;
        }
      }
      page.reads.add(entry, order, thread, blocks);
    }
    return 0;
  }

  /** Notes a write, or an atomic operation. Returns the stamp of what it races with, or 0. */
  long write(ThreadOrder order, int thread, int offset, int bytes, boolean strong) {
    Page page = page(offset, bytes);
    int last = (offset % PAGE_BYTES + bytes - 1) >> page.shift;
    for (int entry = offset % PAGE_BYTES >> page.shift; entry <= last; entry++) {
      long write = page.writes[entry];
      if (write != 0 && !order.isBefore(write, thread)) {
        return write;
      }
      long race = page.reads.race(entry, order, thread, blocks);
      if (race != 0) {
        return race;
      }
      if (strong) {
        page.strongWrites = Summary.orNew(page.strongWrites, page.writes.length);
        page.strongWrites.add(entry, order, thread, blocks);
        continue;
      }
      race = strongRace(page, entry, order, thread);
      if (race != 0) {
        return race;
      }
      page.writes[entry] = order.stamp(thread);
      page.reads.clear(entry);
    }
    return 0;
  }

  private long strongRace(Page page, int entry, ThreadOrder order, int thread) {
    long race = 0;
    if (page.strongWrites != null) {
      race = page.strongWrites.race(entry, order, thread, blocks);
    }
    if (race == 0 && page.strongReads != null) {
      race = page.strongReads.race(entry, order, thread, blocks);
    }
    return race;
  }

  private Page page(int offset, int bytes) {
    int number = offset / PAGE_BYTES;
    Page page = pages[number];
    int shift = Math.min(3, Integer.numberOfTrailingZeros(bytes));
    if (page == null) {
      page = new Page(shift);
      pages[number] = page;
    } else if (shift < page.shift) {
      page.refine(shift);
    }
    return page;
  }

  private static final class Page {
    private int shift;
    private long[] writes;
    private final Summary reads;

    /** Atomic and volatile accesses, which do not race with each other; null until there is one. */
    private Summary strongReads;

    private Summary strongWrites;

    Page(int shift) {
      this.shift = shift;
      this.writes = new long[PAGE_BYTES >> shift];
      this.reads = new Summary(PAGE_BYTES >> shift);
    }

    /** Makes entries of fewer bytes; each gets what was known of the whole. */
    void refine(int newShift) {
      int times = 1 << (shift - newShift);
      writes = repeated(writes, times);
      reads.refine(times);
      if (strongReads != null) {
        strongReads.refine(times);
      }
      if (strongWrites != null) {
        strongWrites.refine(times);
      }
      shift = newShift;
    }
  }

  private static long[] repeated(long[] of, int times) {
    long[] result = new long[of.length * times];
    for (int i = 0; i < result.length; i++) {
      result[i] = of[i / times];
    }
    return result;
  }

  /** For each entry the accesses of which none is ordered behind another. */
  private static final class Summary {
    private static final long ONE_THREAD = 0;
    private static final long ONE_BLOCK = -1;
    private static final long SEVERAL_BLOCKS = -2;

    private long[] stamps;

    /** One of the constants, or a set of lanes of one warp that all have the stamp's clock. */
    private long[] who;

    Summary(int entries) {
      stamps = new long[entries];
      who = new long[entries];
    }

    static Summary orNew(Summary summary, int entries) {
      return summary == null ? new Summary(entries) : summary;
    }

    void refine(int times) {
      stamps = repeated(stamps, times);
      who = repeated(who, times);
    }

    void clear(int entry) {
      stamps[entry] = 0;
      who[entry] = ONE_THREAD;
    }

    /** The stamp of an access that is not ordered before the thread; 0 if all are. */
    long race(int entry, ThreadOrder order, int thread, int blocks) {
      long stamp = stamps[entry];
      if (stamp == 0) {
        return 0;
      }
      long set = who[entry];
      if (set == ONE_THREAD) {
        return order.isBefore(stamp, thread) ? 0 : stamp;
      }
      if (set > 0) {
        for (long lanes = set; lanes != 0; lanes &= lanes - 1) {
          long ofLane = order.withLane(stamp, Long.numberOfTrailingZeros(lanes));
          if (!order.isBefore(ofLane, thread)) {
            return ofLane;
          }
        }
        return 0;
      }
      long interval = ThreadOrder.intervalOf(stamp);
      if (set == ONE_BLOCK) {
        return order.isBlockBefore(order.blockOf(stamp), interval, thread) ? 0 : stamp;
      }
      for (int block = 0; block < blocks; block++) {
        if (!order.isBlockBefore(block, interval, thread)) {
          return stamp;
        }
      }
      return 0;
    }

    /** Adds an access; those that are ordered before it need not be kept. */
    void add(int entry, ThreadOrder order, int thread, int blocks) {
      long stamp = order.stamp(thread);
      long old = stamps[entry];
      if (old == stamp) {
        return;
      }
      long set = who[entry];
      boolean sameWarp = old != 0 && set >= 0 && order.isSameWarp(old, thread);
      long lane = 1L << thread % 32;
      if (sameWarp && (set & lane) != 0 && ThreadOrder.clockOf(old) == ThreadOrder.clockOf(stamp)) {
        return;
      }
      if (race(entry, order, thread, blocks) == 0) {
        stamps[entry] = stamp;
        who[entry] = ONE_THREAD;
      } else if (sameWarp && ThreadOrder.clockOf(old) == ThreadOrder.clockOf(stamp)) {
        who[entry] = (set == ONE_THREAD ? 1L << order.threadOf(old) % 32 : set) | lane;
      } else if (set != SEVERAL_BLOCKS && order.isOwnBlock(old)) {
        // All unordered accesses of one block are of its current interval.
        stamps[entry] = stamp;
        who[entry] = ONE_BLOCK;
      } else {
        boolean later = ThreadOrder.intervalOf(stamp) > ThreadOrder.intervalOf(old);
        stamps[entry] = later ? stamp : old;
        who[entry] = SEVERAL_BLOCKS;
      }
    }
  }
}
