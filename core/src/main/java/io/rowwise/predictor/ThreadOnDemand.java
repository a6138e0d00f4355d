package io.rowwise.predictor;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A thread that runs while there is work: at most one at a time, started again when there is more
 * after it has ended, for whatever reason.
 */
final class ThreadOnDemand {
  private final ThreadFactory threads;
  private final String name;
  private final Runnable work;
  private final BooleanSupplier hasWork;
  private final AtomicReference<Thread> running = new AtomicReference<>();
  private volatile Thread latest;

  /**
   * @param threads makes it
   * @param work returns when there is no more
   * @param hasWork whether there is some; asked after {@code work} has returned, since more may
   *     have come just then
   */
  ThreadOnDemand(ThreadFactory threads, String name, Runnable work, BooleanSupplier hasWork) {
    this.threads = threads;
    this.name = name;
    this.work = work;
    this.hasWork = hasWork;
  }

  /** Makes threads that keep no program from ending, and nothing of whoever starts them. */
  static Thread daemon(Runnable task) {
    Thread thread = new Thread(null, task, "rowwise", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(ThreadOnDemand.class.getClassLoader());
    return thread;
  }

  /**
   * Starts it unless it runs.
   *
   * @throws Error or whatever else keeps a thread from being started
   */
  void start() {
    if (running.get() != null) {
      return;
    }
    Thread thread = threads.newThread(this::run);
    thread.setName(name);
    if (running.compareAndSet(null, thread)) {
      try {
        latest = thread;
        thread.start();
      } catch (Throwable e) {
        running.set(null);
        throw e;
      }
    }
  }

  private void run() {
    Thread self = Thread.currentThread();
    boolean again = true;
    while (again) {
      try {
        work.run();
      } finally {
        running.set(null);
      }
      again = hasWork.getAsBoolean() && running.compareAndSet(null, self);
    }
  }

  /** Makes it look for work, if it has parked itself. */
  void wake() {
    LockSupport.unpark(running.get());
  }

  boolean isRunning() {
    return running.get() != null;
  }

  boolean isCurrent() {
    return Thread.currentThread() == running.get();
  }

  /** Waits until it has ended, but no longer than that; not if it is the one that asks. */
  void await(long end) throws InterruptedException {
    Thread thread = latest;
    if (thread != null && thread != Thread.currentThread()) {
      boolean unused = BoundedWait.until(() -> !isRunning() && !thread.isAlive(), end);
    }
  }
}
