package io.rowwise.backend;

import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Tells of matrices that nobody closed: of the first ones each, and of many of a kind at every
 * doubling of their number, with the number; with tracing of each. Safe for use by many threads.
 */
final class LeakReport {
  // What every allocation passes through, so that it tells nobody anything.
  private static final Set<String> OWN_FRAMES =
      Set.of(
          Ledger.class.getName(),
          Matrix.class.getName(),
          Backend.class.getName(),
          CheckedBackend.class.getName());

  private static final int EACH = 10;

  private final boolean traced;
  private final Consumer<String> report;
  private final Kind collected = new Kind("a matrix was collected without having been closed: ");
  private final Kind leftOpen = new Kind("the backend was closed before a matrix of it: ");

  /** One way to forget a matrix. */
  private static final class Kind {
    final String text;
    final AtomicLong count = new AtomicLong();

    Kind(String text) {
      this.text = text;
    }
  }

  /**
   * @param traced whether reports show where the matrix was made
   * @param report takes the texts
   */
  LeakReport(boolean traced, Consumer<String> report) {
    this.traced = traced;
    this.report = report;
  }

  /** Whether allocations are to know where they were made. */
  boolean isTraced() {
    return traced;
  }

  /** A matrix was collected by the garbage collector. */
  void collected(Allocation allocation) {
    tell(collected, allocation);
  }

  /** A matrix was open when its backend was closed. */
  void leftOpen(Allocation allocation) {
    tell(leftOpen, allocation);
  }

  /** There will be no more for now: tells how many there were, unless each was told. */
  void end() {
    for (Kind kind : new Kind[] {collected, leftOpen}) {
      long count = kind.count.getAndSet(0);
      if (count > EACH && !traced) {
        report.accept(String.format(Locale.ROOT, "%s%d in all", kind.text, count));
      }
    }
  }

  private void tell(Kind kind, Allocation allocation) {
    long count = kind.count.incrementAndGet();
    if (traced || count <= EACH) {
      report.accept(kind.text + describe(allocation));
    } else if (count % EACH == 0 && Long.bitCount(count / EACH) == 1) {
      report.accept(
          String.format(Locale.ROOT, "%s%s, the %dth", kind.text, describe(allocation), count));
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
