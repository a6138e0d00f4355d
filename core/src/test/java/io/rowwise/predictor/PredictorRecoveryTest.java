package io.rowwise.predictor;

import static io.rowwise.predictor.TestModel.CLASSES;
import static io.rowwise.predictor.TestModel.NOON;
import static io.rowwise.predictor.TestModel.TOLERANCE;
import static io.rowwise.predictor.TestModel.ask;
import static io.rowwise.predictor.TestModel.close;
import static io.rowwise.predictor.TestModel.expected;
import static io.rowwise.predictor.TestModel.options;
import static io.rowwise.predictor.TestModel.requests;
import static io.rowwise.predictor.TestModel.x;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is thrown wherever, each future ends once and the asynchronous side lives on. */
@Timeout(60)
final class PredictorRecoveryTest {
  private static final PredictorListener NOBODY = new PredictorListener() {};

  /** Throws something in everything that it is told. */
  private static final class Throwing implements PredictorListener {
    private final AtomicInteger told = new AtomicInteger();

    private final AtomicInteger failures = new AtomicInteger();

    @Override
    public void onListenerFailure(Throwable failure) {
      failures.incrementAndGet();
    }

    private void fail() {
      told.incrementAndGet();
      throw new NoSuchMethodError("on purpose");
    }

    @Override
    public void onReady(Predictor predictor) {
      fail();
    }

    @Override
    public void onPredicted(int rows, Duration time) {
      fail();
    }

    @Override
    public void onBatch(int requests, int rows) {
      fail();
    }

    @Override
    public void onQueued(Duration waited) {
      fail();
    }

    @Override
    public void onDeadlineMissed(Duration allowed) {
      fail();
    }

    @Override
    public void onError(RuntimeException error) {
      fail();
    }
  }

  private static double[] get(CompletableFuture<double[]> answer)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.get(30, TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletableFuture<?> answer) {
    return assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS))
        .getCause();
  }

  @Test
  void aListenersErrorChangesNoAnswerAndIsCounted() throws Exception {
    Throwing listener = new Throwing();
    FaultyBackend device = new FaultyBackend();
    try (Predictor predictor = TestModel.open(device, options().queueRows(4), listener)) {
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(expected(x(2, i)), get(predictor.predictAsync(x(2, i), 2)), TOLERANCE);
        assertArrayEquals(expected(x(2, i)), predictor.predict(x(2, i), 2), TOLERANCE);
        assertThrows(QueueFullException.class, () -> predictor.predictAsync(x(5, 1), 5));
      }
      CountDownLatch hold = device.holdUp();
      CompletableFuture<double[]> late = predictor.predictAsync(x(1, 1), 1, Duration.ofMillis(1));
      assertInstanceOf(DeadlineExceededException.class, failure(late));
      hold.countDown();
      assertArrayEquals(expected(x(1, 1)), get(predictor.predictAsync(x(1, 1), 1)), TOLERANCE);
      assertEquals(Health.State.READY, predictor.health().state());
      assertEquals(listener.told.get(), predictor.listenerFailures());
      assertEquals(listener.told.get(), listener.failures.get());
      // Ready, and three times queued, batch, two times predicted and refused.
      assertTrue(predictor.listenerFailures() >= 16, () -> "" + predictor.listenerFailures());
    }
  }

  @Test
  void aFullHeapHalvesTheBatchAndSparesTheNeighbours() throws Exception {
    CountDownLatch begin = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    AsynchronousRequests requests =
        requests(
            options(),
            rows -> {
              if (calls.getAndIncrement() == 0) {
                awaitQuietly(begin);
              }
              if (rows.count() > 2) {
                throw new OutOfMemoryError("on purpose");
              }
            },
            NOBODY,
            ThreadOnDemand::daemon);
    CompletableFuture<double[]> first = ask(requests, 1, null);
    List<CompletableFuture<double[]>> fitting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      fitting.add(ask(requests, 1, null));
    }
    CompletableFuture<double[]> tooLarge = ask(requests, 3, null);
    fitting.add(ask(requests, 1, null));
    begin.countDown();
    get(first);
    for (CompletableFuture<double[]> each : fitting) {
      assertEquals(CLASSES, get(each).length);
    }
    PredictionFailedException e =
        assertInstanceOf(PredictionFailedException.class, failure(tooLarge));
    assertInstanceOf(OutOfMemoryError.class, e.getCause());
    assertEquals(
        "predict: 3 rows of 3 classes could not be computed: java.lang.OutOfMemoryError: on"
            + " purpose; ask for fewer rows at once, or allow more memory (-Xmx, and the system's"
            + " limits)",
        e.getMessage());
    close(requests);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {NoSuchMethodError.class, StackOverflowError.class, IllegalStateException.class})
  void whatASingleRequestBreaksIsItsOwn(Class<? extends Throwable> type) throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    AsynchronousRequests requests =
        requests(
            options(),
            rows -> {
              if (broken.get()) {
                fail(type);
              }
            },
            NOBODY,
            ThreadOnDemand::daemon);
    Throwable failure = failure(ask(requests, 1, null));
    boolean wrapped = !RuntimeException.class.isAssignableFrom(type);
    assertEquals(wrapped ? PredictionFailedException.class : type, failure.getClass());
    assertEquals(wrapped, requests.trouble().isPresent());
    broken.set(false);
    get(ask(requests, 1, null));
    assertTrue(requests.trouble().isEmpty(), "it has recovered");
    close(requests);
  }

  private static void fail(Class<? extends Throwable> type) {
    if (type == NoSuchMethodError.class) {
      throw new NoSuchMethodError("on purpose");
    }
    if (type == StackOverflowError.class) {
      throw new StackOverflowError("on purpose");
    }
    throw new IllegalStateException("on purpose");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Cannot start threads of one kind while it is told so. */
  private static final class Failing implements ThreadFactory {
    private final AtomicBoolean fails = new AtomicBoolean(true);
    private final String name;

    Failing(String name) {
      this.name = name;
    }

    @Override
    public Thread newThread(Runnable task) {
      Thread thread =
          new Thread(task) {
            @Override
            public synchronized void start() {
              if (fails.get() && getName().startsWith(name)) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              super.start();
            }
          };
      thread.setDaemon(true);
      return thread;
    }
  }

  @Test
  void withoutAThreadToComputeRequestsFailUntilThereIsOne() throws Exception {
    Failing threads = new Failing("rowwise-predictor");
    List<RuntimeException> errors = new ArrayList<>();
    PredictorListener listener =
        new PredictorListener() {
          @Override
          public void onError(RuntimeException error) {
            errors.add(error);
          }
        };
    AsynchronousRequests requests = requests(options(), rows -> {}, listener, threads);
    for (int i = 0; i < 3; i++) {
      Throwable failure = failure(ask(requests, 1, null));
      assertEquals(
          "predict: no thread could be started for asynchronous requests:"
              + " java.lang.OutOfMemoryError: unable to create native thread; try again later, or"
              + " allow more threads",
          assertInstanceOf(PredictionFailedException.class, failure).getMessage());
    }
    assertEquals(3, errors.size());
    assertEquals(0, requests.queuedRows());
    assertEquals(
        "asynchronous requests fail: java.lang.OutOfMemoryError: unable to create native thread",
        requests.trouble().orElseThrow().reason());
    assertEquals(NOON, requests.trouble().orElseThrow().since());
    threads.fails.set(false);
    get(ask(requests, 1, null));
    assertTrue(requests.trouble().isEmpty());
    close(requests);
  }

  @Test
  void withoutAFurtherThreadTheFirstOneComputesAll() throws Exception {
    AtomicBoolean scarce = new AtomicBoolean(true);
    AtomicInteger started = new AtomicInteger();
    ThreadFactory threads =
        task -> {
          Thread thread =
              new Thread(task) {
                @Override
                public synchronized void start() {
                  boolean computes = getName().startsWith("rowwise-predictor");
                  if (computes && started.getAndIncrement() > 0 && scarce.get()) {
                    throw new OutOfMemoryError("unable to create native thread");
                  }
                  super.start();
                }
              };
          thread.setDaemon(true);
          return thread;
        };
    Semaphore begun = new Semaphore(0);
    Semaphore end = new Semaphore(0);
    AsynchronousRequests requests =
        requests(
            options(),
            rows -> {
              begun.release();
              end.acquireUninterruptibly();
            },
            2,
            NOBODY,
            threads);
    CompletableFuture<double[]> first = ask(requests, 1, null);
    begun.acquire();
    CompletableFuture<double[]> second = ask(requests, 1, null);
    assertEquals(1, requests.queuedRows());
    end.release(2);
    get(first);
    get(second);
    assertTrue(requests.trouble().isEmpty());
    scarce.set(false);
    begun.acquire();
    CompletableFuture<double[]> third = ask(requests, 1, null);
    begun.acquire();
    CompletableFuture<double[]> fourth = ask(requests, 1, null);
    begun.acquire();
    assertEquals(0, requests.queuedRows());
    end.release(2);
    get(third);
    get(fourth);
    close(requests);
  }

  @Test
  void withoutAThreadToDeliverTheAnswerItselfIsThereAndTheRestFollows() throws Exception {
    Failing threads = new Failing("rowwise-answers");
    AsynchronousRequests requests = requests(options(), rows -> {}, NOBODY, threads);
    CompletableFuture<double[]> answer = ask(requests, 1, null);
    CompletableFuture<String> after = answer.thenApply(p -> Thread.currentThread().getName());
    assertEquals(CLASSES, get(answer).length);
    while (requests.trouble().isEmpty()) {
      Thread.onSpinWait();
    }
    assertTrue(requests.trouble().orElseThrow().reason().contains("no thread could be started"));
    assertFalse(after.isDone());
    threads.fails.set(false);
    assertTrue(after.get(30, TimeUnit.SECONDS).startsWith("rowwise-answers"));
    get(ask(requests, 1, null));
    close(requests);
  }

  @Test
  void withoutAThreadForDeadlinesARequestThatHasOneFails() throws Exception {
    Failing threads = new Failing("rowwise-deadlines");
    CountDownLatch begin = new CountDownLatch(1);
    AsynchronousRequests requests =
        requests(options(), rows -> awaitQuietly(begin), NOBODY, threads);
    Throwable failure = failure(ask(requests, 1, Duration.ofHours(1)));
    assertInstanceOf(PredictionFailedException.class, failure);
    begin.countDown();
    get(ask(requests, 1, null));
    threads.fails.set(false);
    get(ask(requests, 1, Duration.ofHours(1)));
    close(requests);
  }

  @Test
  void whoInterruptsItsThreadsStopsNothing() throws Exception {
    PredictorListener interrupting =
        new PredictorListener() {
          @Override
          public void onBatch(int requests, int rows) {
            Thread.currentThread().interrupt();
          }
        };
    Semaphore begin = new Semaphore(0);
    AsynchronousRequests requests =
        requests(
            options(),
            rows -> begin.acquireUninterruptibly(),
            interrupting,
            ThreadOnDemand::daemon);
    for (int i = 0; i < 3; i++) {
      AtomicBoolean interrupted = new AtomicBoolean();
      CompletableFuture<Void> after =
          ask(requests, 1, null)
              .thenAccept(
                  p -> {
                    interrupted.set(Thread.currentThread().isInterrupted());
                    Thread.currentThread().interrupt();
                  });
      begin.release();
      after.get(30, TimeUnit.SECONDS);
      assertFalse(interrupted.get());
    }
    close(requests);
  }

  @Test
  void anAnswerEndsOnce() {
    Answer<String> answer = new Answer<>();
    assertTrue(answer.decide("mine", null));
    assertFalse(answer.complete("yours"));
    assertFalse(answer.cancel(true));
    assertFalse(answer.completeExceptionally(new IllegalStateException()));
    assertTrue(answer.isDone());
    assertSame("mine", answer.join());
    assertSame("mine", answer.getNow("absent"));
    answer.deliver();
    assertSame("mine", answer.thenApply(each -> each).join());
    Answer<String> cancelled = new Answer<>();
    assertTrue(cancelled.cancel(false));
    assertTrue(cancelled.isCancelled());
    assertFalse(cancelled.decide("late", null));
    assertThrows(CancellationException.class, cancelled::join);
    assertThrows(TimeoutException.class, () -> new Answer<String>().get(1, TimeUnit.MILLISECONDS));
  }
}
