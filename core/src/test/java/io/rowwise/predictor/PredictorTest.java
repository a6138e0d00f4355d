package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a service relies on: right answers from many threads, and a clear end of everything. */
final class PredictorTest {
  private static final int FEATURES = TestModel.FEATURES;
  private static final int CLASSES = TestModel.CLASSES;
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  /** Rows of the same probabilities, in the arithmetic of the tests' predictors. */
  private static final double TOLERANCE = 1e-12;

  private final FaultyBackend device = new FaultyBackend();
  private final FaultyBackend cpu = new FaultyBackend();
  private final Events events = new Events();
  private final PredictorOptions options = TestModel.options();

  /** Counts what a listener is told. */
  private static final class Events implements PredictorListener {
    private final AtomicInteger rows = new AtomicInteger();
    private final AtomicInteger batches = new AtomicInteger();
    private final AtomicInteger batched = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> fallbacks = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<RuntimeException> errors = new ConcurrentLinkedQueue<>();

    @Override
    public void onPredicted(int count, Duration time) {
      rows.addAndGet(count);
    }

    @Override
    public void onBatch(int requests, int count) {
      batches.incrementAndGet();
      batched.addAndGet(requests);
    }

    @Override
    public void onFallback(String reason) {
      fallbacks.add(reason);
    }

    @Override
    public void onError(RuntimeException error) {
      errors.add(error);
    }
  }

  private BackendChoice open(String requested, boolean fallback) {
    assertEquals(requested.equals("fake"), fallback);
    return requested.equals("cpu") ? cpu.choice(requested) : device.choice(requested);
  }

  private Predictor open(PredictorOptions with) {
    return new Predictor(TestModel.model(), with, events, this::open, () -> NOON);
  }

  private static Throwable failure(CompletableFuture<double[]> answer) {
    return assertThrows(ExecutionException.class, answer::get).getCause();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 100})
  void predictsAnyNumberOfRows(int rows) {
    double[] x = TestModel.x(rows, rows);
    float[] floats = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      floats[i] = (float) x[i];
    }
    try (Predictor predictor = open(options)) {
      assertArrayEquals(TestModel.expected(x), predictor.predict(x, rows), TOLERANCE);
      float[] actual = predictor.predict(floats, rows);
      double[] wanted = TestModel.expected(x);
      for (int i = 0; i < wanted.length; i++) {
        // The input's rounding to float, and the output's.
        assertEquals(wanted[i], actual[i], 1e-6);
      }
    }
    assertTrue(device.closed);
    assertEquals(0, device.openMatrices());
  }

  @Test
  void isMadeOfAClassifierThatMayBeClosed() {
    double[] x = TestModel.x(5, 1);
    double[] wanted;
    Predictor predictor;
    try (Backend backend = new ReferenceBackend()) {
      try (SoftmaxClassifier classifier =
              new SoftmaxClassifier(backend, ElementType.FLOAT64, FEATURES, CLASSES, 42);
          var samples = backend.matrix(5, FEATURES, x);
          var p = classifier.predict(samples)) {
        wanted = p.toDoubles();
        predictor =
            new Predictor(SoftmaxModel.of(classifier), options, events, this::open, () -> NOON);
      }
    }
    assertArrayEquals(wanted, predictor.predict(x, 5), TOLERANCE);
    predictor.close();
  }

  @Test
  void namesTheMostProbableClasses() {
    double[] x = TestModel.x(1, 3);
    double[] p = TestModel.expected(x);
    try (Predictor predictor = open(options.classNames(List.of("red", "green", "blue")))) {
      List<ClassProbability> all = predictor.topClasses(x, 9);
      assertEquals(3, all.size());
      double[] sorted = p.clone();
      Arrays.sort(sorted);
      for (int i = 0; i < 3; i++) {
        ClassProbability each = all.get(i);
        assertEquals(sorted[2 - i], each.probability(), TOLERANCE);
        assertEquals(p[each.index()], each.probability(), TOLERANCE);
        assertEquals(predictor.classNames().get(each.index()), each.name());
      }
      assertEquals(all.subList(0, 2), predictor.topClasses(x, 2));
    }
    FaultyBackend another = new FaultyBackend();
    try (Predictor unnamed =
        new Predictor(
            TestModel.model(),
            options,
            events,
            (name, fallback) -> another.choice(name),
            () -> NOON)) {
      assertEquals(List.of("0", "1", "2"), unnamed.classNames());
    }
  }

  @Test
  void callsTheClassesAsTheModelDoesUnlessItIsTold() {
    double[] x = TestModel.x(1, 3);
    SoftmaxModel unnamed = TestModel.model();
    SoftmaxModel named =
        SoftmaxModel.of(
            ElementType.FLOAT64,
            FEATURES,
            CLASSES,
            unnamed.weights(),
            unnamed.bias(),
            ModelCard.empty().classNames(List.of("cat", "dog", "owl")));
    try (Predictor predictor = new Predictor(named, options, events, this::open, () -> NOON)) {
      assertEquals(List.of("cat", "dog", "owl"), predictor.classNames());
      for (ClassProbability each : predictor.topClasses(x, 3)) {
        assertEquals(named.card().classNames().get(each.index()), each.name());
      }
    }
    FaultyBackend another = new FaultyBackend();
    try (Predictor predictor =
        new Predictor(
            named,
            options.classNames(List.of("red", "green", "blue")),
            events,
            (name, fallback) -> another.choice(name),
            () -> NOON)) {
      assertEquals(List.of("red", "green", "blue"), predictor.classNames());
    }
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Predictor.of(named, options.classNames(List.of("red"))))
            .getMessage();
    assertEquals("predictor: there are 1 class names, the classifier has 3 classes", message);
  }

  @Test
  void manyThreadsGetTheirOwnAnswers() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Predictor predictor = open(options)) {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int task = 0; task < 200; task++) {
        int rows = 1 + task % 20;
        double[] x = TestModel.x(rows, task);
        boolean later = task % 2 == 0;
        tasks.add(
            () -> {
              double[] actual =
                  later ? predictor.predictAsync(x, rows).get() : predictor.predict(x, rows);
              assertArrayEquals(TestModel.expected(x), actual, TOLERANCE);
              return null;
            });
      }
      for (Future<Void> each : threads.invokeAll(tasks)) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(0, device.openMatrices());
  }

  @Test
  void requestsThatWaitAreComputedTogether() throws InterruptedException, ExecutionException {
    try (Predictor predictor = open(options)) {
      CountDownLatch hold = device.holdUp();
      CompletableFuture<double[]> first = predictor.predictAsync(TestModel.x(1, 0), 1);
      device.reached.await();
      List<CompletableFuture<double[]>> others = new ArrayList<>();
      for (int i = 1; i <= 6; i++) {
        others.add(predictor.predictAsync(TestModel.x(2, i), 2));
      }
      hold.countDown();
      assertArrayEquals(TestModel.expected(TestModel.x(1, 0)), first.get(), TOLERANCE);
      for (int i = 1; i <= 6; i++) {
        assertArrayEquals(
            TestModel.expected(TestModel.x(2, i)), others.get(i - 1).get(), TOLERANCE);
      }
      // The first, four times two rows, and the rest.
      assertEquals(3, events.batches.get());
      assertEquals(7, events.batched.get());
    }
  }

  @Test
  void aFullQueueRefuses() throws InterruptedException, ExecutionException {
    try (Predictor predictor = open(options.queueRows(4))) {
      CountDownLatch hold = device.holdUp();
      CompletableFuture<double[]> first = predictor.predictAsync(TestModel.x(4, 0), 4);
      device.reached.await();
      CompletableFuture<double[]> second = predictor.predictAsync(TestModel.x(3, 1), 3);
      QueueFullException e =
          assertThrows(
              QueueFullException.class, () -> predictor.predictAsync(TestModel.x(2, 2), 2));
      assertEquals(
          "predict: 2 rows were asked for, 3 are waiting and at most 4 may; try again later, or ask"
              + " for fewer",
          e.getMessage());
      CompletableFuture<double[]> third = predictor.predictAsync(TestModel.x(1, 3), 1);
      hold.countDown();
      assertArrayEquals(TestModel.expected(TestModel.x(4, 0)), first.get(), TOLERANCE);
      assertArrayEquals(TestModel.expected(TestModel.x(3, 1)), second.get(), TOLERANCE);
      assertArrayEquals(TestModel.expected(TestModel.x(1, 3)), third.get(), TOLERANCE);
      assertEquals(List.of(e), List.copyOf(events.errors));
    }
  }

  @Test
  void whatIsTooLateOrCancelledIsNotComputed() throws InterruptedException, ExecutionException {
    try (Predictor predictor = open(options)) {
      CountDownLatch hold = device.holdUp();
      CompletableFuture<double[]> first = predictor.predictAsync(TestModel.x(1, 0), 1);
      device.reached.await();
      int before = events.rows.get();
      CompletableFuture<double[]> late =
          predictor.predictAsync(TestModel.x(1, 1), 1, Duration.ZERO);
      CompletableFuture<double[]> cancelled = predictor.predictAsync(TestModel.x(1, 2), 1);
      CompletableFuture<double[]> inTime =
          predictor.predictAsync(TestModel.x(1, 3), 1, Duration.ofHours(1));
      assertTrue(cancelled.cancel(false));
      hold.countDown();
      first.get();
      assertEquals(
          "predict: the answer was wanted within PT0S, and others came first",
          assertInstanceOf(DeadlineExceededException.class, failure(late)).getMessage());
      assertArrayEquals(TestModel.expected(TestModel.x(1, 3)), inTime.get(), TOLERANCE);
      assertEquals(before + 2, events.rows.get());
    }
  }

  @Test
  void closingFinishesWhatIsUnderWay() throws InterruptedException, ExecutionException {
    Predictor predictor = open(options);
    CountDownLatch hold = device.holdUp();
    CompletableFuture<double[]> underWay = predictor.predictAsync(TestModel.x(1, 0), 1);
    device.reached.await();
    CompletableFuture<double[]> waiting = predictor.predictAsync(TestModel.x(2, 1), 2);
    CompletableFuture<Void> closing = CompletableFuture.runAsync(predictor::close);
    while (predictor.health().state() != Health.State.CLOSED) {
      Thread.onSpinWait();
    }
    assertFalse(closing.isDone());
    hold.countDown();
    closing.get();
    assertArrayEquals(TestModel.expected(TestModel.x(1, 0)), underWay.get(), TOLERANCE);
    assertArrayEquals(TestModel.expected(TestModel.x(2, 1)), waiting.get(), TOLERANCE);
    assertThrows(PredictorClosedException.class, () -> predictor.predict(TestModel.x(1, 2)));
    assertThrows(
        PredictorClosedException.class, () -> predictor.predictAsync(TestModel.x(1, 2), 1));
    assertTrue(device.closed);
    assertEquals(0, device.openMatrices());
    predictor.close();
  }

  @Test
  void closingTakesNoLongerThanItMay() throws InterruptedException, ExecutionException {
    Predictor predictor = open(options.closeTimeout(Duration.ofMillis(20)));
    CountDownLatch hold = device.holdUp();
    CompletableFuture<double[]> underWay = predictor.predictAsync(TestModel.x(1, 0), 1);
    device.reached.await();
    CompletableFuture<double[]> waiting = predictor.predictAsync(TestModel.x(2, 1), 2);
    predictor.close();
    assertInstanceOf(PredictorClosedException.class, failure(waiting));
    assertFalse(device.closed, "it is in use");
    hold.countDown();
    assertArrayEquals(TestModel.expected(TestModel.x(1, 0)), underWay.get(), TOLERANCE);
    while (!device.closed) {
      Thread.onSpinWait();
    }
    assertEquals(0, device.openMatrices());
  }

  @Test
  void whoCallsWhileItIsClosedGetsAnAnswerOrTheTypedError()
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 50; round++) {
        FaultyBackend of = new FaultyBackend();
        Predictor predictor =
            new Predictor(
                TestModel.model(),
                options,
                events,
                (name, fallback) -> of.choice(name),
                () -> NOON);
        CountDownLatch started = new CountDownLatch(8);
        List<Future<Integer>> answers = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
          double[] x = TestModel.x(3, thread);
          boolean later = thread % 2 == 0;
          answers.add(
              threads.submit(
                  () -> {
                    int answered = 0;
                    started.countDown();
                    while (true) {
                      try {
                        double[] p =
                            later ? predictor.predictAsync(x, 3).get() : predictor.predict(x, 3);
                        assertArrayEquals(TestModel.expected(x), p, TOLERANCE);
                        answered++;
                      } catch (PredictorClosedException e) {
                        return answered;
                      }
                    }
                  }));
        }
        started.await();
        predictor.close();
        for (Future<Integer> each : answers) {
          each.get();
        }
        assertTrue(of.closed);
        assertEquals(0, of.openMatrices());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aBatchThatIsTooLargeForTheDeviceIsHalved() {
    device.mostRows = 4;
    double[] x = TestModel.x(30, 1);
    try (Predictor predictor = open(options)) {
      assertArrayEquals(TestModel.expected(x), predictor.predict(x, 30), TOLERANCE);
      assertTrue(events.fallbacks.isEmpty());
    }
    assertEquals(0, device.openMatrices());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void withoutMemoryTheCpuAnswersIfItMay(boolean allowed) {
    double[] x = TestModel.x(3, 1);
    OnFailure policy = allowed ? OnFailure.USE_CPU : OnFailure.FAIL;
    try (Predictor predictor = open(options.batches(1, Duration.ZERO).onOutOfMemory(policy))) {
      // The workspace of the warm-up is in another thread's hands.
      CountDownLatch hold = device.holdUp();
      CompletableFuture<double[]> other = predictor.predictAsync(TestModel.x(1, 2), 1);
      try {
        device.reached.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      device.mostRows = 0;
      if (allowed) {
        assertArrayEquals(TestModel.expected(x), predictor.predict(x, 3), TOLERANCE);
        assertEquals(List.of("out of memory"), List.copyOf(events.fallbacks));
      } else {
        assertThrows(OutOfDeviceMemoryException.class, () -> predictor.predict(x, 3));
      }
      hold.countDown();
      assertArrayEquals(TestModel.expected(TestModel.x(1, 2)), other.join(), TOLERANCE);
      assertEquals(Health.State.READY, predictor.health().state());
      assertEquals(Optional.empty(), predictor.health().reason());
    }
    assertEquals(0, device.openMatrices());
    assertEquals(0, cpu.openMatrices());
    assertEquals(allowed, cpu.closed);
  }

  @Test
  void aLostDeviceIsReplacedByTheCpuOnce() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Predictor predictor = open(options)) {
      assertEquals(
          new Health(
              Health.State.READY,
              "fake",
              "reference",
              NOON,
              Optional.empty(),
              List.of(new DeviceHealth("reference", true, NOON, Optional.empty()))),
          predictor.health());
      device.lost = true;
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int task = 0; task < 50; task++) {
        double[] x = TestModel.x(3, task);
        tasks.add(
            () -> {
              assertArrayEquals(TestModel.expected(x), predictor.predict(x, 3), TOLERANCE);
              return null;
            });
      }
      for (Future<Void> each : threads.invokeAll(tasks)) {
        each.get();
      }
      assertEquals(List.of("device lost"), List.copyOf(events.fallbacks));
      assertEquals(Health.State.READY, predictor.health().state());
      assertTrue(predictor.health().reason().orElseThrow().startsWith("fake:0 is lost: it broke"));
      assertTrue(device.closed);
      assertEquals(0, device.openMatrices());
      assertFalse(cpu.closed);
    } finally {
      threads.shutdownNow();
    }
    assertTrue(cpu.closed);
    assertEquals(0, cpu.openMatrices());
  }

  @Test
  void aLostDeviceFailsEveryCallIfThatIsWanted() {
    try (Predictor predictor = open(options.onDeviceLost(OnFailure.FAIL))) {
      device.lost = true;
      for (int i = 0; i < 3; i++) {
        assertThrows(DeviceLostException.class, () -> predictor.predict(TestModel.x(1, 1)));
        assertInstanceOf(
            DeviceLostException.class, failure(predictor.predictAsync(TestModel.x(1, 1), 1)));
      }
      assertEquals(Health.State.LOST, predictor.health().state());
      assertTrue(predictor.health().reason().orElseThrow().startsWith("fake:0 is lost: it broke"));
    }
    assertEquals(Optional.of(0), Optional.of(device.openMatrices()));
  }

  @Test
  void aListenerThatFailsDisturbsNobody() {
    PredictorListener failing =
        new PredictorListener() {
          @Override
          public void onPredicted(int rows, Duration time) {
            throw new IllegalStateException("on purpose");
          }
        };
    try (Predictor predictor =
        new Predictor(TestModel.model(), options, failing, this::open, () -> NOON)) {
      assertArrayEquals(
          TestModel.expected(TestModel.x(1, 1)), predictor.predict(TestModel.x(1, 1)), TOLERANCE);
    }
  }

  @Test
  void saysWhatIsWrongWithTheInput() {
    try (Predictor predictor = open(options)) {
      assertEquals(
          "predict: x has 7 numbers, wanted 2 rows of 4 features",
          assertThrows(IllegalArgumentException.class, () -> predictor.predict(new double[7], 2))
              .getMessage());
      assertThrows(IllegalArgumentException.class, () -> predictor.predict(new float[4], -1));
      assertThrows(IllegalArgumentException.class, () -> predictor.predictAsync(new double[5], 1));
      assertThrows(
          IllegalArgumentException.class,
          () -> predictor.predictAsync(new double[4], 1, Duration.ofNanos(-1)));
      assertThrows(IllegalArgumentException.class, () -> predictor.topClasses(new double[4], 0));
    }
    assertEquals(
        "predictor: there are 2 class names, the classifier has 3 classes",
        assertThrows(
                IllegalArgumentException.class,
                () -> open(options.classNames(List.of("red", "green"))))
            .getMessage());
  }

  @Test
  void leavesNoThreadBehind() throws InterruptedException, ExecutionException {
    try (Predictor predictor = open(options)) {
      predictor.predict(TestModel.x(1, 1));
      assertFalse(isRunning(), "without asynchronous requests there is no thread");
      predictor.predictAsync(TestModel.x(1, 1), 1).get();
      assertTrue(isRunning());
    }
    assertFalse(isRunning());
  }

  private static boolean isRunning() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("rowwise-predictor"));
  }
}
