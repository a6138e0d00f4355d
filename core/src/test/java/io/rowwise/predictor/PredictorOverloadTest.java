package io.rowwise.predictor;

import static io.rowwise.predictor.TestModel.ask;
import static io.rowwise.predictor.TestModel.close;
import static io.rowwise.predictor.TestModel.options;
import static io.rowwise.predictor.TestModel.requests;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is refused costs little, and costs others nothing. */
@Timeout(60)
final class PredictorOverloadTest {
  private static final PredictorListener NOBODY = new PredictorListener() {};

  @Test
  void requestsWithoutRowsTakeAPlace() throws Exception {
    Semaphore turns = new Semaphore(0);
    CountDownLatch computing = new CountDownLatch(1);
    AsynchronousRequests requests =
        requests(
            options().queueRows(4),
            rows -> {
              computing.countDown();
              turns.acquireUninterruptibly();
            },
            NOBODY,
            ThreadOnDemand::daemon);
    CompletableFuture<double[]> first = ask(requests, 0, null);
    computing.await();
    List<CompletableFuture<double[]>> waiting = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      waiting.add(ask(requests, 0, null));
    }
    assertEquals(4, requests.queuedRows());
    assertThrows(QueueFullException.class, () -> ask(requests, 0, null));
    turns.release(10);
    assertEquals(0, first.get(30, TimeUnit.SECONDS).length);
    for (CompletableFuture<double[]> each : waiting) {
      assertEquals(0, each.get(30, TimeUnit.SECONDS).length);
    }
    assertEquals(0, requests.queuedRows());
    close(requests);
  }

  @Test
  void aRefusalIsCheapAndSaysWhetherToTryAgain() throws Exception {
    AsynchronousRequests requests =
        requests(options().queueRows(4), rows -> {}, NOBODY, ThreadOnDemand::daemon);
    QueueFullException e = assertThrows(QueueFullException.class, () -> ask(requests, 5, null));
    assertEquals(
        "predict: 5 rows were asked for, at most 4 may wait; ask for fewer, or allow a longer"
            + " queue",
        e.getMessage());
    assertEquals(0, e.getStackTrace().length);
    assertEquals(0, requests.queuedRows());
    close(requests);
  }

  /** Those that are refused try again at once, for ever, and the others are answered. */
  @Test
  void whoTriesAgainAtOnceKeepsNobodyFromWorking() throws Exception {
    AsynchronousRequests requests =
        requests(
            options().batches(64, Duration.ZERO).queueRows(256),
            rows -> {},
            NOBODY,
            ThreadOnDemand::daemon);
    AtomicBoolean stop = new AtomicBoolean();
    LongAdder answered = new LongAdder();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Thread client =
          new Thread(
              () -> {
                while (!stop.get()) {
                  try {
                    CompletableFuture<Void> unused =
                        ask(requests, 1, null).thenAccept(p -> answered.increment());
                  } catch (QueueFullException e) {
                    // At once again.
                  }
                }
              });
      client.start();
      clients.add(client);
    }
    while (answered.sum() < 20_000) {
      Thread.onSpinWait();
    }
    stop.set(true);
    for (Thread each : clients) {
      each.join();
    }
    close(requests);
    assertEquals(0, requests.queuedRows());
    assertTrue(answered.sum() >= 20_000);
  }
}
