package io.rowwise.predictor;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * The future of a request. It ends in two steps: first its outcome is decided, once, by whoever
 * comes first; then it is delivered, which runs what hangs on it. So it has ended for those who
 * wait in {@link #get} or {@link #join} even if all threads that could deliver it are held up by
 * what hangs on others.
 *
 * @param <A> what the caller asked for
 */
final class Answer<A> extends CompletableFuture<A> {
  private static final class Outcome<A> {
    private final A value;
    private final Throwable error;

    Outcome(A value, Throwable error) {
      this.value = value;
      this.error = error;
    }
  }

  private final AtomicReference<Outcome<A>> outcome = new AtomicReference<>();
  private final AtomicReference<CountDownLatch> waiters = new AtomicReference<>();

  private volatile long readyAt;
  private volatile boolean computing;
  private volatile boolean overdue;
  private volatile boolean given;

  /**
   * Decides how it ends, unless that is decided; whoever is told that it did has it delivered.
   *
   * @param error null if there is a value
   */
  boolean decide(A value, Throwable error) {
    Outcome<A> decided = new Outcome<>(value, error);
    readyAt = System.nanoTime();
    return outcome.compareAndSet(null, decided);
  }

  /** When its outcome was decided, in the time of {@link System#nanoTime}. */
  long readyAt() {
    return readyAt;
  }

  /** Its turn has come. */
  void computing() {
    computing = true;
  }

  boolean isComputing() {
    return computing;
  }

  /** Its outcome is that its time was over; known before it is decided. */
  void overdue() {
    overdue = true;
  }

  boolean isOverdue() {
    return overdue;
  }

  /** An executor is to deliver it. */
  void given() {
    given = true;
  }

  boolean wasGiven() {
    return given;
  }

  /** Lets those go on who wait in {@link #get} or {@link #join}; runs nothing of theirs. */
  void release() {
    CountDownLatch waiting = waiters.get();
    if (waiting != null) {
      waiting.countDown();
    }
  }

  /** Ends it for everybody, and runs what hangs on it; once it is decided. */
  void deliver() {
    release();
    Outcome<A> decided = outcome.get();
    if (decided.error == null) {
      super.complete(decided.value);
    } else {
      super.completeExceptionally(decided.error);
    }
  }

  /** Whether it has ended for everybody. */
  boolean isDelivered() {
    return super.isDone();
  }

  private boolean end(A value, Throwable error) {
    boolean first = outcome.compareAndSet(null, new Outcome<>(value, error));
    if (first) {
      deliver();
    }
    return first;
  }

  @Override
  public boolean complete(A value) {
    return end(value, null);
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    if (error == null) {
      throw new NullPointerException("error");
    }
    return end(null, error);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    end(null, new CancellationException());
    return isCancelled();
  }

  @Override
  public CompletableFuture<A> completeAsync(Supplier<? extends A> supplier, Executor executor) {
    executor.execute(
        () -> {
          try {
            complete(supplier.get());
          } catch (Throwable e) {
            completeExceptionally(e);
          }
        });
    return this;
  }

  @Override
  public void obtrudeValue(A value) {
    outcome.set(new Outcome<>(value, null));
    release();
    super.obtrudeValue(value);
  }

  @Override
  public void obtrudeException(Throwable error) {
    outcome.set(new Outcome<>(null, error));
    release();
    super.obtrudeException(error);
  }

  @Override
  public boolean isDone() {
    return outcome.get() != null;
  }

  @Override
  public boolean isCompletedExceptionally() {
    Outcome<A> decided = outcome.get();
    return decided != null && decided.error != null;
  }

  @Override
  public boolean isCancelled() {
    Outcome<A> decided = outcome.get();
    return decided != null && decided.error instanceof CancellationException;
  }

  @Override
  public A get() throws InterruptedException, ExecutionException {
    if (!isDone()) {
      ForkJoinPool.managedBlock(new Waiting(waiters(), Nanoseconds.LONGEST));
    }
    return got();
  }

  @Override
  public A get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!isDone()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      ForkJoinPool.managedBlock(new Waiting(waiters(), unit.toNanos(timeout)));
      if (!isDone()) {
        throw new TimeoutException();
      }
    }
    return got();
  }

  @Override
  public A join() {
    boolean interrupted = false;
    while (!isDone()) {
      try {
        ForkJoinPool.managedBlock(new Waiting(waiters(), Nanoseconds.LONGEST));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return joined();
  }

  @Override
  public A getNow(A valueIfAbsent) {
    return isDone() ? joined() : valueIfAbsent;
  }

  /** As {@code Future.resultNow} of Java 19 and later. */
  public A resultNow() {
    Outcome<A> decided = outcome.get();
    if (decided == null || decided.error != null) {
      throw new IllegalStateException(
          decided == null ? "there is no answer yet" : "there is an error, not an answer");
    }
    return decided.value;
  }

  /** As {@code Future.exceptionNow} of Java 19 and later. */
  public Throwable exceptionNow() {
    Outcome<A> decided = outcome.get();
    if (decided == null || decided.error == null || isCancelled()) {
      throw new IllegalStateException(
          decided == null ? "there is no answer yet" : "it was answered, or cancelled");
    }
    return causeOf(decided.error);
  }

  private CountDownLatch waiters() {
    CountDownLatch mine = new CountDownLatch(1);
    CountDownLatch others = waiters.compareAndExchange(null, mine);
    CountDownLatch all = others == null ? mine : others;
    // Decided before the latch could be seen.
    if (isDone()) {
      all.countDown();
    }
    return all;
  }

  private A got() throws ExecutionException {
    Outcome<A> decided = outcome.get();
    if (decided.error instanceof CancellationException cancelled) {
      throw cancelled;
    }
    if (decided.error != null) {
      throw new ExecutionException(causeOf(decided.error));
    }
    return decided.value;
  }

  private A joined() {
    Outcome<A> decided = outcome.get();
    if (decided.error instanceof CancellationException cancelled) {
      throw cancelled;
    }
    if (decided.error instanceof CompletionException already) {
      throw already;
    }
    if (decided.error != null) {
      throw new CompletionException(decided.error);
    }
    return decided.value;
  }

  private static Throwable causeOf(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  /** A wait that a fork-join pool makes up for, as for any other future. */
  private static final class Waiting implements ForkJoinPool.ManagedBlocker {
    private final CountDownLatch until;
    private final long start = System.nanoTime();
    private final long most;

    Waiting(CountDownLatch until, long most) {
      this.until = until;
      this.most = most;
    }

    private long left() {
      return most - (System.nanoTime() - start);
    }

    @Override
    public boolean block() throws InterruptedException {
      return until.await(left(), TimeUnit.NANOSECONDS) || left() <= 0;
    }

    @Override
    public boolean isReleasable() {
      return until.getCount() == 0 || left() <= 0;
    }
  }
}
