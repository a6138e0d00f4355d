package io.rowwise.backend.cpu.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
final class WorkersTest {
  private static final double WORTH_IT = 1e9;

  /** The threads of all workers. */
  private static List<Thread> helpers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("rowwise-cpu-"))
        .toList();
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Work whose every part waits until so many threads are in one. */
  private static Workers.Work meeting(int threads, Set<Thread> seen) {
    CyclicBarrier barrier = new CyclicBarrier(threads);
    return (part, worker) -> {
      seen.add(Thread.currentThread());
      await(barrier);
    };
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 100", "2, 1", "2, 2", "2, 1000", "3, 7", "5, 10000"})
  void everyPartIsComputedOnce(int count, int parts) {
    try (Workers workers = new Workers(count, 0, 0)) {
      for (int repetition = 0; repetition < 200; repetition++) {
        AtomicIntegerArray computed = new AtomicIntegerArray(parts);
        AtomicIntegerArray inside = new AtomicIntegerArray(count);
        workers.share(
            parts,
            WORTH_IT,
            (part, worker) -> {
              assertEquals(1, inside.incrementAndGet(worker), "threads with one number");
              computed.incrementAndGet(part);
              inside.decrementAndGet(worker);
            });
        for (int part = 0; part < parts; part++) {
          assertEquals(1, computed.get(part));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 8", "3, 2", "4, 20"})
  void manyCallersShareThemWithoutWaitingForOneAnother(int count, int callers)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try (Workers workers = new Workers(count, 0, 0)) {
      List<Future<Long>> sums = new ArrayList<>();
      for (int caller = 0; caller < callers; caller++) {
        int parts = 1 + caller * 3;
        sums.add(
            threads.submit(
                () -> {
                  long sum = 0;
                  long[] results = new long[parts];
                  for (int repetition = 1; repetition <= 3000; repetition++) {
                    int factor = repetition;
                    workers.share(
                        parts, WORTH_IT, (part, worker) -> results[part] = (long) part * factor);
                    for (long result : results) {
                      sum += result;
                    }
                  }
                  return sum;
                }));
      }
      for (int caller = 0; caller < callers; caller++) {
        long parts = 1 + caller * 3L;
        assertEquals(parts * (parts - 1) / 2 * (3000L * 3001 / 2), sums.get(caller).get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aCallerThatWaitsKeepsNobodyElseFromWorking() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch both = new CountDownLatch(2);
    try (Workers workers = new Workers(2, 0, 0)) {
      Thread blocked =
          new Thread(
              () ->
                  workers.share(
                      2,
                      WORTH_IT,
                      (part, worker) -> {
                        both.countDown();
                        await(release);
                      }));
      blocked.start();
      // Its caller and the only helper are stuck now.
      both.await();
      AtomicIntegerArray computed = new AtomicIntegerArray(10);
      workers.share(10, WORTH_IT, (part, worker) -> computed.incrementAndGet(part));
      for (int part = 0; part < 10; part++) {
        assertEquals(1, computed.get(part));
      }
      release.countDown();
      blocked.join();
    }
  }

  @Test
  void everyWorkerBeginsWithTheSameShareAgain() {
    int count = 3;
    int parts = 10;
    try (Workers workers = new Workers(count, 0, 0)) {
      for (int repetition = 0; repetition < 20; repetition++) {
        int[] firstParts = {-1, -1, -1};
        CyclicBarrier all = new CyclicBarrier(count);
        workers.share(
            parts,
            WORTH_IT,
            (part, worker) -> {
              if (firstParts[worker] < 0) {
                firstParts[worker] = part;
                await(all);
              }
            });
        assertArrayEquals(new int[] {0, 3, 6}, firstParts);
      }
    }
  }

  @Test
  void whoIsDoneTakesWhatOthersHaveNotComeTo() {
    int parts = 10;
    CountDownLatch allButOne = new CountDownLatch(parts - 1);
    try (Workers workers = new Workers(2, 0, 0)) {
      // The caller does not get past its first part before the helper has done all others.
      workers.share(
          parts,
          WORTH_IT,
          (part, worker) -> {
            if (worker == 0) {
              await(allButOne);
            } else {
              allButOne.countDown();
            }
          });
    }
    assertEquals(0, allButOne.getCount());
  }

  @Test
  void theHelpersAreNamedDaemonsAndEndWithClose() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    Workers workers = new Workers(3, 0, 0);
    try (workers) {
      workers.share(3, WORTH_IT, meeting(3, seen));
      assertEquals(3, seen.size());
      assertTrue(seen.remove(Thread.currentThread()));
      for (Thread helper : seen) {
        assertTrue(helper.isDaemon());
        assertTrue(helper.getName().matches("rowwise-cpu-[12]"), helper.getName());
      }
    }
    for (Thread helper : seen) {
      assertFalse(helper.isAlive());
    }
    // Late callers are not refused, they get no help.
    int[] computed = new int[1];
    workers.share(
        5,
        WORTH_IT,
        (part, worker) -> {
          assertEquals(0, worker);
          computed[0]++;
        });
    assertEquals(5, computed[0]);
    workers.close();
  }

  @Test
  void withoutNeedThereIsNoThread() {
    int before = helpers().size();
    try (Workers alone = new Workers(1, 0, 0);
        Workers many = new Workers(4, 1000, 2000)) {
      alone.share(100, WORTH_IT, (part, worker) -> assertEquals(0, worker));
      Thread caller = Thread.currentThread();
      // A single part, and work that is not worth it.
      many.share(1, WORTH_IT, (part, worker) -> assertSame(caller, Thread.currentThread()));
      many.share(100, 999, (part, worker) -> assertSame(caller, Thread.currentThread()));
      // Worth sharing with helpers that are awake, but there are none.
      many.share(100, 1999, (part, worker) -> assertSame(caller, Thread.currentThread()));
      many.prepare(1999, 1999);
      many.prepare(999, 5000);
      assertEquals(before, helpers().size());
    }
  }

  @Test
  void aSeriesOfWorksWakesHelpersThatNoneOfThemWould() {
    AtomicLong time = new AtomicLong();
    int before = helpers().size();
    Thread caller = Thread.currentThread();
    try (Workers workers = new Workers(2, 1000, 2000, time::get, Thread::start)) {
      for (int i = 0; i < 100; i++) {
        time.addAndGet(100_000);
        workers.share(2, 1500, (part, worker) -> assertSame(caller, Thread.currentThread()));
      }
      assertEquals(before, helpers().size(), "works that are far from one another");
      // 13 of them are 19,500, less than ten times 2,000.
      for (int i = 0; i < 12; i++) {
        time.addAndGet(10_000);
        workers.share(2, 1500, (part, worker) -> assertSame(caller, Thread.currentThread()));
      }
      assertEquals(before, helpers().size(), "a short series");
      time.addAndGet(10_000);
      workers.share(2, 1500, meeting(2, ConcurrentHashMap.newKeySet()));
    }
  }

  @Test
  void idleHelpersSleepAndWakeAgain() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Workers workers = new Workers(3, 0, 0)) {
      for (int repetition = 0; repetition < 20; repetition++) {
        workers.share(3, WORTH_IT, meeting(3, seen));
        seen.remove(Thread.currentThread());
        for (Thread helper : seen) {
          // Bounded by the test's own limit.
          while (helper.getState() != Thread.State.WAITING) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
          }
        }
      }
      assertEquals(2, seen.size());
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "3", "99"})
  void whatAPartThrowsReachesTheCaller(int broken) {
    try (Workers workers = new Workers(3, 0, 0)) {
      for (int repetition = 0; repetition < 200; repetition++) {
        IllegalStateException thrown =
            assertThrows(
                IllegalStateException.class,
                () ->
                    workers.share(
                        100,
                        WORTH_IT,
                        (part, worker) -> {
                          if (part == broken) {
                            throw new IllegalStateException("part " + part);
                          }
                        }));
        assertEquals("part " + broken, thrown.getMessage());
        AtomicIntegerArray computed = new AtomicIntegerArray(10);
        workers.share(10, WORTH_IT, (part, worker) -> computed.incrementAndGet(part));
        for (int part = 0; part < 10; part++) {
          assertEquals(1, computed.get(part));
        }
      }
    }
  }

  @Test
  void anInterruptIsKept() {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();
    try (Workers workers = new Workers(2, 0, 0)) {
      CountDownLatch caller = new CountDownLatch(1);
      workers.share(
          2,
          WORTH_IT,
          (part, worker) -> {
            seen.add(Thread.currentThread());
            if (worker == 0) {
              Thread.currentThread().interrupt();
              caller.countDown();
            } else {
              // Long enough for the caller to fall asleep over it.
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
          });
      assertTrue(Thread.interrupted());
      assertEquals(0, caller.getCount());
    }
  }
}
