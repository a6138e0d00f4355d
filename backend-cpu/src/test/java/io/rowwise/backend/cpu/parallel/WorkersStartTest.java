package io.rowwise.backend.cpu.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that the system does not allow, and errors in those that it does. */
@Timeout(120)
final class WorkersStartTest {
  private static final double WORTH_IT = 1e9;
  private static final long LATER = TimeUnit.SECONDS.toNanos(11);

  private final AtomicLong time = new AtomicLong(-5);
  private final List<Thread> started = new ArrayList<>();
  private int allowed;
  private int refused;

  /** As the JVM does it where the system allows no more. */
  private void start(Thread thread) {
    if (started.size() == allowed) {
      refused++;
      throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
    }
    started.add(thread);
    thread.start();
  }

  private Workers workers(int count) {
    return new Workers(count, 0, 0, time::get, this::start);
  }

  private static void shareAndCheck(Workers workers) {
    AtomicIntegerArray computed = new AtomicIntegerArray(50);
    workers.share(50, WORTH_IT, (part, worker) -> computed.incrementAndGet(part));
    for (int part = 0; part < 50; part++) {
      assertEquals(1, computed.get(part));
    }
  }

  /** Returns when so many threads at once have been in one work. */
  private static void meet(Workers workers, int threads) {
    CyclicBarrier barrier = new CyclicBarrier(threads);
    Set<Integer> numbers = ConcurrentHashMap.newKeySet();
    workers.share(
        threads,
        WORTH_IT,
        (part, worker) -> {
          numbers.add(worker);
          try {
            barrier.await();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    assertEquals(threads, numbers.size());
  }

  @Test
  void withoutAnyHelperTheCallerWorksAlone() {
    try (Workers workers = workers(4)) {
      // More often than there are places for offers.
      for (int i = 0; i < 100; i++) {
        shareAndCheck(workers);
      }
      assertEquals(1, refused, "one try, not one at each call");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void thoseThatDidStartHelp(int helpers) {
    allowed = helpers;
    try (Workers workers = workers(4)) {
      for (int i = 0; i < 100; i++) {
        shareAndCheck(workers);
      }
      meet(workers, helpers + 1);
      assertEquals(1, refused);
    }
    for (Thread helper : started) {
      assertFalse(helper.isAlive());
    }
  }

  @Test
  void theOthersAreStartedWhenTheSystemAllowsItAgain() {
    allowed = 1;
    try (Workers workers = workers(4)) {
      shareAndCheck(workers);
      time.addAndGet(LATER);
      shareAndCheck(workers);
      assertEquals(2, refused);
      allowed = 3;
      shareAndCheck(workers);
      assertEquals(1, started.size());
      time.addAndGet(LATER);
      meet(workers, 4);
      assertEquals(
          List.of("rowwise-cpu-1", "rowwise-cpu-2", "rowwise-cpu-3"),
          started.stream().map(Thread::getName).toList());
      assertEquals(2, refused);
    }
    for (Thread helper : started) {
      assertFalse(helper.isAlive());
    }
  }

  @Test
  void afterClosingNobodyIsStarted() {
    Workers workers = workers(3);
    shareAndCheck(workers);
    workers.close();
    allowed = 2;
    time.addAndGet(LATER);
    shareAndCheck(workers);
    assertEquals(List.of(), started);
  }

  @Test
  void anErrorInAHelpersPartReachesTheCallerAndTheHelperGoesOn() {
    allowed = 1;
    try (Workers workers = workers(2)) {
      meet(workers, 2);
      for (int i = 0; i < 20; i++) {
        CountDownLatch thrown = new CountDownLatch(1);
        StackOverflowError error =
            assertThrows(
                StackOverflowError.class,
                () ->
                    workers.share(
                        2,
                        WORTH_IT,
                        (part, worker) -> {
                          if (worker == 1) {
                            thrown.countDown();
                            throw new StackOverflowError("of a helper");
                          }
                          try {
                            thrown.await();
                          } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                          }
                        }));
        assertEquals("of a helper", error.getMessage());
      }
      meet(workers, 2);
      assertTrue(started.get(0).isAlive());
    }
  }

  @Test
  void aCheckedExceptionIsNotLost() {
    try (Workers workers = workers(2)) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  workers.share(
                      2,
                      WORTH_IT,
                      (part, worker) -> WorkersStartTest.<RuntimeException>sneak(part)));
      assertEquals(
          "a part failed with java.lang.InterruptedException: part 0", thrown.getMessage());
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(int part) throws T {
    throw (T) new InterruptedException("part " + part);
  }
}
