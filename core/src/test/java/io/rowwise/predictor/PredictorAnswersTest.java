package io.rowwise.predictor;

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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who delivers the answers, and what is so when those are held up. */
@Timeout(60)
final class PredictorAnswersTest {
  private static final PredictorListener NOBODY = new PredictorListener() {};
  private static final int MOST_THREADS = 32;

  private final CountDownLatch release = new CountDownLatch(1);

  private static Throwable failure(CompletableFuture<?> answer) {
    return assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS))
        .getCause();
  }

  private void hold() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A side whose answers can be delayed until what hangs on them is in place. */
  private static AsynchronousRequests gated(PredictorOptions options, Semaphore turns) {
    return requests(
        options, rows -> turns.acquireUninterruptibly(), NOBODY, ThreadOnDemand::daemon);
  }

  /** Holds up as many threads as there may be. */
  private List<CompletableFuture<Void>> holdUpAll(AsynchronousRequests requests, Semaphore turns)
      throws InterruptedException {
    CountDownLatch held = new CountDownLatch(MOST_THREADS);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < MOST_THREADS; i++) {
      all.add(
          ask(requests, 1, null)
              .thenAccept(
                  p -> {
                    held.countDown();
                    hold();
                  }));
      turns.release();
    }
    held.await();
    return all;
  }

  @Test
  void evenIfAllThreadsAreHeldUpAnswersAreThereAndDeadlinesHold() throws Exception {
    Semaphore turns = new Semaphore(0);
    AsynchronousRequests requests = gated(options().batches(1, Duration.ZERO), turns);
    List<CompletableFuture<Void>> held = holdUpAll(requests, turns);

    CompletableFuture<double[]> answered = ask(requests, 1, null);
    AtomicInteger hanging = new AtomicInteger();
    CompletableFuture<Void> after = answered.thenAccept(p -> hanging.incrementAndGet());
    turns.release();
    assertEquals(3, answered.get(30, TimeUnit.SECONDS).length);
    assertTrue(answered.isDone());
    while (requests.trouble().isEmpty()) {
      Thread.onSpinWait();
    }
    assertEquals(
        "answers wait: what hangs on others holds up all 32 threads that deliver them",
        requests.trouble().get().reason());
    assertEquals(0, hanging.get());

    // It is being computed, and nothing releases it.
    CompletableFuture<double[]> late = ask(requests, 1, Duration.ofMillis(20));
    CompletableFuture<String> told = late.handle((p, e) -> Thread.currentThread().getName());
    assertInstanceOf(DeadlineExceededException.class, failure(late));
    assertTrue(told.get(30, TimeUnit.SECONDS).startsWith("rowwise-answers"));

    release.countDown();
    turns.release(100);
    after.get(30, TimeUnit.SECONDS);
    for (CompletableFuture<Void> each : held) {
      each.get(30, TimeUnit.SECONDS);
    }
    ask(requests, 1, null).thenAccept(p -> {}).get(30, TimeUnit.SECONDS);
    while (requests.trouble().isPresent()) {
      Thread.onSpinWait();
    }
    close(requests);
  }

  @Test
  void whatHangsOnAnAnswerMayAskAndWait() throws Exception {
    AsynchronousRequests requests = requests(options(), rows -> {}, NOBODY, ThreadOnDemand::daemon);
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      all.add(
          ask(requests, 1, null)
              .thenApply(p -> p.length + ask(requests, 1, Duration.ofHours(1)).join().length));
    }
    for (CompletableFuture<Integer> each : all) {
      assertEquals(6, each.get(30, TimeUnit.SECONDS));
    }
    close(requests);
  }

  @Test
  void aRetryThatWaitsInWhatHangsOnAMissedDeadlineGetsItsAnswer() throws Exception {
    Semaphore turns = new Semaphore(0);
    AsynchronousRequests requests = gated(options(), turns);
    CompletableFuture<double[]> first = ask(requests, 1, null);
    List<CompletableFuture<double[]>> late = new ArrayList<>();
    List<CompletableFuture<double[]>> retried = new ArrayList<>();
    Set<String> threads = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 40; i++) {
      CompletableFuture<double[]> answer = ask(requests, 1, Duration.ofMillis(100));
      late.add(answer);
      retried.add(
          answer.exceptionally(
              e -> {
                threads.add(Thread.currentThread().getName());
                return ask(requests, 2, null).join();
              }));
    }
    // Nothing is computed before: an answer in time would leave nothing to retry.
    for (CompletableFuture<double[]> each : late) {
      assertInstanceOf(DeadlineExceededException.class, failure(each));
    }
    turns.release(100);
    for (CompletableFuture<double[]> each : retried) {
      assertEquals(6, each.get(30, TimeUnit.SECONDS).length);
    }
    first.get(30, TimeUnit.SECONDS);
    assertFalse(threads.contains("rowwise-predictor"), threads::toString);
    assertFalse(threads.contains("rowwise-deadlines"), threads::toString);
    close(requests);
  }

  @Test
  void manyAnswersTakeFewThreads() throws Exception {
    long before = ManagementFactory.getThreadMXBean().getTotalStartedThreadCount();
    FaultyBackend device = new FaultyBackend();
    PredictorOptions options =
        options().batches(1024, Duration.ofMillis(1)).queueRows(Integer.MAX_VALUE);
    try (Predictor predictor = TestModel.open(device, options, NOBODY)) {
      CountDownLatch answered = new CountDownLatch(100_000);
      double[] x = x(1, 1);
      for (int i = 0; i < 100_000; i++) {
        CompletableFuture<Void> unused =
            predictor.predictAsync(x, 1).thenAccept(p -> answered.countDown());
      }
      answered.await();
    }
    long started = ManagementFactory.getThreadMXBean().getTotalStartedThreadCount() - before;
    // Its own three kinds of threads, and whatever else the JVM started meanwhile.
    assertTrue(started < 100, () -> started + " threads were started");
  }

  @Test
  void answersAreDeliveredByTheExecutorThatIsNamed() throws Exception {
    ExecutorService mine = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
    FaultyBackend device = new FaultyBackend();
    try (Predictor predictor = TestModel.open(device, options().answers(mine), NOBODY)) {
      CountDownLatch hold = device.holdUp();
      CompletableFuture<String> answer =
          predictor.predictAsync(x(1, 1), 1).thenApply(p -> Thread.currentThread().getName());
      CompletableFuture<String> late =
          predictor
              .predictAsync(x(1, 1), 1, Duration.ofMillis(1))
              .handle((p, e) -> e.getClass().getSimpleName());
      assertEquals("DeadlineExceededException", late.get(30, TimeUnit.SECONDS));
      hold.countDown();
      assertEquals("mine", answer.get(30, TimeUnit.SECONDS));
    }
    assertFalse(mine.isShutdown(), "it is the caller's");
    mine.shutdown();
  }

  @Test
  void anExecutorThatRefusesLosesNoAnswer() throws Exception {
    Executor refusing =
        task -> {
          throw new RejectedExecutionException("on purpose");
        };
    FaultyBackend device = new FaultyBackend();
    try (Predictor predictor = TestModel.open(device, options().answers(refusing), NOBODY)) {
      for (int i = 0; i < 3; i++) {
        CountDownLatch hold = device.holdUp();
        CompletableFuture<String> answer =
            predictor.predictAsync(x(1, 1), 1).thenApply(p -> Thread.currentThread().getName());
        hold.countDown();
        assertTrue(answer.get(30, TimeUnit.SECONDS).startsWith("rowwise-answers"));
      }
    }
  }

  @Test
  void anExecutorThatIsHeldUpHoldsUpNeitherAnswersNorDeadlinesNorClosing() throws Exception {
    Queue<Runnable> forgotten = new ConcurrentLinkedQueue<>();
    FaultyBackend device = new FaultyBackend();
    Predictor predictor =
        TestModel.open(
            device, options().closeTimeout(Duration.ofMillis(50)).answers(forgotten::add), NOBODY);
    CompletableFuture<double[]> answer = predictor.predictAsync(x(1, 1), 1);
    assertArrayEquals(expected(x(1, 1)), answer.get(30, TimeUnit.SECONDS), TOLERANCE);
    CountDownLatch hold = device.holdUp();
    CompletableFuture<Integer> waiting = predictor.predictAsync(x(1, 1), 1).thenApply(p -> 1);
    CompletableFuture<double[]> late = predictor.predictAsync(x(1, 1), 1, Duration.ofMillis(1));
    CompletableFuture<Throwable> told = late.handle((p, e) -> e);
    assertInstanceOf(DeadlineExceededException.class, failure(late));
    assertInstanceOf(DeadlineExceededException.class, told.get(30, TimeUnit.SECONDS));
    hold.countDown();
    while (forgotten.size() < 3) {
      Thread.onSpinWait();
    }
    predictor.close();
    assertEquals(1, waiting.get(30, TimeUnit.SECONDS));
    forgotten.forEach(Runnable::run);
  }

  @Test
  void closingIsBoundedAndDeliversEvenIfAllThreadsAreHeldUp() throws Exception {
    Semaphore turns = new Semaphore(0);
    AsynchronousRequests requests = gated(options().batches(1, Duration.ZERO), turns);
    List<CompletableFuture<Void>> held = holdUpAll(requests, turns);
    CompletableFuture<Throwable> computed = ask(requests, 1, null).handle((p, e) -> e);
    turns.release();
    CompletableFuture<double[]> underWay = ask(requests, 1, null);
    CompletableFuture<double[]> refused = ask(requests, 1, null);
    CompletableFuture<Throwable> told = refused.handle((p, e) -> e);
    requests.close();
    long start = System.nanoTime();
    assertFalse(requests.await(start + Duration.ofMillis(50).toNanos()));
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(20).toNanos());
    assertInstanceOf(PredictorClosedException.class, failure(refused));
    assertInstanceOf(PredictorClosedException.class, told.get(30, TimeUnit.SECONDS));
    assertEquals(null, computed.get(30, TimeUnit.SECONDS));
    turns.release();
    assertEquals(3, underWay.get(30, TimeUnit.SECONDS).length);
    release.countDown();
    for (CompletableFuture<Void> each : held) {
      each.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void closingFromWhatHangsOnAnAnswerDoesNotWaitForItself() throws Exception {
    FaultyBackend device = new FaultyBackend();
    Predictor predictor = TestModel.open(device, options(), NOBODY);
    CountDownLatch hold = device.holdUp();
    CompletableFuture<Void> closed =
        predictor.predictAsync(x(1, 1), 1).thenAccept(p -> predictor.close());
    hold.countDown();
    closed.get(30, TimeUnit.SECONDS);
    assertTrue(device.closed);
    assertEquals(Health.State.CLOSED, predictor.health().state());
  }

  @Test
  void numbersOfBothTypesAndTopClassesAreAskedForTogether() throws Exception {
    FaultyBackend device = new FaultyBackend();
    try (Predictor predictor = TestModel.open(device, options(), NOBODY)) {
      double[] x = x(2, 7);
      float[] floats = {(float) x[0], (float) x[1], (float) x[2], (float) x[3]};
      double[] rounded = {floats[0], floats[1], floats[2], floats[3]};
      for (boolean mixed : new boolean[] {true, false}) {
        CountDownLatch hold = device.holdUp();
        CompletableFuture<double[]> first = predictor.predictAsync(x, 2);
        device.reached.await();
        CompletableFuture<double[]> doubles = mixed ? predictor.predictAsync(x, 2) : null;
        CompletableFuture<float[]> one = predictor.predictAsync(floats, 1);
        CompletableFuture<float[]> two = predictor.predictAsync(floats, 1, Duration.ofHours(1));
        CompletableFuture<List<ClassProbability>> top = predictor.topClassesAsync(floats, 2);
        CompletableFuture<List<ClassProbability>> topInTime =
            mixed
                ? predictor.topClassesAsync(x(1, 7), 2, Duration.ofHours(1))
                : predictor.topClassesAsync(floats, 5, Duration.ofHours(1));
        hold.countDown();
        assertArrayEquals(expected(x), first.get(30, TimeUnit.SECONDS), TOLERANCE);
        if (mixed) {
          assertArrayEquals(expected(x), doubles.get(30, TimeUnit.SECONDS), TOLERANCE);
          assertEquals(predictor.topClasses(x(1, 7), 2), topInTime.get(30, TimeUnit.SECONDS));
        } else {
          assertEquals(3, topInTime.get(30, TimeUnit.SECONDS).size());
        }
        double[] wanted = expected(rounded);
        for (int i = 0; i < wanted.length; i++) {
          assertEquals((float) wanted[i], one.get(30, TimeUnit.SECONDS)[i], 1e-7f);
          assertEquals((float) wanted[i], two.get(30, TimeUnit.SECONDS)[i], 1e-7f);
        }
        List<ClassProbability> best = top.get(30, TimeUnit.SECONDS);
        assertEquals(2, best.size());
        assertEquals(
            predictor.topClasses(rounded, 2).stream().map(ClassProbability::name).toList(),
            best.stream().map(ClassProbability::name).toList());
      }
      assertThrows(IllegalArgumentException.class, () -> predictor.topClassesAsync(x(1, 1), 0));
      assertThrows(IllegalArgumentException.class, () -> predictor.topClassesAsync(x, 1));
    }
  }

  @Test
  void noThreadIsLeftBehind() throws Exception {
    FaultyBackend device = new FaultyBackend();
    try (Predictor predictor = TestModel.open(device, options(), NOBODY)) {
      predictor.predictAsync(x(1, 1), 1, Duration.ofHours(1)).thenAccept(p -> {}).join();
    }
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().startsWith("rowwise-")));
  }
}
