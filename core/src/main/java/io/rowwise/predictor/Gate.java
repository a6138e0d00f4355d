package io.rowwise.predictor;

import java.util.concurrent.TimeUnit;

/**
 * Counts who is inside, and once it is closed lets nobody in any more. What is behind it is cleaned
 * up when it is closed and the last one has left.
 */
final class Gate {
  private final Runnable cleanUp;
  private int inside;
  private boolean closed;
  private boolean empty;

  /**
   * @param cleanUp run once, by whoever leaves last or closes
   */
  Gate(Runnable cleanUp) {
    this.cleanUp = cleanUp;
  }

  /** Goes in, or says that it is closed. Who goes in leaves again. */
  synchronized boolean enter() {
    if (closed) {
      return false;
    }
    inside++;
    return true;
  }

  void leave() {
    boolean last;
    synchronized (this) {
      inside--;
      last = closed && inside == 0;
    }
    if (last) {
      cleanUpAndTell();
    }
  }

  /** Lets nobody in from now on; does not wait for those inside. */
  void close() {
    boolean last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = inside == 0;
    }
    if (last) {
      cleanUpAndTell();
    }
  }

  private void cleanUpAndTell() {
    try {
      cleanUp.run();
    } finally {
      synchronized (this) {
        empty = true;
        notifyAll();
      }
    }
  }

  /**
   * Waits until all has been cleaned up.
   *
   * @return whether it has, within that time
   */
  synchronized boolean await(long nanos) throws InterruptedException {
    long end = System.nanoTime() + nanos;
    while (!empty) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
