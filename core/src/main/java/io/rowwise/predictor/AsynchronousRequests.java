package io.rowwise.predictor;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/**
 * The asynchronous side of a predictor: each request is put together with others, computed, and its
 * future ended exactly once, with an answer or a typed error, whatever is thrown by whom. Safe for
 * many threads.
 */
final class AsynchronousRequests {
  private final int features;
  private final int classes;
  private final Computation computation;
  private final GuardedListener listener;
  private final Troubles troubles;
  private final Deadlines deadlines;
  private final Deliveries deliveries;
  private final MicroBatcher batcher;

  /**
   * @param options of which as many rows as are computed at once fit into arrays
   * @param computation computes a batch
   * @param workers how many batches are computed at the same time, at most
   * @param threads makes threads, which are started when they are needed
   */
  AsynchronousRequests(
      PredictorOptions options,
      int features,
      int classes,
      Computation computation,
      int workers,
      GuardedListener listener,
      InstantSource clock,
      ThreadFactory threads) {
    this.features = features;
    this.classes = classes;
    this.computation = computation;
    this.listener = listener;
    this.troubles = new Troubles(clock);
    this.deadlines = new Deadlines(threads, this::miss);
    this.deliveries = new Deliveries(threads, options.answers(), deadlines, troubles);
    this.batcher = new MicroBatcher(options, workers, threads, new Computing());
  }

  /**
   * Takes a request.
   *
   * @param making makes it, if there is a place for it
   * @param within by when its future ends, or null
   * @return a future that has failed already if no thread can be started
   * @throws QueueFullException if too many are waiting
   * @throws PredictorClosedException if it is closed
   */
  <A> CompletableFuture<A> submit(int rows, Supplier<Request<A>> making, Duration within) {
    Request<A> request = null;
    Deadlines.Deadline deadline = null;
    try {
      batcher.requirePlaces(rows);
      request = making.get();
      if (within != null) {
        deadline = new Deadlines.Deadline(request.answer(), within);
        request.deadline(deadline);
      }
      batcher.submit(request);
    } catch (QueueFullException | PredictorClosedException e) {
      listener.tell(of -> of.onError(e));
      throw e;
    } catch (PredictionFailedException e) {
      troubles.failed(e.getCause());
      listener.tell(of -> of.onError(e));
      request.answer().completeExceptionally(e);
      return request.answer();
    }
    if (deadline != null) {
      watch(deadline);
    }
    return request.answer();
  }

  private void watch(Deadlines.Deadline deadline) {
    try {
      deadlines.add(deadline);
    } catch (Throwable e) {
      troubles.failed(e);
      PredictionFailedException failure =
          new PredictionFailedException(
              "predict: no thread could be started that keeps the deadline: "
                  + e
                  + "; try again later, or allow more threads",
              e);
      deadline.answer().completeExceptionally(failure);
    }
  }

  /** Called by the thread that watches. */
  private void miss(Deadlines.Deadline deadline) {
    if (deadline.miss()) {
      listener.tell(of -> of.onDeadlineMissed(deadline.allowed()));
    }
    if (deadline.isToBeDelivered()) {
      deliveries.add(deadline.answer());
      deadline.handedOver();
      deliveries.begin();
    }
  }

  /** How many rows wait for their turn. */
  int queuedRows() {
    return batcher.queuedRows();
  }

  /** How the predictor is that is as {@code otherwise} but for this side. */
  Health health(Health otherwise) {
    Optional<Troubles.Trouble> trouble = troubles.current();
    if (otherwise.state() != Health.State.READY || trouble.isEmpty()) {
      return otherwise;
    }
    return new Health(
        Health.State.DEGRADED,
        otherwise.requested(),
        otherwise.active(),
        trouble.get().since(),
        Optional.of(trouble.get().reason()),
        otherwise.devices());
  }

  /** What it suffers from at present. */
  Optional<Troubles.Trouble> trouble() {
    return troubles.current();
  }

  /** Takes no more requests; what waits is still computed. */
  void close() {
    batcher.close();
  }

  /**
   * Waits until all has been computed and delivered, or until the time is over; then what waits is
   * refused.
   *
   * @param end in the time of {@link System#nanoTime}
   * @return whether all has been computed and delivered
   */
  boolean await(long end) throws InterruptedException {
    boolean computed = false;
    try {
      computed = batcher.await(end);
    } finally {
      deliveries.begin();
    }
    boolean delivered = deliveries.close(end);
    deadlines.close();
    deadlines.await(end);
    return computed && delivered;
  }

  /** What the batcher's threads do. */
  private final class Computing implements MicroBatcher.Work {
    @Override
    public void compute(List<Request<?>> requests) {
      int rows = 0;
      for (Request<?> request : requests) {
        request.answer().computing();
        rows += request.rows();
        listener.tell(of -> of.onQueued(Duration.ofNanos(request.waited())));
      }
      int all = rows;
      listener.tell(of -> of.onBatch(requests.size(), all));
      try {
        computeOrHalve(requests);
      } finally {
        deliveries.begin();
      }
    }

    private void computeOrHalve(List<Request<?>> requests) {
      List<Request<?>> wanted = requests.stream().filter(Request::isWanted).toList();
      if (wanted.isEmpty()) {
        return;
      }
      try {
        timed(new Batch(wanted, features, classes));
      } catch (Throwable e) {
        if (wanted.size() == 1 || isEverybodys(e)) {
          fail(wanted, e);
          return;
        }
        // One request must not spoil the others', and half of them take half of the memory.
        int middle = wanted.size() / 2;
        computeOrHalve(wanted.subList(0, middle));
        computeOrHalve(wanted.subList(middle, wanted.size()));
      }
      deliver(wanted);
    }

    private boolean isEverybodys(Throwable e) {
      return e instanceof DeviceLostException
          || e instanceof OutOfDeviceMemoryException
          || e instanceof PredictorClosedException;
    }

    private void timed(Batch batch) {
      batch.compute(
          rows -> {
            long start = System.nanoTime();
            computation.compute(rows);
            Duration time = Duration.ofNanos(System.nanoTime() - start);
            listener.tell(of -> of.onPredicted(rows.device(), rows.count(), time));
          });
      troubles.answered();
    }

    private void deliver(List<Request<?>> requests) {
      for (Request<?> request : requests) {
        if (request.isToBeDelivered()) {
          deliveries.add(request.answer());
          request.handedOver();
        }
      }
    }

    @Override
    public void fail(List<Request<?>> requests, Throwable error) {
      if (!(error instanceof RuntimeException)) {
        troubles.failed(error);
      }
      RuntimeException failure = failure(requests, error);
      boolean told = error instanceof PredictorClosedException;
      for (Request<?> request : requests) {
        if (!request.answer().isDone()) {
          if (!told) {
            listener.tell(of -> of.onError(failure));
            told = true;
          }
          request.fail(failure);
        }
      }
      deliver(requests);
      deliveries.begin();
    }

    private RuntimeException failure(List<Request<?>> requests, Throwable error) {
      if (error instanceof RuntimeException already) {
        return already;
      }
      try {
        int rows = requests.stream().mapToInt(Request::rows).sum();
        return PredictionFailedException.of(rows, classes, error);
      } catch (OutOfMemoryError e) {
        return PredictionFailedException.withoutMemory();
      }
    }

    @Override
    public boolean tryAgain() {
      if (deliveries.isStuck()) {
        deliveries.begin();
      }
      return deliveries.isStuck();
    }
  }
}
