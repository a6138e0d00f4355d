package io.rowwise.predictor;

import static io.rowwise.predictor.TestModel.ask;
import static io.rowwise.predictor.TestModel.close;
import static io.rowwise.predictor.TestModel.options;
import static io.rowwise.predictor.TestModel.requests;
import static io.rowwise.predictor.TestModel.x;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A deadline holds wherever the request is, and no length of time is too long. */
@Timeout(60)
final class PredictorDeadlineTest {
  private static final PredictorListener NOBODY = new PredictorListener() {};
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

  private static Throwable failure(CompletableFuture<?> answer) {
    return assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS))
        .getCause();
  }

  @Test
  void aDeadlineHoldsWhileItComputesAndWhileItWaits() throws Exception {
    MeterRegistry registry = new SimpleMeterRegistry();
    FaultyBackend device = new FaultyBackend();
    try (Predictor predictor = TestModel.open(device, options(), new PredictorMetrics(registry))) {
      // Nothing is computed to its end before both have ended.
      CountDownLatch hold = device.holdUp();
      CompletableFuture<double[]> computing =
          predictor.predictAsync(x(1, 0), 1, Duration.ofSeconds(2));
      device.reached.await();
      CompletableFuture<double[]> waiting =
          predictor.predictAsync(x(3, 1), 3, Duration.ofMillis(10));
      assertEquals(
          "predict: the answer was wanted within PT0.01S, and others came first",
          assertInstanceOf(DeadlineExceededException.class, failure(waiting)).getMessage());
      assertEquals(
          "predict: the answer was wanted within PT2S, and it was still being computed",
          assertInstanceOf(DeadlineExceededException.class, failure(computing)).getMessage());
      assertEquals(3, registry.get("rowwise.predictor.queue.rows").gauge().value());
      assertEquals(2, registry.get("rowwise.predictor.deadlines.missed").counter().count());
      assertEquals(1, registry.get("rowwise.predictor.ready").gauge().value());
      double before = registry.get("rowwise.predictor.rows").counter().count();
      hold.countDown();
      predictor.predictAsync(x(1, 2), 1, Duration.ofHours(1)).get(30, TimeUnit.SECONDS);
      assertEquals(before + 2, registry.get("rowwise.predictor.rows").counter().count());
      assertEquals(0, registry.get("rowwise.predictor.queue.rows").gauge().value());
      assertEquals(2, registry.get("rowwise.predictor.deadlines.missed").counter().count());
    }
  }

  @Test
  void noLengthOfTimeIsTooLong() throws Exception {
    FaultyBackend device = new FaultyBackend();
    PredictorOptions options = options().batches(1, FOR_EVER).closeTimeout(FOR_EVER);
    try (Predictor predictor = TestModel.open(device, options, NOBODY)) {
      assertEquals(3, predictor.predictAsync(x(1, 0), 1).get(30, TimeUnit.SECONDS).length);
      assertEquals(
          3, predictor.predictAsync(x(1, 0), 1, FOR_EVER).get(30, TimeUnit.SECONDS).length);
      assertEquals(
          3,
          predictor
              .predictAsync(x(1, 0), 1, Duration.ofNanos(Long.MAX_VALUE))
              .get(30, TimeUnit.SECONDS)
              .length);
    }
    assertEquals(Nanoseconds.LONGEST, Nanoseconds.of(FOR_EVER));
    assertEquals(0, Nanoseconds.of(Duration.ofSeconds(Long.MIN_VALUE)));
    assertEquals(1_000, Nanoseconds.of(Duration.ofNanos(1_000)));
  }

  @Test
  void whoWaitsForABatchForEverIsComputedWhenItIsFullOrClosed() throws Exception {
    FaultyBackend device = new FaultyBackend();
    CompletableFuture<double[]> last;
    try (Predictor predictor = TestModel.open(device, options().batches(2, FOR_EVER), NOBODY)) {
      CompletableFuture<double[]> first = predictor.predictAsync(x(1, 0), 1);
      CompletableFuture<double[]> late = predictor.predictAsync(x(0, 0), 0, Duration.ofMillis(1));
      first.get(30, TimeUnit.SECONDS);
      assertTrue(late.handle((p, e) -> true).get(30, TimeUnit.SECONDS));
      last = predictor.predictAsync(x(1, 0), 1);
      CompletableFuture<double[]> inVain = predictor.predictAsync(x(2, 0), 2, Duration.ofMillis(1));
      assertTrue(inVain.handle((p, e) -> true).get(30, TimeUnit.SECONDS));
    }
    assertEquals(3, last.get(30, TimeUnit.SECONDS).length);
  }

  @Test
  void manyDeadlinesEndInAnyOrder() throws Exception {
    Semaphore turns = new Semaphore(0);
    AtomicInteger missed = new AtomicInteger();
    PredictorListener listener =
        new PredictorListener() {
          @Override
          public void onDeadlineMissed(Duration allowed) {
            missed.incrementAndGet();
          }
        };
    AsynchronousRequests requests =
        requests(
            options(), rows -> turns.acquireUninterruptibly(), listener, ThreadOnDemand::daemon);
    List<CompletableFuture<double[]>> late = new ArrayList<>();
    List<CompletableFuture<double[]>> inTime = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      late.add(ask(requests, 1, Duration.ofMillis(1_000 - i)));
      inTime.add(ask(requests, 1, Duration.ofHours(1 + i % 7)));
    }
    for (CompletableFuture<double[]> each : late) {
      assertInstanceOf(DeadlineExceededException.class, failure(each));
    }
    assertEquals(1_000, missed.get());
    turns.release(10_000);
    for (CompletableFuture<double[]> each : inTime) {
      assertEquals(3, each.get(30, TimeUnit.SECONDS).length);
    }
    close(requests);
  }

  @Test
  void aCancelledRequestMissesNothing() throws Exception {
    Semaphore turns = new Semaphore(0);
    CountDownLatch computing = new CountDownLatch(1);
    AtomicInteger missed = new AtomicInteger();
    AtomicInteger rows = new AtomicInteger();
    PredictorListener listener =
        new PredictorListener() {
          @Override
          public void onDeadlineMissed(Duration allowed) {
            missed.incrementAndGet();
          }

          @Override
          public void onPredicted(int count, Duration time) {
            rows.addAndGet(count);
          }
        };
    AsynchronousRequests requests =
        requests(
            options(),
            count -> {
              computing.countDown();
              turns.acquireUninterruptibly();
            },
            listener,
            ThreadOnDemand::daemon);
    CompletableFuture<double[]> first = ask(requests, 1, null);
    computing.await();
    CompletableFuture<double[]> cancelled = ask(requests, 1, Duration.ofSeconds(1));
    assertTrue(cancelled.cancel(true));
    CompletableFuture<double[]> completed = ask(requests, 1, null);
    assertTrue(completed.complete(new double[0]));
    CompletableFuture<double[]> later = ask(requests, 1, Duration.ofMillis(1_500));
    assertInstanceOf(DeadlineExceededException.class, failure(later));
    turns.release(10);
    first.get(30, TimeUnit.SECONDS);
    ask(requests, 1, null).get(30, TimeUnit.SECONDS);
    assertEquals(1, missed.get());
    assertEquals(2, rows.get());
    close(requests);
  }
}
