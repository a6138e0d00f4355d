package io.rowwise.backend;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Every open allocation of one backend. It finds matrices that were collected unclosed without a
 * thread of its own: the queue is looked at when the next matrix is made.
 */
final class Ledger {
  private static final long LONGEST_SEARCH = TimeUnit.SECONDS.toNanos(1);
  private static final long QUIET_MILLISECONDS = 20;

  private final ReferenceQueue<Object> collected = new ReferenceQueue<>();
  private final Set<Allocation> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong made = new AtomicLong();
  private final LeakReport report;
  private final MemoryBudget budget;

  /**
   * @param budget what the allocations are counted in; who makes one has counted it before
   */
  Ledger(LeakReport report, MemoryBudget budget) {
    this.report = report;
    this.budget = budget;
  }

  /**
   * @param bytes that were counted in the budget: none for memory of others
   */
  Allocation register(Matrix matrix, Storage storage, Shape shape, long bytes) {
    Allocation allocation =
        new Allocation(
            matrix,
            collected,
            this,
            storage,
            made.getAndIncrement(),
            shape,
            bytes,
            report.isTraced() ? new Throwable() : null);
    open.add(allocation);
    return allocation;
  }

  void closed(Allocation allocation) {
    open.remove(allocation);
    budget.giveBack(allocation.bytes());
  }

  int size() {
    return open.size();
  }

  /**
   * Frees and reports what was collected unclosed.
   *
   * @return whether there was any
   */
  boolean freeCollected() {
    boolean any = false;
    Reference<?> next = collected.poll();
    while (next != null) {
      any |= free(next);
      next = collected.poll();
    }
    return any;
  }

  private boolean free(Reference<?> reference) {
    Allocation allocation = (Allocation) reference;
    boolean first = allocation.close();
    if (first) {
      report.collected(allocation);
    }
    return first;
  }

  /**
   * Has the garbage collector find matrices that nobody holds, and frees and reports them. Waits
   * for it, a second at most: it may be told not to run when asked.
   *
   * @return whether there was any
   */
  boolean collect() {
    boolean any = freeCollected();
    boolean interrupted = Thread.interrupted();
    long start = System.nanoTime();
    ReferenceQueue<Object> ended = new ReferenceQueue<>();
    PhantomReference<Object> unheld = new PhantomReference<>(new Object(), ended);
    System.gc();
    try {
      if (ended.remove(TimeUnit.NANOSECONDS.toMillis(LONGEST_SEARCH)) != null) {
        // They come one by one, in no order.
        Reference<?> next = collected.remove(QUIET_MILLISECONDS);
        while (next != null) {
          any |= free(next);
          next =
              System.nanoTime() - start < LONGEST_SEARCH
                  ? collected.remove(QUIET_MILLISECONDS)
                  : null;
        }
      }
    } catch (InterruptedException e) {
      // Whoever interrupted wants this thread to go on.
      interrupted = true;
    } finally {
      Reference.reachabilityFence(unheld);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return freeCollected() || any;
  }

  /** Frees and reports what is still open when the backend closes. */
  void freeAll() {
    List<Allocation> left = new ArrayList<>(open);
    left.sort(Comparator.comparingLong(Allocation::number));
    for (Allocation allocation : left) {
      if (allocation.close()) {
        report.leftOpen(allocation);
      }
    }
    report.end();
  }
}
