package io.rowwise.benchmarks.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A service's life in short: while eight threads ask, models are trained, saved, loaded and put in
 * the place of others. {@code mvn -Psoak verify} runs it, for ten minutes or {@code
 * -Dsoak.minutes}.
 */
@Tag("soak")
final class SoakTest {
  private static final int MINUTES = Integer.getInteger("soak.minutes", 10);
  private static final int CLIENTS = 8;
  private static final int FEATURES = 20;
  private static final int CLASSES = 5;
  private static final double TOLERANCE = 1e-6;
  private static final Duration WARM_UP = Duration.ofSeconds(MINUTES * 60L / 5);
  private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(5);

  // Beyond what there was after the warm-up.
  private static final long HEAP_BUDGET = 16L << 20;
  private static final long RESIDENT_BUDGET = 64L << 20;

  @TempDir Path folder;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong requests = new AtomicLong();

  /** A predictor, and what it is to answer. */
  private static final class Served {
    private final Predictor predictor;
    private final double[] x;
    private final double[] expected;
    private volatile boolean replaced;

    Served(Predictor predictor, double[] x, double[] expected) {
      this.predictor = predictor;
      this.x = x;
      this.expected = expected;
    }
  }

  private volatile Served served;

  /** How much of everything there is. */
  private record Sample(long heap, long resident, long device, int threads) {
    static Sample of(Predictor predictor) throws IOException {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return new Sample(
          runtime.totalMemory() - runtime.freeMemory(),
          residentBytes(),
          predictor.deviceMemory(),
          ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static long residentBytes() throws IOException {
      Path status = Path.of("/proc/self/status");
      if (!Files.exists(status)) {
        return 0;
      }
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "heap %d MiB, resident %d MiB, device %d bytes, %d threads",
          heap >> 20,
          resident >> 20,
          device,
          threads);
    }
  }

  @Test
  void nothingGrows() throws IOException, InterruptedException, ExecutionException {
    List<String> told = new ArrayList<>();
    int refits = 0;
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (Backend backend = Backends.choose("cpu", false).backend()) {
      served = train(backend, 0);
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        running.add(clients.submit(() -> ask(client)));
      }
      Instant start = Instant.now();
      Instant end = start.plus(Duration.ofMinutes(MINUTES));
      Sample first = null;
      Instant nextSample = start.plus(WARM_UP);
      while (Instant.now().isBefore(end)) {
        Served old = served;
        served = train(backend, ++refits);
        // Whoever still asks it is answered, or refused with the typed error.
        old.replaced = true;
        old.predictor.close();
        assertEquals(0, backend.openMatrices(), "matrices left by a training");
        if (Instant.now().isAfter(nextSample)) {
          Sample now = Sample.of(served.predictor);
          nextSample = Instant.now().plus(BETWEEN_SAMPLES);
          if (first == null) {
            first = now;
            told.add("after the warm-up: " + first);
          }
          assertTrue(now.heap() - first.heap() <= HEAP_BUDGET, now + " after " + first);
          assertTrue(now.resident() - first.resident() <= RESIDENT_BUDGET, now + " after " + first);
          assertTrue(now.threads() - first.threads() <= CLIENTS, now + " after " + first);
        }
      }
      over.set(true);
      for (Future<?> each : running) {
        each.get();
      }
      told.add("at the end: " + Sample.of(served.predictor));
      served.predictor.close();
      assertEquals(0, served.predictor.deviceMemory());
    } finally {
      over.set(true);
      clients.shutdownNow();
    }
    told.add(
        String.format(
            Locale.ROOT,
            "%d minutes, %d clients, %d requests, all answered right, %d models trained and"
                + " replaced",
            MINUTES,
            CLIENTS,
            requests.get(),
            refits));
    Files.write(Path.of("target", "soak.txt"), told);
  }

  private Served train(Backend backend, int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    int rows = 200;
    double[] values = random.doubles((long) rows * FEATURES, -1, 1).toArray();
    double[] oneHot = new double[rows * CLASSES];
    for (int row = 0; row < rows; row++) {
      oneHot[row * CLASSES + random.nextInt(CLASSES)] = 1;
    }
    Path file = folder.resolve("model.safetensors");
    double[] expected;
    double[] asked = Arrays.copyOf(values, 3 * FEATURES);
    try (Matrix x = backend.matrix(rows, FEATURES, values);
        Matrix y = backend.matrix(rows, CLASSES, oneHot);
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(backend, ElementType.FLOAT64, FEATURES, CLASSES, seed)) {
      classifier.fit(x, y, new TrainingOptions(3, 0.1, 32));
      SoftmaxModel.of(classifier).save(file);
      try (Matrix p = classifier.predict(x.rows(0, 3))) {
        expected = p.toDoubles();
      }
    }
    Predictor predictor =
        Predictor.of(SoftmaxModel.load(file), PredictorOptions.defaults().backend("cpu"));
    return new Served(predictor, asked, expected);
  }

  private void ask(int client) {
    while (!over.get()) {
      Served now = served;
      double[] answer;
      try {
        answer =
            client % 2 == 0
                ? now.predictor.predict(now.x, 3)
                : now.predictor.predictAsync(now.x, 3).join();
      } catch (RuntimeException e) {
        assertTrue(now.replaced, e.toString());
        continue;
      }
      assertArrayEquals(now.expected, answer, TOLERANCE);
      requests.incrementAndGet();
    }
  }
}
