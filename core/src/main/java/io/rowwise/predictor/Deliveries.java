package io.rowwise.predictor;

import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers answers whose outcome is decided: has what hangs on them run, by threads of its own or
 * by an executor of the caller's. The first thread starts with the first answer. A further one
 * starts when an answer has waited for a moment and every thread is held up by what hangs on
 * another; as many as there are processors also when all are merely busy. A thread ends when it has
 * had nothing to do for a while. Safe for many threads.
 */
final class Deliveries {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

  /** How many threads may be held up by what hangs on answers. */
  static final int MOST_THREADS = 32;

  /** As many may be held up while closing, so that the rest is still delivered. */
  private static final int MOST_WHILE_CLOSING = 2 * MOST_THREADS;

  /** An answer that has waited for so long is kept waiting. */
  private static final long MOMENT_NANOS = 1_000_000L;

  /** What the executor has not begun after that time is delivered without it, if it is overdue. */
  private static final long EXECUTOR_NANOS = 10 * MOMENT_NANOS;

  /** How long a thread waits for more to do. */
  private static final long IDLE_NANOS = 10_000_000_000L;

  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private final ThreadFactory factory;
  private final Executor executor;
  private final Deadlines watch;
  private final Troubles troubles;

  private final ConcurrentLinkedQueue<Answer<?>> overdue = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Answer<?>> ready = new ConcurrentLinkedQueue<>();

  /** What the executor has been given, and has not begun. */
  private final Set<Answer<?>> given = ConcurrentHashMap.newKeySet();

  private final ConcurrentLinkedQueue<Answer<?>> givenOverdue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger undelivered = new AtomicInteger();

  private final Set<Deliverer> deliverers = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedDeque<Deliverer> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger ordinary = new AtomicInteger();
  private final AtomicBoolean reserve = new AtomicBoolean();
  private final AtomicInteger names = new AtomicInteger();
  private final AtomicBoolean executorFailed = new AtomicBoolean();
  private final BooleanSupplier look = this::look;
  private volatile boolean heldUp;
  private volatile boolean closed;
  private volatile boolean withoutExecutor;

  /**
   * @param executor delivers what this gives it, or null
   * @param watch looks whether answers are kept waiting
   */
  Deliveries(ThreadFactory factory, Executor executor, Deadlines watch, Troubles troubles) {
    this.factory = factory;
    this.executor = executor;
    this.watch = watch;
    this.troubles = troubles;
    this.withoutExecutor = executor == null;
  }

  /** Takes an answer whose outcome is decided; {@link #begin} has it delivered. */
  void add(Answer<?> answer) {
    undelivered.incrementAndGet();
    try {
      (answer.isOverdue() ? overdue : ready).add(answer);
    } catch (Throwable e) {
      undelivered.decrementAndGet();
      throw e;
    }
    if (heldUp || answer.isOverdue()) {
      answer.release();
    }
  }

  /** Sees to it that somebody delivers what was added; throws nothing. */
  void begin() {
    if (!isWaiting()) {
      return;
    }
    try {
      Deliverer free = idle.pollFirst();
      if (free != null) {
        free.wake();
      } else if (deliverers.isEmpty()) {
        startAnother();
      } else {
        watch.watch(look);
      }
    } catch (Throwable e) {
      // It is tried again, by the watch or by whoever comes next; the answers are kept.
      Quietly.warn(LOG, "predictor: answers wait, since no thread could be started", e);
    }
  }

  /** Whether there are answers that nobody delivers, since no thread could be started. */
  boolean isStuck() {
    return isWaiting() && deliverers.isEmpty();
  }

  /** How many answers are ready and kept waiting because all threads are held up. */
  int heldUp() {
    return heldUp ? undelivered.get() : 0;
  }

  private boolean isWaiting() {
    return !ready.isEmpty() || !overdue.isEmpty();
  }

  /** Starts another thread if answers are kept waiting; says whether to look again. */
  private boolean look() {
    takeBackFromTheExecutor();
    if (!isWaiting()) {
      goesOn();
      return !givenOverdue.isEmpty();
    }
    Deliverer free = idle.pollFirst();
    if (free != null) {
      free.wake();
      return true;
    }
    long now = System.nanoTime();
    int all = ordinary.get();
    boolean allHeldUp = true;
    for (Deliverer each : deliverers) {
      allHeldUp &= each.isReserve || each.isHeldUp(now);
    }
    if (all < most()) {
      if (allHeldUp || (all < PROCESSORS && hasWaited(now))) {
        startAnother();
      }
      return true;
    }
    if (!allHeldUp) {
      goesOn();
      return true;
    }
    hold(
        String.format(
            Locale.ROOT,
            "answers wait: what hangs on others holds up all %d threads that deliver them",
            all));
    if (!overdue.isEmpty() && !reserve.get()) {
      startReserve();
    }
    return true;
  }

  private int most() {
    return closed ? MOST_WHILE_CLOSING : MOST_THREADS;
  }

  private boolean hasWaited(long now) {
    Answer<?> first = overdue.peek();
    if (first == null) {
      first = ready.peek();
    }
    return first != null && now - first.readyAt() >= MOMENT_NANOS;
  }

  /** Nobody can deliver: who waits for the answers themselves must not wait for that. */
  private void hold(String reason) {
    if (!heldUp) {
      heldUp = true;
      troubles.heldUp(reason);
      releaseAll();
    }
  }

  private void releaseAll() {
    ready.forEach(Answer::release);
    overdue.forEach(Answer::release);
    given.forEach(Answer::release);
  }

  private void goesOn() {
    if (heldUp) {
      heldUp = false;
      troubles.delivering();
    }
  }

  private void startAnother() {
    if (ordinary.getAndIncrement() >= most()) {
      ordinary.decrementAndGet();
      return;
    }
    Deliverer another = new Deliverer(false);
    try {
      another.start();
    } catch (Throwable e) {
      ordinary.decrementAndGet();
      deliverers.remove(another);
      hold("answers wait: no thread could be started to deliver them: " + e);
      watchQuietly();
      return;
    }
    goesOn();
  }

  private void startReserve() {
    if (reserve.compareAndSet(false, true)) {
      Deliverer another = new Deliverer(true);
      try {
        another.start();
      } catch (Throwable e) {
        // Tried again at the next look.
        deliverers.remove(another);
        reserve.set(false);
      }
    }
  }

  private void watchQuietly() {
    try {
      watch.watch(look);
    } catch (Throwable e) {
      // No thread for this either: whoever adds the next answer tries again.
      Quietly.warn(LOG, "predictor: answers wait, since no thread could be started", e);
    }
  }

  private void giveToTheExecutor(Answer<?> answer) {
    answer.release();
    try {
      given.add(answer);
      answer.given();
    } catch (Throwable e) {
      deliverNow(answer);
      return;
    }
    try {
      if (answer.isOverdue()) {
        givenOverdue.add(answer);
      }
      executor.execute(() -> deliverGiven(answer));
    } catch (Throwable e) {
      if (executorFailed.compareAndSet(false, true)) {
        Quietly.warn(
            LOG,
            "predictor: the executor for answers refused one; those that it refuses are delivered"
                + " by the predictor's own threads",
            e);
      }
      deliverGiven(answer);
    }
    if (!givenOverdue.isEmpty()) {
      watchQuietly();
    }
  }

  private void deliverGiven(Answer<?> answer) {
    if (given.remove(answer)) {
      deliverNow(answer);
    }
  }

  /** Ends it whatever is thrown: even an error takes some heap to be set down as an outcome. */
  private void deliverNow(Answer<?> answer) {
    undelivered.decrementAndGet();
    boolean again = true;
    while (again) {
      try {
        answer.deliver();
        again = false;
      } catch (Throwable e) {
        again = !answer.isDelivered();
        Quietly.warn(LOG, "predictor: what hung on an answer failed", e);
        LockSupport.parkNanos(MOMENT_NANOS);
      }
    }
  }

  private void takeBackFromTheExecutor() {
    long now = System.nanoTime();
    for (Answer<?> next = givenOverdue.peek(); next != null; next = givenOverdue.peek()) {
      if (!given.contains(next)) {
        givenOverdue.remove();
      } else if (now - next.readyAt() >= EXECUTOR_NANOS) {
        // First added, so that it is in one of the places whatever happens.
        overdue.add(next);
        givenOverdue.remove();
      } else {
        return;
      }
    }
  }

  /**
   * Waits until everything has been delivered and nothing that hangs on it is being run, or until
   * the time is over; what the executor has not begun by then is delivered without it. The threads
   * end when nothing is left.
   *
   * @return whether everything has been delivered
   */
  boolean close(long end) throws InterruptedException {
    begin();
    boolean all = awaitDelivered(end);
    withoutExecutor = true;
    closed = true;
    if (!all) {
      releaseAll();
      overdue.addAll(given);
      // Some time more, since what was refused has only just become ready.
      begin();
      watchQuietly();
      all = awaitDelivered(System.nanoTime() + MOST_WHILE_CLOSING * 4 * MOMENT_NANOS);
    }
    deliverers.forEach(Deliverer::wake);
    for (Deliverer each : deliverers) {
      each.await(end);
    }
    return all;
  }

  private boolean awaitDelivered(long end) throws InterruptedException {
    return BoundedWait.until(() -> undelivered.get() == 0, end);
  }

  /** One thread. */
  private final class Deliverer {
    private final boolean isReserve;
    private final Thread thread;

    /** Since when it has been at what hangs on one answer; 0 if it is not. */
    private volatile long since;

    Deliverer(boolean isReserve) {
      this.isReserve = isReserve;
      this.thread = factory.newThread(this::run);
      thread.setName("rowwise-answers-" + names.incrementAndGet());
    }

    void start() {
      deliverers.add(this);
      thread.start();
    }

    void wake() {
      LockSupport.unpark(thread);
    }

    boolean isHeldUp(long now) {
      long at = since;
      return at != 0 && now - at >= MOMENT_NANOS;
    }

    void await(long end) throws InterruptedException {
      if (thread != Thread.currentThread()) {
        boolean unused = BoundedWait.until(() -> !thread.isAlive(), end);
      }
    }

    private void run() {
      try {
        boolean more = true;
        while (more) {
          try {
            more = deliverNext() || awaitMore();
          } catch (Throwable e) {
            // The answer that it was at has been delivered nevertheless.
            Quietly.warn(LOG, "predictor: the delivery of answers failed, and goes on", e);
            LockSupport.parkNanos(MOMENT_NANOS);
          }
        }
      } finally {
        idle.remove(this);
        deliverers.remove(this);
        if (isReserve) {
          reserve.set(false);
        } else {
          ordinary.decrementAndGet();
        }
        // Something may have been added while it was still to be seen here.
        if (isWaiting()) {
          begin();
        }
      }
    }

    private boolean deliverNext() {
      Answer<?> next = overdue.poll();
      if (next == null && !isReserve) {
        next = ready.poll();
      }
      if (next == null) {
        return false;
      }
      since = System.nanoTime() | 1;
      try {
        if (isWaiting()) {
          watchQuietly();
        }
      } finally {
        deliver(next);
        since = 0;
        // Whatever was interrupted in what hung on it has ended.
        boolean unused = Thread.interrupted();
      }
      return true;
    }

    private void deliver(Answer<?> answer) {
      if (answer.wasGiven()) {
        deliverGiven(answer);
      } else if (withoutExecutor) {
        deliverNow(answer);
      } else {
        giveToTheExecutor(answer);
      }
    }

    /** Waits for more; false if none came. */
    private boolean awaitMore() {
      if (isReserve) {
        return false;
      }
      long start = System.nanoTime();
      idle.addFirst(this);
      if (!isWaiting() && !closed) {
        LockSupport.parkNanos(IDLE_NANOS);
        boolean unused = Thread.interrupted();
      }
      idle.remove(this);
      return isWaiting() || (!closed && System.nanoTime() - start < IDLE_NANOS);
    }
  }
}
