package io.rowwise.predictor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Puts requests that come at about the same time together, so that they are computed at once. One
 * thread, which starts with the first request and ends when it is closed.
 */
final class MicroBatcher {
  /** A request that waits. */
  static final class Request {
    final double[] x;
    final int rows;
    final CompletableFuture<double[]> answer = new CompletableFuture<>();
    private final Duration allowed;
    private final long asked;

    /**
     * @param allowed until when it must have its turn, or null
     */
    Request(double[] x, int rows, Duration allowed) {
      this.x = x;
      this.rows = rows;
      this.allowed = allowed;
      this.asked = System.nanoTime();
    }

    Duration waited() {
      return Duration.ofNanos(System.nanoTime() - asked);
    }

    /** Whether it is still worth computing; ends it if its time is over. */
    private boolean isWanted() {
      if (allowed != null && waited().compareTo(allowed) > 0) {
        answer.completeExceptionally(new DeadlineExceededException(allowed));
      }
      return !answer.isDone();
    }
  }

  private final PredictorOptions options;
  private final Consumer<List<Request>> compute;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Request> queue = new ArrayDeque<>();
  private int queuedRows;
  private boolean closed;
  private Thread thread;

  /**
   * @param compute completes the answers of its requests; called by one thread
   */
  MicroBatcher(PredictorOptions options, Consumer<List<Request>> compute) {
    this.options = options;
    this.compute = compute;
  }

  /**
   * Takes a request.
   *
   * @throws QueueFullException if it has no place for it
   * @throws PredictorClosedException if it is closed
   */
  void submit(Request request) {
    lock.lock();
    try {
      if (closed) {
        throw new PredictorClosedException();
      }
      if (request.rows > options.queueRows() - queuedRows) {
        throw new QueueFullException(request.rows, queuedRows, options.queueRows());
      }
      if (thread == null) {
        thread = new Thread(this::run, "rowwise-predictor");
        thread.setDaemon(true);
        thread.start();
      }
      queue.add(request);
      queuedRows += request.rows;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    for (List<Request> batch = next(); batch != null; batch = next()) {
      List<Request> wanted = batch.stream().filter(Request::isWanted).toList();
      if (!wanted.isEmpty()) {
        compute.accept(wanted);
      }
    }
  }

  /** Waits for requests; null if there are none and none will come. */
  private List<Request> next() {
    lock.lock();
    try {
      while (queue.isEmpty()) {
        if (closed) {
          return null;
        }
        changed.awaitUninterruptibly();
      }
      awaitMore();
      List<Request> batch = new ArrayList<>();
      int rows = 0;
      // The first one even if it is too large: it is computed in parts.
      while (!queue.isEmpty()
          && (batch.isEmpty() || rows + queue.peek().rows <= options.maxBatchRows())) {
        Request request = queue.remove();
        rows += request.rows;
        batch.add(request);
      }
      queuedRows -= rows;
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void awaitMore() {
    long left = options.maxWait().minus(queue.element().waited()).toNanos();
    while (left > 0 && !closed && queuedRows < options.maxBatchRows()) {
      try {
        left = changed.awaitNanos(left);
      } catch (InterruptedException e) {
        // Nobody has this thread to interrupt it; what waits is computed.
        return;
      }
    }
  }

  /** Takes no more requests; what waits is still computed. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until all has been computed, or until the time is over; then what waits is refused.
   *
   * @return whether all has been computed
   */
  boolean await(long nanos) throws InterruptedException {
    Thread working;
    lock.lock();
    try {
      working = thread;
    } finally {
      lock.unlock();
    }
    if (working == null || working == Thread.currentThread()) {
      refuse();
      return true;
    }
    try {
      // A join of 0 milliseconds would be for ever.
      working.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
    } finally {
      refuse();
    }
    return !working.isAlive();
  }

  private void refuse() {
    List<Request> refused;
    lock.lock();
    try {
      refused = List.copyOf(queue);
      queue.clear();
      queuedRows = 0;
    } finally {
      lock.unlock();
    }
    refused.forEach(each -> each.answer.completeExceptionally(new PredictorClosedException()));
  }
}
