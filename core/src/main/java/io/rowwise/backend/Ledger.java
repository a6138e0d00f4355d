package io.rowwise.backend;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Every open allocation of one backend. It finds matrices that were collected unclosed without a
 * thread of its own: the queue is looked at when the next matrix is made.
 */
final class Ledger {
  // What every allocation passes through, so that it tells nobody anything.
  private static final Set<String> OWN_FRAMES =
      Set.of(
          Ledger.class.getName(),
          Matrix.class.getName(),
          Backend.class.getName(),
          CheckedBackend.class.getName());

  private final ReferenceQueue<Matrix> collected = new ReferenceQueue<>();
  private final Set<Allocation> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong made = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final boolean traced;
  private final Consumer<String> report;

  Ledger(boolean traced, Consumer<String> report) {
    this.traced = traced;
    this.report = report;
  }

  Allocation register(Matrix matrix, Storage storage, Shape shape) {
    Allocation allocation =
        new Allocation(
            matrix,
            collected,
            this,
            storage,
            made.getAndIncrement(),
            shape,
            traced ? new Throwable("the matrix " + shape + " was made here") : null);
    open.add(allocation);
    bytes.addAndGet(shape.bytes());
    return allocation;
  }

  void closed(Allocation allocation) {
    open.remove(allocation);
    bytes.addAndGet(-allocation.shape().bytes());
  }

  int size() {
    return open.size();
  }

  long bytes() {
    return bytes.get();
  }

  /** Frees and reports what was collected unclosed. */
  void freeCollected() {
    Reference<? extends Matrix> next = collected.poll();
    while (next != null) {
      Allocation allocation = (Allocation) next;
      if (allocation.close()) {
        report.accept("a matrix was collected without having been closed: " + describe(allocation));
      }
      next = collected.poll();
    }
  }

  /** Frees and reports what is still open when the backend closes. */
  void freeAll() {
    List<Allocation> left = new ArrayList<>(open);
    left.sort(Comparator.comparingLong(Allocation::number));
    for (Allocation allocation : left) {
      if (allocation.close()) {
        report.accept("the backend was closed before a matrix of it: " + describe(allocation));
      }
    }
  }

  private String describe(Allocation allocation) {
    if (!traced) {
      return allocation.shape() + " (-Drowwise.leaks=trace shows where it was made)";
    }
    StringBuilder text = new StringBuilder().append(allocation.shape()).append(", made");
    for (StackTraceElement frame : allocation.madeAt().getStackTrace()) {
      if (!OWN_FRAMES.contains(frame.getClassName())) {
        text.append("\n    at ").append(frame);
      }
    }
    return text.toString();
  }
}
