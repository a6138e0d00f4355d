package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What only shows in a whole JVM: a full heap, and virtual threads that keep all processors busy.
 */
@Timeout(120)
final class PredictorProcessTest {
  private static final PredictorListener NOBODY = new PredictorListener() {};

  /** A program that asks for more than its heap holds, and for less again. */
  static final class FullHeap {
    private static final int CLASSES = 65_536;

    private FullHeap() {}

    public static void main(String[] arguments) throws Exception {
      AsynchronousRequests requests =
          new AsynchronousRequests(
              PredictorOptions.defaults().batches(1024, Duration.ofMillis(20)),
              1,
              CLASSES,
              rows -> {},
              1,
              new GuardedListener(NOBODY),
              InstantSource.system(),
              ThreadOnDemand::daemon);
      for (int round = 0; round < 5; round++) {
        // Too large alone, and many that are too large together.
        Deque<CompletableFuture<double[]>> answers = new ArrayDeque<>();
        answers.add(ask(requests, 200));
        for (int i = 0; i < 16; i++) {
          answers.add(ask(requests, 5));
        }
        while (!answers.isEmpty()) {
          requireAnswerOrTypedError(answers.remove());
        }
      }
      if (ask(requests, 1).get(60, TimeUnit.SECONDS).length != CLASSES
          || requests.trouble().isPresent()) {
        throw new AssertionError("it has not recovered: " + requests.trouble());
      }
      TestModel.close(requests);
      System.out.println("recovered");
    }

    private static CompletableFuture<double[]> ask(AsynchronousRequests requests, int rows) {
      double[] x = new double[rows];
      return requests.submit(rows, () -> Request.of(x, rows, all -> all), null);
    }

    private static void requireAnswerOrTypedError(CompletableFuture<double[]> answer)
        throws Exception {
      try {
        double[] unused = answer.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof PredictionFailedException)) {
          throw e;
        }
      }
    }
  }

  @Test
  void aHeapThatIsFullForAMomentEndsEveryFutureAndIsRecoveredFrom() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-cp",
                System.getProperty("java.class.path"),
                FullHeap.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("recovered"), output);
  }

  /** Burns what processors there are, between two answers. */
  @SuppressWarnings("ThreadPriorityCheck")
  private static void askForEver(Predictor predictor, AtomicBoolean stop) {
    double sum = 0;
    while (!stop.get()) {
      try {
        sum += predictor.predictAsync(new double[TestModel.FEATURES], 1).join()[0];
      } catch (QueueFullException | PredictorClosedException | CompletionException e) {
        for (int i = 0; i < 100_000; i++) {
          sum += Math.sqrt(i);
        }
        Thread.yield();
      }
    }
    assertTrue(sum >= 0);
  }

  private static Thread startVirtual(Runnable task) throws ReflectiveOperationException {
    Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
    return (Thread) start.invoke(null, task);
  }

  @Test
  void closingIsBoundedForAVirtualThreadAmongMany() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "there are virtual threads from Java 21 on");
    FaultyBackend device = new FaultyBackend();
    Predictor predictor =
        TestModel.open(device, TestModel.options().closeTimeout(Duration.ofMillis(500)), NOBODY);
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      clients.add(startVirtual(() -> askForEver(predictor, stop)));
    }
    CompletableFuture<Duration> took = new CompletableFuture<>();
    clients.add(
        startVirtual(
            () -> {
              long start = System.nanoTime();
              predictor.close();
              took.complete(Duration.ofNanos(System.nanoTime() - start));
            }));
    try {
      Duration time = took.get(100, TimeUnit.SECONDS);
      // Asked for half a second; the rest is for a machine that others use.
      assertTrue(time.toMillis() < 4_000, time::toString);
    } finally {
      stop.set(true);
    }
    for (Thread each : clients) {
      each.join();
    }
  }
}
