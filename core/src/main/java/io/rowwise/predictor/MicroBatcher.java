package io.rowwise.predictor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts requests that come at about the same time together, so that they are computed at once. Its
 * threads take turns: one waits for requests and takes a batch of them, and while it computes that,
 * the next one waits. They start with the first request and end when it is closed; should one end
 * before, the next request starts another.
 *
 * <p>Who asks takes no lock: neither those whose requests are refused hold up the others, nor a
 * virtual thread that has its turn and gets no processor.
 */
final class MicroBatcher {
  private static final Logger LOG = LoggerFactory.getLogger(MicroBatcher.class);

  /** More rows than can wait: nothing wakes a thread. */
  private static final int AWAKE = Integer.MAX_VALUE;

  /** How long a thread sleeps when there is something to be tried again. */
  private static final long AGAIN_NANOS = 10_000_000L;

  /** What is done with the requests that are taken out of the queue. */
  interface Work {
    /** Ends them all; called by each thread with others. */
    void compute(List<Request<?>> requests);

    /** Ends them all with an error; called again for the same ones if it throws. */
    void fail(List<Request<?>> requests, Throwable error);

    /** Does what could not be done the last time; whether it has to be called again. */
    boolean tryAgain();
  }

  private final Work work;
  private final int mostRows;
  private final int queueRows;
  private final long maxWait;
  private final List<Worker> workers;
  private final ConcurrentLinkedQueue<Request<?>> queue = new ConcurrentLinkedQueue<>();

  /** The places that are taken: those of the requests in the queue, or about to be. */
  private final AtomicInteger taken = new AtomicInteger();

  /** How many places have to be taken for the thread that waits to be woken. */
  private final AtomicInteger wakesAt = new AtomicInteger(AWAKE);

  /** Held by the thread that waits for requests, by none that computes. */
  private final ReentrantLock turn = new ReentrantLock();

  /** Whose turn it is, or was last. */
  private volatile Worker waiting;

  private volatile boolean closed;

  /**
   * @param count how many threads there are, at most
   */
  MicroBatcher(PredictorOptions options, int count, ThreadFactory threads, Work work) {
    this.work = work;
    this.mostRows = options.maxBatchRows();
    this.queueRows = options.queueRows();
    this.maxWait = Nanoseconds.of(options.maxWait());
    this.workers = Stream.generate(() -> new Worker(threads)).limit(count).toList();
    this.waiting = workers.get(0);
  }

  /** How many places are taken in the queue. */
  int queuedRows() {
    return taken.get();
  }

  /**
   * Refuses what {@link #submit} would, before anything is made for it: under overload most is
   * refused.
   */
  void requirePlaces(int rows) {
    if (closed) {
      throw new PredictorClosedException();
    }
    int before = taken.get();
    if (Math.max(1, rows) > queueRows - before) {
      throw full(rows, before);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck")
  private QueueFullException full(int rows, int waiting) {
    // Who tries again at once would otherwise keep those from working who make room.
    Thread.yield();
    return new QueueFullException(rows, waiting, queueRows);
  }

  /**
   * Takes a request.
   *
   * @throws QueueFullException if it has no place for it
   * @throws PredictorClosedException if it is closed
   * @throws PredictionFailedException if no thread can be started for it
   */
  void submit(Request<?> request) {
    requirePlaces(request.rows());
    int places = request.places();
    int before = taken.get();
    while (true) {
      if (places > queueRows - before) {
        throw full(request.rows(), before);
      }
      if (taken.weakCompareAndSetVolatile(before, before + places)) {
        break;
      }
      before = taken.get();
    }
    boolean added = false;
    try {
      start();
      added = queue.add(request);
    } finally {
      if (!added) {
        taken.addAndGet(-places);
      }
    }
    // Whoever closes it after that finds the request; before that, nobody may.
    if (closed && wasRefused(request)) {
      remove(request);
      throw new PredictorClosedException();
    }
    int wakes = wakesAt.get();
    if (taken.get() >= wakes && wakesAt.compareAndSet(wakes, AWAKE)) {
      waiting.thread.wake();
    }
  }

  private static boolean wasRefused(Request<?> request) {
    return request.answer().decide(null, new PredictorClosedException())
        || (request.answer().isCompletedExceptionally()
            && request.answer().exceptionNow() instanceof PredictorClosedException);
  }

  private void start() {
    for (Worker each : workers) {
      if (!each.thread.isRunning()) {
        start(each);
      }
    }
  }

  private void start(Worker worker) {
    try {
      worker.thread.start();
    } catch (Throwable e) {
      if (workers.stream().anyMatch(each -> each.thread.isRunning())) {
        // It takes longer without this one, and the next request tries again.
        LOG.debug("predictor: fewer batches at a time, since a thread could not be started", e);
        return;
      }
      PredictionFailedException failure =
          new PredictionFailedException(
              "predict: no thread could be started for asynchronous requests: "
                  + e
                  + "; try again later, or allow more threads",
              e);
      refuse(failure);
      throw failure;
    }
  }

  private boolean remove(Request<?> request) {
    boolean mine = queue.remove(request);
    if (mine) {
      taken.addAndGet(-request.places());
    }
    return mine;
  }

  private void failAll(List<Request<?>> requests, Throwable error) {
    boolean told = false;
    while (!told) {
      try {
        work.fail(requests, error);
        told = true;
      } catch (Throwable e) {
        // The heap is full, most likely: again, until there is room to say so.
        LockSupport.parkNanos(AGAIN_NANOS);
      }
    }
  }

  /** Takes no more requests; what waits is still computed. */
  void close() {
    closed = true;
    waiting.thread.wake();
  }

  /**
   * Waits until all has been computed, or until the time is over; then what waits is refused.
   *
   * @param end in the time of {@link System#nanoTime}
   * @return whether all has been computed
   */
  boolean await(long end) throws InterruptedException {
    try {
      for (Worker each : workers) {
        each.thread.await(end);
      }
    } finally {
      refuse(new PredictorClosedException());
    }
    return workers.stream().allMatch(each -> !each.thread.isRunning() || each.thread.isCurrent());
  }

  private void refuse(RuntimeException error) {
    List<Request<?>> one = new ArrayList<>(1);
    for (Request<?> next = queue.peek(); next != null; next = queue.peek()) {
      if (remove(next)) {
        one.add(next);
        failAll(one, error);
        one.clear();
      }
    }
  }

  /** One thread, and what it has taken and not yet ended. */
  private final class Worker {
    private final ThreadOnDemand thread;
    private final List<Request<?>> inHand = new ArrayList<>();

    Worker(ThreadFactory threads) {
      this.thread =
          new ThreadOnDemand(threads, "rowwise-predictor", this::run, () -> !queue.isEmpty());
    }

    private void run() {
      boolean more = true;
      while (more) {
        try {
          more = step();
        } catch (Throwable e) {
          failInHand(e);
        }
        // Whoever interrupted it, there is nothing here to be given up.
        boolean unused = Thread.interrupted();
      }
    }

    /** Whether there may be more to do. */
    private boolean step() {
      boolean more;
      turn.lock();
      try {
        waiting = this;
        more = waitAndTake();
      } finally {
        turn.unlock();
      }
      if (!inHand.isEmpty()) {
        work.compute(inHand);
        inHand.clear();
      }
      return more;
    }

    /** Whether there may be more to do. */
    private boolean waitAndTake() {
      boolean last = closed;
      if (queue.isEmpty()) {
        boolean again = work.tryAgain();
        if (last && !again) {
          return false;
        }
        wakesAt.set(1);
        if (queue.isEmpty() && closed == last) {
          if (again) {
            LockSupport.parkNanos(AGAIN_NANOS);
          } else {
            LockSupport.park();
          }
        }
        wakesAt.set(AWAKE);
        return true;
      }
      awaitMore();
      take();
      return true;
    }

    private void awaitMore() {
      Request<?> first = queue.peek();
      while (first != null && !first.answer().isDone() && !closed && taken.get() < mostRows) {
        long left = maxWait - first.waited();
        if (left <= 0) {
          return;
        }
        wakesAt.set(mostRows);
        if (taken.get() < mostRows && !closed) {
          LockSupport.parkNanos(left);
        }
        wakesAt.set(AWAKE);
        if (Thread.interrupted()) {
          return;
        }
      }
    }

    private void take() {
      long rows = 0;
      int places = 0;
      try {
        for (Request<?> next = queue.peek(); next != null; next = queue.peek()) {
          boolean wanted = next.isWanted();
          // The first one even if it is too large: it is computed in parts.
          if (wanted && rows > 0 && rows + next.places() > mostRows) {
            return;
          }
          // First in hand, so that it is in one of the places whatever happens.
          if (wanted) {
            inHand.add(next);
          }
          boolean mine = queue.remove(next);
          if (mine) {
            places += next.places();
          }
          if (wanted && mine) {
            rows += next.places();
          } else if (wanted) {
            inHand.remove(inHand.size() - 1);
          }
        }
      } finally {
        // At once, since those who wait for a place look at the number all the time.
        taken.addAndGet(-places);
      }
    }

    private void failInHand(Throwable error) {
      failAll(inHand, error);
      inHand.clear();
      Quietly.warn(LOG, "predictor: a batch failed", error);
    }
  }
}
