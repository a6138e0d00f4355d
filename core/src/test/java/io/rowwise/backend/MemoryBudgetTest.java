package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The limit, and when the garbage collector is asked, with a collector that is told what to find.
 */
final class MemoryBudgetTest {
  private long forgotten;
  private int searches;
  private long limit = 1000;
  private final MemoryBudget budget =
      new MemoryBudget(() -> "cpu", all -> limit, this::findForgotten);

  private boolean findForgotten() {
    searches++;
    boolean any = forgotten > 0;
    budget.giveBack(forgotten);
    forgotten = 0;
    return any;
  }

  private void takeAndForget(long bytes) {
    budget.take(bytes);
    forgotten += bytes;
  }

  @Test
  void moreThanTheLimitIsAnErrorThatSaysAskedUsedAndAllowed() {
    budget.take(600);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> budget.take(500));
    assertEquals(
        "cpu: a matrix of 500 bytes was asked for, this backend's matrices take 600 of the 1000"
            + " bytes that they may; close matrices that are not needed, use smaller ones, or allow"
            + " more (-Drowwise.cpu.memory)",
        e.getMessage());
    assertEquals(500, e.requestedBytes());
    assertEquals(400, e.availableBytes());
    assertEquals(600, budget.taken());
    budget.take(400);
    budget.giveBack(600);
    budget.take(600);
    assertEquals(1000, budget.taken());
  }

  @ParameterizedTest
  @ValueSource(longs = {1001, Long.MAX_VALUE / 2, Long.MAX_VALUE - 1, Long.MAX_VALUE})
  void noSizeIsTooLargeToBeRefused(long bytes) {
    budget.take(1);
    assertThrows(OutOfDeviceMemoryException.class, () -> budget.take(bytes));
    limit = Long.MAX_VALUE;
    if (bytes > Long.MAX_VALUE / 2) {
      assertThrows(OutOfDeviceMemoryException.class, () -> budget.take(bytes));
    }
    budget.giveBack(1);
    assertTrue(budget.taken() >= 0);
  }

  @Test
  void forgottenMatricesAreCollectedBeforeMemoryRunsOut() {
    budget.take(900);
    takeAndForget(100);
    searches = 0;
    budget.take(100);
    assertEquals(1, searches);
    assertEquals(1000, budget.taken());
  }

  @Test
  void aProgramThatForgetsEverythingNeverHasMuchMoreThanAnEighth() {
    limit = 100_000;
    long most = 0;
    for (int i = 0; i < 10_000; i++) {
      takeAndForget(100);
      most = Math.max(most, budget.taken());
    }
    assertTrue(most <= 100_000 / 8 + 100, "" + most);
    assertTrue(searches <= 10_000 * 100 / (100_000 / 8), "" + searches);
  }

  @Test
  void aProgramThatClosesItsMatricesPaysTwoSearchesInItsLife() {
    limit = 100_000;
    for (int life = 0; life < 10; life++) {
      for (int i = 0; i < 1000; i++) {
        budget.take(100);
      }
      for (int i = 0; i < 1000; i++) {
        budget.giveBack(100);
      }
    }
    assertEquals(2, searches);
  }

  @Test
  void asLongAsLittleIsTakenNobodyAsksHowMuchThereIs() {
    AtomicInteger asked = new AtomicInteger();
    MemoryBudget lazy =
        new MemoryBudget(
            () -> "cpu",
            all -> {
              if (all <= 500) {
                return Long.MAX_VALUE;
              }
              asked.incrementAndGet();
              return 1000;
            },
            this::findForgotten);
    lazy.take(300);
    lazy.take(200);
    assertEquals(0, asked.get());
    assertEquals(0, searches);
    lazy.take(1);
    assertTrue(asked.get() > 0);
  }

  @Test
  void whoComesUpAgainstTheLimitAgainAndAgainDoesNotCollectEachTime() {
    budget.take(1000);
    for (int i = 0; i < 1000; i++) {
      assertThrows(OutOfDeviceMemoryException.class, () -> budget.take(1));
    }
    // Each pause is at least 10 ms long, which a thousand refusals are not.
    assertTrue(searches < 500, "" + searches);
    assertTrue(searches >= 8, "" + searches);
  }

  @Test
  void threadsAtOnceDoNotTakeMoreThanTheLimit() throws InterruptedException, ExecutionException {
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    int count = 8;
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      MemoryBudget shared = new MemoryBudget(() -> "cpu", all -> 1000, () -> false);
      List<Future<Integer>> refusals = new ArrayList<>();
      for (int thread = 0; thread < count; thread++) {
        Callable<Integer> task =
            () -> {
              int refused = 0;
              for (int i = 0; i < 20_000; i++) {
                try {
                  shared.take(300);
                } catch (OutOfDeviceMemoryException e) {
                  refused++;
                  continue;
                }
                long now = held.addAndGet(300);
                most.accumulateAndGet(now, Math::max);
                held.addAndGet(-300);
                shared.giveBack(300);
              }
              return refused;
            };
        refusals.add(threads.submit(task));
      }
      for (Future<Integer> each : refusals) {
        each.get();
      }
      assertTrue(most.get() <= 900, "" + most);
      assertEquals(0, shared.taken());
    } finally {
      threads.shutdownNow();
    }
  }
}
