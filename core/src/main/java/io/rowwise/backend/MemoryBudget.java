package io.rowwise.backend;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

/**
 * The bytes of one backend's open matrices, held against a limit. Before the limit, matrices that
 * nobody holds any more are looked for: first when an eighth of it is taken, since the garbage
 * collector sees only how little of the heap they take and may never run. A program that closes its
 * matrices pays two such searches in its life at most; one that comes up against the limit again
 * and again, one in ten of its moments. Safe for use by many threads.
 */
final class MemoryBudget {
  // Nobody has more, and sums of two are a long.
  private static final long MOST = Long.MAX_VALUE / 2;

  private static final int PART_OF_FIRST_MARK = 8;
  private static final int AFTER_FINDING_SOME = 2;
  private static final int AFTER_FINDING_NONE = 4;
  private static final int PATIENCE = 8;
  private static final int PAUSE = 10;
  private static final long SHORTEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  private final Supplier<String> device;
  private final LongUnaryOperator limit;
  private final BooleanSupplier collector;
  private final AtomicLong taken = new AtomicLong();
  private final ReentrantLock collecting = new ReentrantLock();
  private volatile long mark;
  private int inVain;
  private long nextSearch;

  /**
   * @param device its id, for messages
   * @param limit gives how many bytes may be taken, told how many would be with the next matrix; as
   *     long as that is little it need not find out and answers the largest long
   * @param collector finds matrices that nobody holds and frees them; tells whether there were any
   */
  MemoryBudget(Supplier<String> device, LongUnaryOperator limit, BooleanSupplier collector) {
    this.device = device;
    this.limit = limit;
    this.collector = collector;
  }

  /** The bytes of open matrices. */
  long taken() {
    return taken.get();
  }

  /**
   * Counts the bytes of a new matrix.
   *
   * @throws OutOfDeviceMemoryException if they are too many, after matrices that nobody holds were
   *     freed
   */
  void take(long bytes) {
    if (!takeWithinLimit(bytes)) {
      collect();
      if (!takeWithinLimit(bytes)) {
        throw new OutOfDeviceMemoryException(device.get(), bytes, taken.get(), limit(MOST));
      }
    }
    if (taken.get() > mark && passesMark()) {
      search();
    }
  }

  /** Takes back what was counted. */
  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }

  /**
   * Frees matrices that nobody holds any more, now that memory has run out.
   *
   * @return whether there may be more of it than before
   */
  boolean collect() {
    long before = taken.get();
    collecting.lock();
    try {
      // Another thread may have done it meanwhile.
      if (taken.get() < before) {
        return true;
      }
      if (inVain >= PATIENCE && System.nanoTime() - nextSearch < 0) {
        return false;
      }
      return searchNow();
    } finally {
      collecting.unlock();
    }
  }

  private long limit(long all) {
    return Math.min(MOST, limit.applyAsLong(all));
  }

  private boolean takeWithinLimit(long bytes) {
    while (true) {
      long before = taken.get();
      long after = before + Math.min(bytes, MOST);
      if (bytes > MOST || after > limit(after)) {
        return false;
      }
      if (taken.compareAndSet(before, after)) {
        return true;
      }
    }
  }

  private boolean passesMark() {
    long all = taken.get();
    if (mark == 0) {
      long allowed = limit(all);
      if (allowed == MOST) {
        return false;
      }
      mark = allowed / PART_OF_FIRST_MARK;
    }
    return all > mark;
  }

  /** Unless another thread is at it. */
  private void search() {
    if (collecting.tryLock()) {
      try {
        searchNow();
      } finally {
        collecting.unlock();
      }
    }
  }

  private boolean searchNow() {
    long start = System.nanoTime();
    boolean found = collector.getAsBoolean();
    long end = System.nanoTime();
    inVain = found ? 0 : inVain + 1;
    nextSearch = end + Math.max(SHORTEST_PAUSE, PAUSE * (end - start));
    mark =
        Math.max(
            limit(MOST) / PART_OF_FIRST_MARK,
            taken.get() * (found ? AFTER_FINDING_SOME : AFTER_FINDING_NONE));
    return found;
  }
}
