package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;

/** A small model, its rows and what it answers, and the asynchronous side alone. */
final class TestModel {
  static final int FEATURES = 4;
  static final int CLASSES = 3;
  static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  static final double TOLERANCE = 1e-12;

  private TestModel() {}

  static SoftmaxModel model() {
    SplittableRandom random = new SplittableRandom(42);
    double[] weights = random.doubles(FEATURES * CLASSES, -1, 1).toArray();
    double[] bias = random.doubles(CLASSES, -1, 1).toArray();
    return SoftmaxModel.of(
        ElementType.FLOAT64, FEATURES, CLASSES, weights, bias, ModelCard.empty());
  }

  static PredictorOptions options() {
    return PredictorOptions.defaults()
        .type(ElementType.FLOAT64)
        .backend("fake")
        .batches(8, Duration.ZERO)
        .closeTimeout(Duration.ofMinutes(1));
  }

  static Predictor open(
      FaultyBackend device, PredictorOptions options, PredictorListener listener) {
    return new Predictor(
        model(), options, listener, (name, fallback) -> device.choice(name), () -> NOON);
  }

  static double[] x(int rows, long seed) {
    return new SplittableRandom(seed).doubles((long) rows * FEATURES, -2, 2).toArray();
  }

  static double[] expected(double[] x) {
    double[] weights = model().weights();
    double[] bias = model().bias();
    double[] p = new double[x.length / FEATURES * CLASSES];
    for (int row = 0; row < x.length / FEATURES; row++) {
      double sum = 0;
      for (int c = 0; c < CLASSES; c++) {
        double z = bias[c];
        for (int k = 0; k < FEATURES; k++) {
          z += x[row * FEATURES + k] * weights[k * CLASSES + c];
        }
        p[row * CLASSES + c] = Math.exp(z);
        sum += p[row * CLASSES + c];
      }
      for (int c = 0; c < CLASSES; c++) {
        p[row * CLASSES + c] /= sum;
      }
    }
    return p;
  }

  /** The asynchronous side with a computation and threads of the test's. */
  static AsynchronousRequests requests(
      PredictorOptions options,
      Computation computation,
      PredictorListener listener,
      ThreadFactory threads) {
    return requests(options, computation, 1, listener, threads);
  }

  /** As that, with so many batches at a time. */
  static AsynchronousRequests requests(
      PredictorOptions options,
      Computation computation,
      int workers,
      PredictorListener listener,
      ThreadFactory threads) {
    return new AsynchronousRequests(
        options,
        FEATURES,
        CLASSES,
        computation,
        workers,
        new GuardedListener(listener),
        () -> NOON,
        threads);
  }

  /** A request of rows of that number. */
  static CompletableFuture<double[]> ask(AsynchronousRequests requests, int rows, Duration within) {
    double[] x = new double[rows * FEATURES];
    return requests.submit(rows, () -> Request.of(x, rows, all -> all), within);
  }

  static void close(AsynchronousRequests requests) throws InterruptedException {
    requests.close();
    boolean unused = requests.await(System.nanoTime() + Duration.ofSeconds(5).toNanos());
  }

  /** Asks for rows of that seed. */
  static CompletableFuture<double[]> ask(Predictor predictor, int rows, int seed) {
    return predictor.predictAsync(x(rows, seed), rows);
  }

  /** Asks for rows of that seed, on this thread, and compares. */
  static void predict(Predictor predictor, int rows, int seed) {
    assertAnswer(rows, seed, predictor.predict(x(rows, seed), rows));
  }

  static void assertAnswer(int rows, int seed, double[] actual) {
    assertArrayEquals(expected(x(rows, seed)), actual, TOLERANCE);
  }
}
