package io.rowwise.backend.cpu.parallel;

import io.rowwise.backend.cpu.parallel.Workers.Work;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/** A place where one caller's work is on offer. */
final class Offer {
  private static final int FREE = -1;
  private static final int BEING_MADE = -2;
  // Added to the number of helpers inside, once nobody may join any more.
  private static final int ENDING = 1 << 30;
  // Processors fetch two lines of 64 bytes at once.
  private static final int APART = 128 / Integer.BYTES;
  private static final int SPINS_BEFORE_YIELDING = 16;
  private static final long LONGEST_SLEEP_OF_A_CALLER = TimeUnit.MICROSECONDS.toNanos(100);

  /** One of the above, or the number of helpers inside. */
  final AtomicInteger state = new AtomicInteger(FREE);

  // The next part of each worker's share, each in lines of the cache of its own.
  private final AtomicIntegerArray next;
  private final int workers;
  private int parts;
  private Work work;
  private Thread caller;
  private volatile Throwable failure;

  Offer(int workers) {
    this.workers = workers;
    this.next = new AtomicIntegerArray((workers + 1) * APART);
  }

  boolean claim() {
    return state.get() == FREE && state.compareAndSet(FREE, BEING_MADE);
  }

  void open(int newParts, Work newWork) {
    parts = newParts;
    work = newWork;
    caller = Thread.currentThread();
    for (int worker = 0; worker < workers; worker++) {
      next.set(place(worker), firstOf(worker));
    }
    state.set(0);
  }

  private static int place(int worker) {
    return (worker + 1) * APART;
  }

  /** The first part of a worker's share. */
  private int firstOf(int worker) {
    return (int) ((long) parts * worker / workers);
  }

  /**
   * Computes parts until none is left: first a share that is the same whenever there are so many,
   * since what it reads and writes may still be in this processor's cache, then what others have
   * not come to.
   *
   * @return whether there was one
   */
  boolean compute(int worker) {
    boolean any = false;
    try {
      for (int i = 0; i < workers; i++) {
        int share = (worker + i) % workers;
        int place = place(share);
        int end = firstOf(share + 1);
        while (next.get(place) < end) {
          int part = next.getAndIncrement(place);
          if (part < end) {
            any = true;
            work.compute(part, worker);
          }
        }
      }
    } catch (Throwable e) {
      // The caller's to throw.
      failure = e;
      for (int share = 0; share < workers; share++) {
        next.set(place(share), firstOf(share + 1));
      }
    }
    return any;
  }

  /** Helps, if there is something to do; tells whether there was. */
  boolean help(int worker) {
    int inside = state.get();
    while (inside >= 0 && inside < ENDING) {
      if (state.compareAndSet(inside, inside + 1)) {
        try {
          return compute(worker);
        } finally {
          if (state.decrementAndGet() == ENDING) {
            LockSupport.unpark(caller);
          }
        }
      }
      inside = state.get();
    }
    return false;
  }

  /** Waits for the helpers inside and takes the work back. */
  void end() {
    int inside = state.get();
    while (!state.compareAndSet(inside, inside + ENDING)) {
      inside = state.get();
    }
    boolean interrupted = false;
    long start = System.nanoTime();
    int spins = 0;
    while (state.get() != ENDING) {
      if (System.nanoTime() - start < Workers.SPIN) {
        spins = spinOnce(spins);
      } else {
        // Parking returns at once while the interrupt is pending.
        interrupted |= Thread.interrupted();
        LockSupport.parkNanos(this, LONGEST_SLEEP_OF_A_CALLER);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable thrown = failure;
    failure = null;
    work = null;
    caller = null;
    state.set(FREE);
    if (thrown instanceof RuntimeException e) {
      throw e;
    }
    if (thrown instanceof Error e) {
      throw e;
    }
    if (thrown != null) {
      throw new IllegalStateException("a part failed with " + thrown, thrown);
    }
  }

  /**
   * Passes about a twentieth of a microsecond; now and then it lets others run, since on a virtual
   * machine the scheduler may put a woken helper onto the processor of the very caller that it is
   * to help.
   */
  @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on the yield but speed.
  static int spinOnce(int spins) {
    if (spins % SPINS_BEFORE_YIELDING == 0) {
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
    return spins + 1;
  }
}
