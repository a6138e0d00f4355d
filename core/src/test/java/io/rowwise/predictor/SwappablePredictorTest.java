package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.SwappablePredictor.Shape;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A model is replaced under load: nobody is refused, nothing is mixed, nothing is left. */
final class SwappablePredictorTest {
  private final List<FaultyBackend> backends = new ArrayList<>();
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final PredictorListener metrics = new PredictorMetrics(meters);
  private PredictorOptions options =
      PredictorOptions.defaults()
          .backend("fake")
          .batches(8, Duration.ZERO)
          .closeTimeout(Duration.ofMinutes(1));
  private SwappablePredictor holder;

  @AfterEach
  void close() {
    if (holder != null) {
      holder.close();
    }
    for (FaultyBackend each : backends) {
      assertTrue(each.closed);
      assertEquals(0, each.openMatrices());
    }
  }

  /** Answers any row with a probability of its number / 100 for its own class. */
  private static SoftmaxModel model(int number, int features, int classes) {
    double[] bias = new double[classes];
    double p = number / 100.0;
    bias[0] = Math.log(p / (1 - p) * (classes - 1));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < classes; i++) {
      names.add(number + "/" + i);
    }
    return SoftmaxModel.of(
        ElementType.FLOAT64,
        features,
        classes,
        new double[features * classes],
        bias,
        ModelCard.empty().classNames(names));
  }

  private static SoftmaxModel model(int number) {
    return model(number, 2, 3);
  }

  private Predictor predictor(SoftmaxModel model) {
    FaultyBackend backend = new FaultyBackend();
    backends.add(backend);
    return new Predictor(
        model,
        options,
        metrics,
        (requested, fallback) -> backend.choice(requested),
        InstantSource.system());
  }

  private SwappablePredictor open(int number) {
    holder = new SwappablePredictor(model(number), this::predictor);
    return holder;
  }

  /** Which model an answer is of; fails if it is of more than one. */
  private static int number(double[] p) {
    int number = (int) Math.round(p[0] * 100);
    for (int row = 0; row < p.length / 3; row++) {
      assertEquals(number / 100.0, p[row * 3], 1e-9);
    }
    return number;
  }

  private long gauge() {
    double value = meters.get("rowwise.predictor.device.memory").gauge().value();
    assertFalse(Double.isNaN(value));
    return Math.round(value);
  }

  @Test
  void answersAreOfTheModelThatIsThere() throws ExecutionException, InterruptedException {
    open(10);
    for (int number = 10; number < 15; number++) {
      if (number > 10) {
        holder.swap(model(number));
      }
      assertEquals(number, number(holder.predict(new double[2])));
      assertEquals(number, number(holder.predict(new double[8], 4)));
      assertEquals(number, Math.round(holder.predict(new float[2])[0] * 100));
      assertEquals(number, Math.round(holder.predict(new float[4], 2)[0] * 100));
      assertEquals(number, number(holder.predictAsync(new double[4], 2).get()));
      assertEquals(
          number, number(holder.predictAsync(new double[4], 2, Duration.ofHours(1)).get()));
      assertEquals(number + "/1", holder.topClasses(new double[2], 1).get(0).name());
      assertEquals(number + "/1", holder.topClasses(new float[2], 1).get(0).name());
      assertEquals(List.of(number + "/1"), holder.predictClassNames(new double[2], 1));
      assertEquals(List.of(number + "/1"), holder.predictClassNames(new float[2], 1));
      assertArrayEquals(new int[] {1, 1}, holder.predictLabels(new double[4], 2));
      assertArrayEquals(new int[] {1, 1}, holder.predictLabels(new float[4], 2));
      assertEquals(number + "/0", holder.classNames().get(0));
      assertEquals(2, holder.features());
      assertEquals(Health.State.READY, holder.health().state());
      for (int old = 0; old < number - 10; old++) {
        assertTrue(backends.get(old).closed, "when nobody asks it, it is freed at once");
      }
    }
  }

  @Test
  void nobodyIsRefusedAndNothingIsMixedUnderLoad() throws InterruptedException, ExecutionException {
    open(1);
    int clients = 6;
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger newest = new AtomicInteger(1);
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<Integer>> running = new ArrayList<>();
      for (int client = 0; client < clients; client++) {
        int kind = client % 3;
        running.add(
            threads.submit(
                () -> {
                  int answers = 0;
                  int last = 1;
                  while (!over.get()) {
                    int asked = newest.get();
                    int number;
                    if (kind == 0) {
                      number = number(holder.predict(new double[6], 3));
                    } else if (kind == 1) {
                      number = number(holder.predictAsync(new double[6], 3).get());
                    } else {
                      ClassProbability top =
                          holder.topClasses(new double[2], 3).stream()
                              .filter(each -> each.index() == 0)
                              .findFirst()
                              .orElseThrow();
                      number = (int) Math.round(top.probability() * 100);
                      assertEquals(number + "/0", top.name());
                    }
                    assertTrue(number >= asked, "the model was there before");
                    assertTrue(number >= last);
                    last = number;
                    answers++;
                  }
                  return answers;
                }));
      }
      for (int number = 2; number < 33; number++) {
        holder.swap(model(number), Canary.mostProbable(new double[2], number + "/1"));
        newest.set(number);
      }
      over.set(true);
      for (Future<Integer> each : running) {
        assertTrue(each.get() > 0);
      }
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
    assertEquals(List.of(), List.copyOf(meters.find("rowwise.predictor.errors").counters()));
    for (FaultyBackend each : backends.subList(0, backends.size() - 1)) {
      assertTrue(each.closed);
    }
  }

  @Test
  void theOldOneIsFreedWhenItsLastRequestHasEnded()
      throws InterruptedException, ExecutionException {
    options = options.closeTimeout(Duration.ofMillis(20));
    open(10);
    FaultyBackend old = backends.get(0);
    var hold = old.holdUp();
    CompletableFuture<double[]> underWay = holder.predictAsync(new double[2], 1);
    old.reached.await();
    CompletableFuture<double[]> waiting = holder.predictAsync(new double[4], 2);
    CompletableFuture<double[]> sync =
        CompletableFuture.supplyAsync(
            () -> holder.ask(of -> of.predict(new double[2])), task -> new Thread(task).start());
    holder.swap(model(20));
    assertEquals(20, number(holder.predict(new double[2])));
    assertFalse(old.closed);
    long both = gauge();
    assertEquals(both, holder.deviceMemory());
    hold.countDown();
    assertEquals(10, number(underWay.get()));
    assertEquals(10, number(waiting.get()));
    number(sync.get());
    while (!old.closed) {
      Thread.onSpinWait();
    }
    assertEquals(0, old.openMatrices());
    assertEquals(20, number(holder.predict(new double[2])));
  }

  @Test
  void aCancelledRequestHoldsNothingUp() throws InterruptedException {
    open(10);
    FaultyBackend old = backends.get(0);
    var hold = old.holdUp();
    CompletableFuture<double[]> underWay = holder.predictAsync(new double[2], 1);
    old.reached.await();
    CompletableFuture<double[]> cancelled = holder.predictAsync(new double[2], 1);
    assertTrue(cancelled.cancel(false));
    hold.countDown();
    assertEquals(10, number(underWay.join()));
    holder.swap(model(20));
    assertTrue(old.closed);
    assertTrue(cancelled.isCancelled());
  }

  @Test
  void whatHangsOnAnAnswerMaySwap() {
    open(10);
    holder.predictAsync(new double[2], 1).thenAccept(p -> holder.swap(model(20))).join();
    assertEquals(20, number(holder.predict(new double[2])));
    assertTrue(backends.get(0).closed);
  }

  @Test
  void errorsComeThroughAsThePredictorsOwn() {
    open(10);
    assertThrows(IllegalArgumentException.class, () -> holder.predict(new double[3]));
    assertThrows(IllegalArgumentException.class, () -> holder.predictAsync(new double[3], 1));
    backends.get(0).failingCall = backends.get(0).calls.get() + 1;
    AtomicInteger told = new AtomicInteger();
    CompletableFuture<double[]> failed = holder.predictAsync(new double[2], 1);
    failed
        .handle(
            (value, failure) -> {
              // Not wrapped, as a predictor's is not.
              assertInstanceOf(IllegalStateException.class, failure);
              return told.incrementAndGet();
            })
        .join();
    assertEquals(1, told.get());
    holder.swap(model(20));
    assertTrue(backends.get(0).closed, "what failed has ended too");
  }

  @Test
  void aCanaryThatFailsLeavesTheOldModel() {
    open(10);
    double[] row = new double[2];
    double[] right = {0.2, 0.4, 0.4};
    List<Canary> failing =
        List.of(
            candidate -> false,
            candidate -> {
              throw new AssertionError("on purpose");
            },
            candidate -> {
              throw new java.io.IOException("on purpose");
            },
            Canary.mostProbable(row, "20/0"),
            Canary.probabilities(row, new double[] {0.3, 0.3, 0.4}, 1e-6),
            Canary.probabilities(row, new double[] {0.2, 0.4}, 1e-6),
            Canary.probabilities(row, new double[] {Double.NaN, 0.4, 0.4}, 1e-6),
            Canary.probabilities(new double[3], right, 1e-6));
    for (Canary each : failing) {
      CanaryFailedException e =
          assertThrows(CanaryFailedException.class, () -> holder.swap(model(20), each));
      assertTrue(e.getMessage().startsWith("swap: the canary failed: "), e.getMessage());
      assertEquals(10, number(holder.predict(row)));
      FaultyBackend candidate = backends.get(backends.size() - 1);
      assertTrue(candidate.closed);
      assertEquals(0, candidate.openMatrices());
    }
    assertEquals(
        "swap: the canary failed: its most probable class is '20/1' with 0.4, wanted '20/0'; the"
            + " model that was there goes on",
        assertThrows(CanaryFailedException.class, () -> holder.swap(model(20), failing.get(3)))
            .getMessage()
            .replaceAll("0\\.(4|39999)\\d*", "0.4"));
    assertFalse(backends.get(0).closed);
    holder.swap(model(20), Canary.probabilities(row, right, 1e-9));
    assertEquals(20, number(holder.predict(row)));
  }

  @Test
  void aModelThatCannotBeMadeLeavesTheOldOne() {
    AtomicInteger made = new AtomicInteger();
    holder =
        new SwappablePredictor(
            model(10),
            model -> {
              if (made.getAndIncrement() == 1) {
                throw new OutOfMemoryError("on purpose");
              }
              return predictor(model);
            });
    assertThrows(OutOfMemoryError.class, () -> holder.swap(model(20)));
    assertEquals(10, number(holder.predict(new double[2])));
    holder.swap(model(20));
    assertEquals(20, number(holder.predict(new double[2])));
  }

  @Test
  void anotherShapeIsRefusedUnlessItIsWanted() {
    open(10);
    for (SoftmaxModel other : List.of(model(20, 3, 3), model(20, 2, 4))) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> holder.swap(other)).getMessage();
      assertTrue(
          message.startsWith(
              "swap: the model has "
                  + other.features()
                  + " features and "
                  + other.classes()
                  + " classes, the one that is there 2 and 3; "),
          message);
    }
    assertEquals(1, backends.size());
    holder.swap(model(20, 3, 4), candidate -> true, Shape.ANY);
    assertEquals(3, holder.features());
    assertEquals(4, holder.predict(new double[3]).length);
    assertThrows(IllegalArgumentException.class, () -> holder.predict(new double[2]));
  }

  @Test
  void aPredictorThatIsReadyCanTakeThePlace() {
    open(10);
    Predictor next = predictor(model(20));
    assertThrows(CanaryFailedException.class, () -> holder.swap(next, candidate -> false));
    assertEquals(20, number(next.predict(new double[2])), "it stays its owner's");
    holder.swap(next);
    assertTrue(backends.get(0).closed);
    assertThrows(IllegalArgumentException.class, () -> holder.swap(next));
    assertEquals(20, number(holder.predict(new double[2])));
    Predictor closed = predictor(model(30));
    closed.close();
    assertThrows(IllegalArgumentException.class, () -> holder.swap(closed));
    assertEquals(20, number(holder.predict(new double[2])));
  }

  @Test
  void whenItIsClosedEverythingIs() throws InterruptedException, ExecutionException {
    options = options.closeTimeout(Duration.ofMillis(20));
    open(10);
    FaultyBackend old = backends.get(0);
    var hold = old.holdUp();
    CompletableFuture<double[]> underWay = holder.predictAsync(new double[2], 1);
    old.reached.await();
    CompletableFuture<double[]> waiting = holder.predictAsync(new double[2], 1);
    holder.swap(model(20));
    holder.close();
    holder.close();
    assertTrue(backends.get(1).closed);
    hold.countDown();
    assertEquals(10, number(underWay.get()));
    assertInstanceOf(
        PredictorClosedException.class,
        assertThrows(ExecutionException.class, waiting::get).getCause());
    assertThrows(PredictorClosedException.class, () -> holder.predict(new double[2]));
    assertThrows(PredictorClosedException.class, () -> holder.predictAsync(new double[2], 1));
    assertThrows(PredictorClosedException.class, () -> holder.swap(model(30)));
    assertEquals(Health.State.CLOSED, holder.health().state());
    while (!old.closed) {
      Thread.onSpinWait();
    }
    assertEquals(2, backends.size());
  }

  @Test
  void theMetersGoOnAcrossSwaps() {
    open(10);
    holder.predict(new double[4], 2);
    long first = gauge();
    assertEquals(holder.deviceMemory(), first);
    for (int number = 11; number < 20; number++) {
      holder.swap(model(number));
      System.gc();
      holder.predict(new double[4], 2);
      long now = gauge();
      assertEquals(holder.deviceMemory(), now);
      assertTrue(now > 0);
    }
    assertEquals(20, meters.get("rowwise.predictor.rows").counter().count());
    holder.close();
    assertEquals(0, gauge());
  }

  @Test
  void anotherListenerOfTheSameRegistryTakesTheGaugeOver() {
    Predictor first = predictor(model(10));
    PredictorListener newer = new PredictorMetrics(meters);
    FaultyBackend backend = new FaultyBackend();
    backends.add(backend);
    first.close();
    try (Predictor second =
        new Predictor(
            model(20),
            options,
            newer,
            (requested, fallback) -> backend.choice(requested),
            InstantSource.system())) {
      assertEquals(second.deviceMemory(), gauge());
    }
    assertEquals(1, meters.find("rowwise.predictor.device.memory").gauges().size());
  }
}
