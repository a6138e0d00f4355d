package io.rowwise.predictor;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when the time of an answer is over, and whether answers that are ready are kept waiting.
 * One thread, which runs while there is something to be watched and runs nothing of the callers',
 * so that nothing holds it up.
 */
final class Deadlines {
  private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);

  /** How long the thread waits for something to do. */
  private static final long IDLE_NANOS = 10_000_000_000L;

  /** How often it looks whether answers are kept waiting, while there are any. */
  private static final long LOOK_NANOS = 1_000_000L;

  /** How long at most it sleeps once it is to end. */
  private static final long CLOSING_NANOS = 20_000_000L;

  /** As many new ones wake it, since most of them will have been answered and can be forgotten. */
  private static final int MANY = 256;

  /** By when an answer is wanted. */
  static final class Deadline implements Comparable<Deadline> {
    private final Answer<?> answer;
    private final Duration allowed;
    private final long at;
    private boolean toBeDelivered;

    /**
     * @param allowed from now on
     */
    Deadline(Answer<?> answer, Duration allowed) {
      this.answer = answer;
      this.allowed = allowed;
      this.at = System.nanoTime() + Nanoseconds.of(allowed);
    }

    Answer<?> answer() {
      return answer;
    }

    Duration allowed() {
      return allowed;
    }

    /** Whether the time is over, so that the answer will be an error unless it is there. */
    boolean isOver() {
      return System.nanoTime() - at >= 0;
    }

    /** Decides that the answer is an error, unless it has been decided; whether this did it. */
    boolean miss() {
      answer.overdue();
      boolean first =
          answer.decide(null, new DeadlineExceededException(allowed, answer.isComputing()));
      toBeDelivered |= first;
      return first;
    }

    boolean isToBeDelivered() {
      return toBeDelivered;
    }

    void handedOver() {
      toBeDelivered = false;
    }

    /** Whether it can be forgotten. */
    private boolean isSettled() {
      return answer.isDone() && !toBeDelivered;
    }

    @Override
    public int compareTo(Deadline other) {
      return Long.signum(at - other.at);
    }
  }

  private final Consumer<Deadline> missed;
  private final ThreadOnDemand thread;
  private final ConcurrentLinkedQueue<Deadline> added = new ConcurrentLinkedQueue<>();
  private final AtomicInteger addedCount = new AtomicInteger();
  private final AtomicReference<BooleanSupplier> look = new AtomicReference<>();
  private volatile long wakesAt = System.nanoTime();
  private volatile boolean closed;

  /** Used by the thread only, as is the next. */
  private final PriorityQueue<Deadline> pending = new PriorityQueue<>();

  private int pendingAfterPurge;

  /**
   * @param missed called when the time is over, by the thread; again if it throws
   */
  Deadlines(ThreadFactory threads, Consumer<Deadline> missed) {
    this.missed = missed;
    this.thread =
        new ThreadOnDemand(
            threads, "rowwise-deadlines", this::run, () -> look.get() != null || !added.isEmpty());
  }

  /**
   * Watches an answer.
   *
   * @throws Error if no thread can be started; then it may be watched later
   */
  void add(Deadline deadline) {
    added.add(deadline);
    boolean many = addedCount.incrementAndGet() % MANY == 0;
    start();
    if (many || deadline.at - wakesAt < 0) {
      thread.wake();
    }
  }

  /**
   * Asks whether answers are kept waiting, a moment from now and as long as that says so.
   *
   * @throws Error if no thread can be started
   */
  void watch(BooleanSupplier whetherAgain) {
    if (look.get() == null && look.compareAndSet(null, whetherAgain)) {
      start();
      thread.wake();
    }
  }

  private void start() {
    if (!thread.isRunning()) {
      thread.start();
    }
  }

  private void run() {
    boolean idle = false;
    while (!idle) {
      try {
        idle = !step();
      } catch (Throwable e) {
        // Nothing was lost: what was not done is done the next time.
        Quietly.warn(LOG, "predictor: the watch over deadlines failed, and goes on", e);
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  /** Does what is due, and waits; whether there is something to be watched. */
  private boolean step() {
    take();
    long now = System.nanoTime();
    for (Deadline next = pending.peek(); next != null && isOver(next, now); next = pending.peek()) {
      if (!next.isSettled()) {
        missed.accept(next);
      }
      pending.remove();
    }
    return await();
  }

  /** Whether there is something to be watched, after some time. */
  private boolean await() {
    if (closed) {
      pending.removeIf(Deadline::isSettled);
    }
    BooleanSupplier looking = look.get();
    Deadline next = pending.peek();
    boolean idle = looking == null && next == null;
    if (idle && closed && added.isEmpty()) {
      return false;
    }
    long most = looking != null ? LOOK_NANOS : closed ? CLOSING_NANOS : IDLE_NANOS;
    long now = System.nanoTime();
    long wait = next == null ? most : Math.min(most, next.at - now);
    wakesAt = now + wait;
    if (added.isEmpty() && look.get() == looking) {
      LockSupport.parkNanos(wait);
    }
    // Whatever interrupted it, there is nothing here to be given up.
    boolean unused = Thread.interrupted();
    if (looking != null) {
      look(looking);
      return true;
    }
    return !idle || System.nanoTime() - wakesAt < 0 || !added.isEmpty() || look.get() != null;
  }

  private static boolean isOver(Deadline deadline, long now) {
    return deadline.isSettled() || now - deadline.at >= 0;
  }

  private void look(BooleanSupplier looking) {
    look.set(null);
    if (looking.getAsBoolean()) {
      look.compareAndSet(null, looking);
    }
  }

  private void take() {
    for (Deadline next = added.peek(); next != null; next = added.peek()) {
      if (!next.answer.isDone()) {
        pending.add(next);
      }
      added.remove();
      addedCount.decrementAndGet();
    }
    if (pending.size() > 2 * pendingAfterPurge + MANY) {
      pending.removeIf(Deadline::isSettled);
      pendingAfterPurge = pending.size();
    }
  }

  /** Lets the thread end when there is nothing to be watched. */
  void close() {
    closed = true;
    thread.wake();
  }

  /** Waits until the thread has ended, but no longer than that. */
  void await(long end) throws InterruptedException {
    thread.await(end);
  }
}
