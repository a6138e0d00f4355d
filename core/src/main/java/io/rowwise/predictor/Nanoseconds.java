package io.rowwise.predictor;

import java.time.Duration;

/** Lengths of time for {@link System#nanoTime}, however long they are. */
final class Nanoseconds {
  /** 146 years: now and this together are still later than now. */
  static final long LONGEST = Long.MAX_VALUE / 2;

  private static final Duration LONGEST_TIME = Duration.ofNanos(LONGEST);

  private Nanoseconds() {}

  /** From 0 to {@link #LONGEST}: what is longer or shorter is as long as that. */
  static long of(Duration time) {
    if (time.isNegative()) {
      return 0;
    }
    return time.compareTo(LONGEST_TIME) > 0 ? LONGEST : time.toNanos();
  }
}
