package io.rowwise.predictor;

import static io.rowwise.predictor.FakeMachine.answering;
import static io.rowwise.predictor.FakeMachine.failed;
import static io.rowwise.predictor.TestModel.NOON;
import static io.rowwise.predictor.TestModel.ask;
import static io.rowwise.predictor.TestModel.assertAnswer;
import static io.rowwise.predictor.TestModel.predict;
import static io.rowwise.predictor.TestModel.x;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.BackendUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A predictor on several devices: they share the work. */
@Timeout(60)
final class SeveralDevicesTest {
  private final FakeMachine machine = new FakeMachine(2);
  private final FaultyBackend first = machine.devices.get(0);
  private final FaultyBackend second = machine.devices.get(1);

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
    BackendUnavailableException e =
        assertThrows(
            BackendUnavailableException.class,
            () -> machine.open(machine.options().fallback(false)));
    assertEquals("cuda:1 is not usable: no power", e.getMessage());
    assertEquals("cuda:0 is not usable: no power", e.getSuppressed()[0].getMessage());
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
}
