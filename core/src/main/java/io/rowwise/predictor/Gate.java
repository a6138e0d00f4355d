package io.rowwise.predictor;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts who is inside, and once it is closed lets nobody in any more. What is behind it is cleaned
 * up when it is closed and the last one has left.
 */
final class Gate {
  /** Added to the number of those inside when it is closed. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final Runnable cleanUp;

  // No lock: the next in a lock's queue may be a virtual thread that gets no processor, and whoever
  // closes would wait for it longer than it may.
  private final AtomicInteger inside = new AtomicInteger();
  private volatile boolean empty;

  /**
   * @param cleanUp run once, by whoever leaves last or closes
   */
  Gate(Runnable cleanUp) {
    this.cleanUp = cleanUp;
  }

  /** Goes in, or says that it is closed. Who goes in leaves again. */
  boolean enter() {
    int now = inside.get();
    while (now >= 0) {
      if (inside.weakCompareAndSetVolatile(now, now + 1)) {
        return true;
      }
      now = inside.get();
    }
    return false;
  }

  void leave() {
    if (inside.decrementAndGet() == CLOSED) {
      cleanUpAndTell();
    }
  }

  /** Lets nobody in from now on; does not wait for those inside. */
  void close() {
    int before = inside.getAndUpdate(now -> now | CLOSED);
    if (before == 0) {
      cleanUpAndTell();
    }
  }

  private void cleanUpAndTell() {
    try {
      cleanUp.run();
    } finally {
      empty = true;
    }
  }

  /**
   * Waits until all has been cleaned up.
   *
   * @return whether it has, within that time
   */
  boolean await(long nanos) throws InterruptedException {
    return BoundedWait.until(() -> empty, System.nanoTime() + nanos);
  }
}
