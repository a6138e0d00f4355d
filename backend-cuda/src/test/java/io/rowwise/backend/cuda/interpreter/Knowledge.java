package io.rowwise.backend.cuda.interpreter;

import java.util.HashMap;
import java.util.Map;

/** Accesses that are known to have happened: of whole blocks, and of single threads. Immutable. */
final class Knowledge {
  /** For a block, the interval that is not known any more: all before it are. */
  private final Map<Integer, Long> intervals;

  /** For a thread of the launch, the last stamp that is known. */
  private final Map<Integer, Long> stamps;

  private Knowledge(Map<Integer, Long> intervals, Map<Integer, Long> stamps) {
    this.intervals = intervals;
    this.stamps = stamps;
  }

  /** What a thread knows of itself and, by the last barrier, of its block. */
  static Knowledge ofThread(int block, long interval, int launchThread, long stamp) {
    return new Knowledge(Map.of(block, interval), Map.of(launchThread, stamp));
  }

  /** What is known if both are known; each may be null. */
  static Knowledge union(Knowledge a, Knowledge b) {
    if (a == null || a == b) {
      return b;
    }
    if (b == null) {
      return a;
    }
    Map<Integer, Long> intervals = new HashMap<>(a.intervals);
    b.intervals.forEach((block, interval) -> intervals.merge(block, interval, Math::max));
    Map<Integer, Long> stamps = new HashMap<>(a.stamps);
    b.stamps.forEach((thread, stamp) -> stamps.merge(thread, stamp, Math::max));
    return new Knowledge(intervals, stamps);
  }

  boolean covers(int block, int launchThread, long stamp) {
    return coversBlock(block, ThreadOrder.intervalOf(stamp))
        || stamps.getOrDefault(launchThread, 0L) >= stamp;
  }

  boolean coversBlock(int block, long interval) {
    return intervals.getOrDefault(block, 0L) > interval;
  }
}
