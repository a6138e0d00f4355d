package io.rowwise.predictor;

import static io.rowwise.predictor.FakeMachine.answering;
import static io.rowwise.predictor.FakeMachine.failed;
import static io.rowwise.predictor.TestModel.ask;
import static io.rowwise.predictor.TestModel.assertAnswer;
import static io.rowwise.predictor.TestModel.predict;
import static io.rowwise.predictor.TestModel.x;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.params.provider.ValueSource;

/** Of several devices some fail: those that are left do it all, each request once. */
@Timeout(60)
final class LostDevicesTest {
  private static final String LOST_0 = "cuda:0 is lost: it broke";
  private static final String LOST_1 = "cuda:1 is lost: it broke";

  private final FakeMachine machine = new FakeMachine(2);
  private final FaultyBackend first = machine.devices.get(0);
  private final FaultyBackend second = machine.devices.get(1);

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
