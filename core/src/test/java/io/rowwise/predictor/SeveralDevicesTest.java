package io.rowwise.predictor;

import static io.rowwise.predictor.TestModel.NOON;
import static io.rowwise.predictor.TestModel.TOLERANCE;
import static io.rowwise.predictor.TestModel.expected;
import static io.rowwise.predictor.TestModel.x;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A predictor on several devices: they share the work, and those that are left do it all. */
@Timeout(60)
final class SeveralDevicesTest {
  private static final String LOST_0 = "cuda:0 is lost: it broke";
  private static final String LOST_1 = "cuda:1 is lost: it broke";

  private final FakeMachine machine = new FakeMachine(2);
  private final FaultyBackend first = machine.devices.get(0);
  private final FaultyBackend second = machine.devices.get(1);

  private static void assertAnswer(int rows, int seed, double[] actual) {
    assertArrayEquals(expected(x(rows, seed)), actual, TOLERANCE);
  }

  private static void predict(Predictor predictor, int rows, int seed) {
    assertAnswer(rows, seed, predictor.predict(x(rows, seed), rows));
  }

  private static CompletableFuture<double[]> ask(Predictor predictor, int rows, int seed) {
    return predictor.predictAsync(x(rows, seed), rows);
  }

  private static DeviceHealth answering(String device) {
    return new DeviceHealth(device, true, NOON, Optional.empty());
  }

  private static DeviceHealth failed(String device, String reason) {
    return new DeviceHealth(device, false, NOON, Optional.of(reason));
  }

  @Test
  void eachHasTheParametersAndItsNameInTheHealth() {
    long ofOne;
    try (Predictor alone = new FakeMachine(1).open(machine.options().backend("cuda:0"))) {
      ofOne = alone.deviceMemory();
    }
    try (Predictor predictor = machine.open(machine.options())) {
      assertEquals(List.of("cuda:0", "cuda:1"), machine.opened);
      assertEquals(2 * ofOne, predictor.deviceMemory());
      assertEquals(
          new Health(
              Health.State.READY,
              "cuda:0,1",
              "cuda:0, cuda:1",
              NOON,
              Optional.empty(),
              List.of(answering("cuda:0"), answering("cuda:1"))),
          predictor.health());
    }
    assertTrue(machine.isLeft());
  }

  @Test
  void thoseThatAreIdleTakeTurns() throws InterruptedException, ExecutionException {
    try (Predictor predictor = machine.open(machine.options())) {
      for (int i = 0; i < 10; i++) {
        predict(predictor, 1 + i, i);
        assertAnswer(3, i, ask(predictor, 3, i).get());
      }
    }
    assertEquals(10, machine.calls("cuda:0"));
    assertEquals(10, machine.calls("cuda:1"));
  }

  @Test
  void whileOneIsBusyTheOthersTakeTheRequests() throws InterruptedException, ExecutionException {
    try (Predictor predictor = machine.open(machine.options())) {
      CountDownLatch hold = first.holdUp();
      CompletableFuture<double[]> held = ask(predictor, 1, 100);
      first.reached.await();
      for (int i = 0; i < 10; i++) {
        predict(predictor, 5, i);
        assertAnswer(2, i, ask(predictor, 2, i).get());
      }
      assertEquals(20, machine.calls("cuda:1"));
      assertEquals(0, machine.calls("cuda:0"));
      assertFalse(held.isDone());
      hold.countDown();
      assertAnswer(1, 100, held.get());
      assertEquals(1, machine.calls("cuda:0"));
    }
  }

  @Test
  void theFewestRowsCountAndNotTheFewestCalls() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Predictor predictor = machine.open(machine.options())) {
      CountDownLatch holdFirst = first.holdUp();
      CountDownLatch holdSecond = second.holdUp();
      Future<double[]> large = threads.submit(() -> predictor.predict(x(30, 1), 30));
      first.reached.await();
      List<Future<double[]>> small = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int seed = i;
        CountDownLatch arrived = new CountDownLatch(1);
        second.reached = arrived;
        small.add(threads.submit(() -> predictor.predict(x(2, seed), 2)));
        arrived.await();
      }
      holdFirst.countDown();
      holdSecond.countDown();
      assertAnswer(30, 1, large.get());
      for (int i = 0; i < 3; i++) {
        assertAnswer(2, i, small.get(i).get());
      }
      assertEquals(1, machine.calls("cuda:0"));
      assertEquals(3, machine.calls("cuda:1"));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void asManyBatchesAreComputedAtOnceAsThereAreDevices()
      throws InterruptedException, ExecutionException {
    try (Predictor predictor = machine.open(machine.options())) {
      CountDownLatch holdFirst = first.holdUp();
      CountDownLatch holdSecond = second.holdUp();
      CompletableFuture<double[]> one = ask(predictor, 4, 1);
      first.reached.await();
      CompletableFuture<double[]> two = ask(predictor, 4, 2);
      second.reached.await();
      List<CompletableFuture<double[]>> waiting = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        waiting.add(ask(predictor, 2, i));
      }
      assertEquals(8, predictor.queuedRows());
      holdSecond.countDown();
      // One device that is free does all that waits, in one batch.
      assertAnswer(4, 2, two.get());
      for (int i = 0; i < 4; i++) {
        assertAnswer(2, i, waiting.get(i).get());
      }
      assertEquals(2, machine.calls("cuda:1"));
      assertFalse(one.isDone());
      holdFirst.countDown();
      assertAnswer(4, 1, one.get());
    }
    assertTrue(machine.isLeft());
  }

  @Test
  void whatALostOneHadIsDoneByTheOthersOnce() throws InterruptedException, ExecutionException {
    AtomicInteger ended = new AtomicInteger();
    try (Predictor predictor = machine.open(machine.options())) {
      CountDownLatch holdFirst = first.holdUp();
      CountDownLatch holdSecond = second.holdUp();
      List<CompletableFuture<double[]>> answers = new ArrayList<>();
      answers.add(ask(predictor, 3, 0));
      first.reached.await();
      answers.add(ask(predictor, 3, 1));
      second.reached.await();
      for (int i = 2; i < 20; i++) {
        answers.add(ask(predictor, 3, i));
      }
      List<CompletableFuture<Void>> counted = new ArrayList<>();
      answers.forEach(each -> counted.add(each.thenRun(ended::incrementAndGet)));
      first.lost = true;
      holdFirst.countDown();
      // It was in the middle of a batch, which nobody can do before the other is free.
      while (machine.lost.isEmpty()) {
        Thread.onSpinWait();
      }
      assertEquals(0, ended.get());
      holdSecond.countDown();
      for (int i = 0; i < answers.size(); i++) {
        assertAnswer(3, i, answers.get(i).get());
        counted.get(i).get();
      }
      assertEquals(answers.size(), ended.get());
      assertEquals(List.of("cuda:0"), machine.lost);
      assertEquals(List.of(), machine.fallbacks);
      Health health = predictor.health();
      assertEquals(Health.State.READY, health.state());
      assertEquals("cuda:1", health.active());
      assertTrue(health.reason().orElseThrow().startsWith(LOST_0), health::toString);
      assertEquals(
          List.of(failed("cuda:0", health.reason().orElseThrow()), answering("cuda:1")),
          health.devices());
      assertEquals(0, machine.calls("cuda:0"));
      while (!first.closed) {
        Thread.onSpinWait();
      }
      assertEquals(0, first.openMatrices());
      assertFalse(second.closed);
    }
    assertTrue(machine.isLeft());
    assertFalse(machine.opened.contains("cpu"));
  }

  @Test
  void whenAllAreLostTheCpuAnswers() throws InterruptedException, ExecutionException {
    try (Predictor predictor = machine.open(machine.options())) {
      first.lost = true;
      second.lost = true;
      predict(predictor, 20, 1);
      assertAnswer(3, 2, ask(predictor, 3, 2).get());
      assertEquals(List.of("cuda:0", "cuda:1"), machine.lost);
      assertEquals(List.of("device lost"), machine.fallbacks);
      Health health = predictor.health();
      assertEquals(Health.State.READY, health.state());
      assertEquals("cpu", health.active());
      String reason = health.reason().orElseThrow();
      assertTrue(reason.startsWith(LOST_0) && reason.contains("; " + LOST_1), reason);
      assertEquals(3, health.devices().size());
      assertEquals(answering("cpu"), health.devices().get(2));
      assertEquals(2, machine.calls("cpu"));
      assertTrue(first.closed && second.closed);
    }
    assertTrue(machine.cpu.closed);
    assertTrue(machine.isLeft());
  }

  @Test
  void withoutFallbackTheOthersAnswerAndThenNobody() {
    try (Predictor predictor = machine.open(machine.options().fallback(false))) {
      assertEquals(List.of("cuda:0", "cuda:1"), machine.opened);
      first.lost = true;
      for (int i = 0; i < 4; i++) {
        predict(predictor, 3, i);
      }
      assertEquals(Health.State.READY, predictor.health().state());
      second.lost = true;
      for (int i = 0; i < 3; i++) {
        assertThrows(DeviceLostException.class, () -> predictor.predict(x(1, 1)));
        ExecutionException late =
            assertThrows(ExecutionException.class, () -> ask(predictor, 1, 1).get());
        assertEquals(DeviceLostException.class, late.getCause().getClass());
      }
      Health health = predictor.health();
      assertEquals(Health.State.LOST, health.state());
      assertEquals("cuda:1", health.active());
      assertTrue(health.devices().stream().noneMatch(DeviceHealth::answers));
      assertEquals(List.of("cuda:0", "cuda:1"), machine.lost);
    }
    assertTrue(machine.isLeft());
    assertEquals(2, machine.opened.size());
  }

  @ParameterizedTest
  @CsvSource({"0, cuda:1", "1, cuda:0"})
  void oneThatCannotBeOpenedIsLeftOut(int broken, String left) {
    machine.unusable.add(broken);
    try (Predictor predictor = machine.open(machine.options().fallback(false))) {
      predict(predictor, 3, 1);
      Health health = predictor.health();
      assertEquals(Health.State.READY, health.state());
      assertEquals(left, health.active());
      String reason = "cuda:" + broken + " is not usable: no power";
      assertEquals(Optional.of(reason), health.reason());
      assertTrue(health.devices().contains(failed("cuda:" + broken, reason)));
      assertTrue(health.devices().contains(answering(left)));
    }
    assertTrue(machine.isLeft());
  }

  @Test
  void whereNoneCanBeOpenedItIsAsWithOne() {
    machine.unusable.add(0);
    machine.unusable.add(1);
    assertEquals(
        "cuda:1 is not usable: no power",
        assertThrows(
                BackendUnavailableException.class,
                () -> machine.open(machine.options().fallback(false)))
            .getMessage());
    try (Predictor predictor = machine.open(machine.options())) {
      predict(predictor, 3, 1);
      Health health = predictor.health();
      assertEquals("cpu", health.active());
      assertEquals(
          Optional.of("cuda:0 is not usable: no power; cuda:1 is not usable: no power"),
          health.reason());
      assertEquals(
          List.of(
              failed("cuda:0", "cuda:0 is not usable: no power"),
              failed("cuda:1", "cuda:1 is not usable: no power"),
              answering("cpu")),
          health.devices());
    }
    assertTrue(machine.isLeft());
  }

  @Test
  void oneThatIsLostWhileItIsWarmedUpIsLeftOut() {
    first.lost = true;
    try (Predictor predictor = machine.open(machine.options())) {
      predict(predictor, 3, 1);
      assertEquals("cuda:1", predictor.health().active());
      assertEquals(List.of("cuda:0"), machine.lost);
    }
    assertTrue(machine.isLeft());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatOneHasNoMemoryForAnotherDoes(boolean allowed) {
    OnFailure policy = allowed ? OnFailure.USE_CPU : OnFailure.FAIL;
    PredictorOptions options = machine.options().batches(1, Duration.ZERO).onOutOfMemory(policy);
    try (Predictor predictor = machine.open(options)) {
      withoutMemory(first);
      for (int i = 0; i < 4; i++) {
        predict(predictor, 3, i);
      }
      assertEquals(4, machine.calls("cuda:1"));
      assertEquals(List.of(), machine.fallbacks);
      withoutMemory(second);
      if (allowed) {
        predict(predictor, 3, 5);
        assertEquals(List.of("out of memory"), machine.fallbacks);
        assertEquals(1, machine.calls("cpu"));
      } else {
        assertThrows(OutOfDeviceMemoryException.class, () -> predictor.predict(x(3, 5), 3));
      }
      assertEquals("cuda:0, cuda:1", predictor.health().active());
      assertEquals(Optional.empty(), predictor.health().reason());
    }
    assertTrue(machine.isLeft());
  }

  /** Of a workspace that is kept nothing more is asked, so each call has to fail. */
  private static void withoutMemory(FaultyBackend device) {
    device.mostRows = 0;
    device.outOfMemory = true;
  }

  @Test
  void aPredictorThatCannotBeMadeLeavesNothing() {
    for (FaultyBackend broken : List.of(first, second)) {
      for (int call = 1; call <= 8; call++) {
        FakeMachine each = new FakeMachine(2);
        FaultyBackend failing = each.devices.get(machine.devices.indexOf(broken));
        failing.failingCall = call;
        assertThrows(IllegalStateException.class, () -> each.open(each.options()));
        assertTrue(each.isLeft(), "call " + call);
      }
    }
  }

  @Test
  void aModelThatFollowsIsOnTheSameDevicesAndOnThoseThatAreLeft() {
    SharedBackends shared =
        new SharedBackends(request -> machine.open(request.backend(), request.fallback()));
    SwappablePredictor live =
        new SwappablePredictor(
            TestModel.model(),
            model -> new Predictor(model, machine.options(), machine, () -> NOON, shared));
    live.swap(TestModel.model());
    assertEquals(List.of("cuda:0", "cuda:1"), machine.opened);
    for (int i = 0; i < 4; i++) {
      assertAnswer(3, i, live.predict(x(3, i), 3));
    }
    assertEquals(2, machine.calls("cuda:0"));
    first.lost = true;
    for (int i = 0; i < 4; i++) {
      assertAnswer(3, i, live.predict(x(3, i), 3));
    }
    assertEquals("cuda:1", live.health().active());
    // In this process it does not come back.
    machine.unusable.add(0);
    live.swap(TestModel.model());
    assertEquals("cuda:1", live.health().active());
    assertEquals(List.of("cuda:0", "cuda:1", "cuda:0"), machine.opened);
    assertAnswer(3, 9, live.predict(x(3, 9), 3));
    live.close();
    assertTrue(machine.isLeft());
    assertTrue(first.closed && second.closed);
  }

  @Test
  void closingClosesAllEvenIfOneIsBusy() throws InterruptedException, ExecutionException {
    Predictor predictor = machine.open(machine.options().closeTimeout(Duration.ofMillis(20)));
    CountDownLatch hold = first.holdUp();
    CompletableFuture<double[]> underWay = ask(predictor, 1, 1);
    first.reached.await();
    predictor.close();
    assertThrows(PredictorClosedException.class, () -> predictor.predict(x(1, 1)));
    hold.countDown();
    assertAnswer(1, 1, underWay.get());
    while (!machine.isLeft()) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void underFaultsEachOfManyRequestsIsAnsweredRightAndOnce(long seed)
      throws InterruptedException, ExecutionException {
    int tasks = 300;
    FakeMachine many = new FakeMachine(3);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    Map<Integer, AtomicInteger> ended = new ConcurrentHashMap<>();
    try (Predictor predictor = many.open(many.options())) {
      breakAtRandom(many, new SplittableRandom(seed));
      List<Callable<Void>> work = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        int task = i;
        int rows = 1 + task % 20;
        work.add(
            () -> {
              if (task % 3 == 0) {
                predict(predictor, rows, task);
              } else {
                assertAnswer(
                    rows,
                    task,
                    ask(predictor, rows, task)
                        .whenComplete(
                            (answer, failure) ->
                                ended
                                    .computeIfAbsent(task, key -> new AtomicInteger())
                                    .incrementAndGet())
                        .get());
              }
              return null;
            });
      }
      for (Future<Void> each : threads.invokeAll(work)) {
        each.get();
      }
      assertEquals(tasks - tasks / 3, ended.size());
      assertTrue(ended.values().stream().allMatch(times -> times.get() == 1));
      // A third of them at least came to one device, and its turn to fail was before.
      assertTrue(many.devices.stream().anyMatch(each -> each.lost || each.outOfMemory));
      assertConsistent(many, predictor.health());
    } finally {
      threads.shutdownNow();
    }
    assertTrue(many.isLeft());
  }

  /** Each stops working, or is out of memory from then on, at one of its next calls. */
  private static void breakAtRandom(FakeMachine machine, SplittableRandom random) {
    for (FaultyBackend each : machine.devices) {
      each.calls.set(0);
      boolean isLost = random.nextInt(3) > 0;
      each.failure =
          () -> {
            if (isLost) {
              each.lost = true;
              return each.lostException();
            }
            withoutMemory(each);
            return new OutOfDeviceMemoryException("cuda", 1, 0);
          };
      each.failingCall = 1 + random.nextInt(30);
    }
  }

  private static void assertConsistent(FakeMachine machine, Health health) {
    List<String> lost = new ArrayList<>();
    for (DeviceHealth each : health.devices()) {
      if (!each.answers()) {
        lost.add(each.device());
      }
    }
    assertEquals(lost.stream().sorted().toList(), machine.lost.stream().sorted().toList());
    for (String each : lost) {
      assertTrue(machine.devices.get(Integer.parseInt(each.replace("cuda:", ""))).lost);
    }
    assertEquals(lost.size() == 3, health.active().equals("cpu"));
  }
}
