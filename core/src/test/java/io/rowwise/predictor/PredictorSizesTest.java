package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory in proportion to the model, whatever its shape, and none after a failure. */
final class PredictorSizesTest {
  /** What rows that are computed at once may take. */
  private static final long AT_ONCE = 4L << 20;

  private final FaultyBackend device = new FaultyBackend();
  private final PredictorOptions options = PredictorOptions.defaults().backend("fake");

  private static SoftmaxModel model(ElementType type, int features, int classes) {
    return SoftmaxModel.of(
        type,
        features,
        classes,
        new SplittableRandom(features).doubles((long) features * classes, -1, 1).toArray(),
        new double[classes],
        ModelCard.empty());
  }

  private Predictor open(SoftmaxModel model, PredictorOptions with) {
    return new Predictor(
        model,
        with,
        new PredictorListener() {},
        (requested, fallback) -> device.choice(requested),
        InstantSource.system());
  }

  private static long bytes(SoftmaxModel model) {
    return (model.features() + 1L) * model.classes() * model.type().bytes();
  }

  @ParameterizedTest
  @CsvSource({
    "262144, 3, FLOAT32",
    "262144, 3, FLOAT64",
    "2097152, 1, FLOAT64",
    "1, 300000, FLOAT32",
    "1, 100000, FLOAT64",
    "100, 5, FLOAT32",
  })
  void theWarmUpTakesABoundedNumberOfBytes(int features, int classes, ElementType type) {
    SoftmaxModel model = model(type, features, classes);
    long row = ((long) features + classes) * type.bytes();
    try (Predictor predictor = open(model, options)) {
      // What the kernel needs for itself is a number or two for each row.
      long limit = bytes(model) + Math.max(AT_ONCE, row) * 5 / 4;
      assertTrue(device.mostBytes.get() <= limit, device.mostBytes + " bytes of " + limit);
      assertTrue(predictor.deviceMemory() <= limit);
      assertTrue(predictor.deviceMemory() >= bytes(model) + row);
    }
    assertEquals(0, device.openMatrices());
  }

  @Test
  void manyRowsOfManyFeaturesAreComputedInParts() throws ExecutionException, InterruptedException {
    int features = 1 << 15;
    SoftmaxModel model = model(ElementType.FLOAT64, features, 2);
    try (Predictor predictor = open(model, options)) {
      double[] x = new SplittableRandom(1).doubles(40L * features, -1e-3, 1e-3).toArray();
      double[] expected = new double[80];
      for (int row = 0; row < 40; row++) {
        double[] one = new double[features];
        System.arraycopy(x, row * features, one, 0, features);
        System.arraycopy(predictor.predict(one), 0, expected, row * 2, 2);
      }
      assertArrayEquals(expected, predictor.predict(x, 40), 1e-12);
      assertArrayEquals(expected, predictor.predictAsync(x, 40).get(), 1e-12);
      assertTrue(device.mostBytes.get() <= bytes(model) + AT_ONCE * 5 / 4);
    }
  }

  @Test
  void maxBatchRowsStaysTheUpperBound() {
    SoftmaxModel model = model(ElementType.FLOAT32, 4, 4);
    try (Predictor predictor = open(model, options.batches(3, Duration.ZERO))) {
      assertEquals(40, predictor.predict(new float[40], 10).length);
      assertEquals(bytes(model) + 3 * (4 + 4) * 4, predictor.deviceMemory());
    }
    FaultyBackend another = new FaultyBackend();
    try (Predictor predictor =
        new Predictor(
            model,
            options.batches(Integer.MAX_VALUE, Duration.ZERO),
            new PredictorListener() {},
            (requested, fallback) -> another.choice(requested),
            InstantSource.system())) {
      assertTrue(predictor.deviceMemory() <= bytes(model) + AT_ONCE);
    }
  }

  @Test
  void moreProbabilitiesThanAnArrayHoldsAreATypedErrorThatNamesTheNumbers() {
    int classes = 65_536;
    int rows = 32_768;
    SoftmaxModel model = model(ElementType.FLOAT32, 1, classes);
    double[] x = new double[rows];
    String expected =
        "predict: 32768 rows of 65536 classes have 2147483648 probabilities, an array holds at"
            + " most 2147483639; ask for at most 32767 rows at once";
    try (Predictor predictor = open(model, options)) {
      for (Executable each :
          List.<Executable>of(
              () -> predictor.predict(x, rows),
              () -> predictor.predict(new float[rows], rows),
              () -> predictor.predictAsync(x, rows),
              () -> predictor.predictAsync(x, rows, Duration.ofHours(1)))) {
        assertEquals(expected, assertThrows(IllegalArgumentException.class, each).getMessage());
      }
    }
  }

  @Test
  void labelsNeedNoArrayOfAllProbabilities() {
    int classes = 1000;
    SoftmaxModel model = model(ElementType.FLOAT32, 1, classes);
    try (Predictor predictor = open(model, options)) {
      int rows = 3000;
      double[] x = new double[rows];
      for (int row = 0; row < rows; row++) {
        x[row] = row % 2 == 0 ? 100 : -100;
      }
      int high = predictor.topClasses(new double[] {100}, 1).get(0).index();
      int low = predictor.topClasses(new double[] {-100}, 1).get(0).index();
      int[] labels = predictor.predictLabels(x, rows);
      for (int row = 0; row < rows; row++) {
        assertEquals(row % 2 == 0 ? high : low, labels[row]);
      }
    }
  }

  @Test
  void whatIsKeptForLaterIsBounded() {
    int features = 1 << 18;
    SoftmaxModel model = model(ElementType.FLOAT64, features, 1);
    try (Predictor predictor = open(model, options)) {
      var hold = device.holdUp();
      List<CompletableFuture<double[]>> answers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        answers.add(
            CompletableFuture.supplyAsync(
                () -> predictor.predict(new double[features], 1),
                task -> new Thread(task).start()));
      }
      // All of them have a workspace of their own.
      while (predictor.deviceMemory() < bytes(model) + 10L * (features + 1) * 8) {
        Thread.onSpinWait();
      }
      hold.countDown();
      answers.forEach(CompletableFuture::join);
      assertTrue(
          predictor.deviceMemory() <= bytes(model) + (16L << 20),
          predictor.deviceMemory() + " bytes are kept");
    }
    assertEquals(0, device.openMatrices());
  }

  /** One for each kind of thing that may be thrown. */
  private static Supplier<Throwable> failure(String kind) {
    return switch (kind) {
      case "Error" -> () -> new OutOfMemoryError("on purpose");
      case "LinkageError" -> () -> new NoSuchMethodError("on purpose");
      default -> () -> new IllegalStateException("on purpose");
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"RuntimeException", "Error", "LinkageError"})
  void aPredictorThatCannotBeMadeLeavesNothing(String kind) {
    SoftmaxModel model = model(ElementType.FLOAT64, 10, 3);
    int calls = Integer.MAX_VALUE;
    for (int call = 1; call <= calls; call++) {
      FaultyBackend faulty = new FaultyBackend();
      faulty.failure = failure(kind);
      faulty.failingCall = call;
      try (Predictor predictor =
          new Predictor(
              model,
              options,
              new PredictorListener() {},
              (requested, fallback) -> faulty.choice(requested),
              InstantSource.system())) {
        assertEquals(3, predictor.classNames().size());
        calls = faulty.calls.get();
        assertTrue(calls >= 8, calls + " calls");
      } catch (RuntimeException | Error e) {
        assertEquals("on purpose", e.getMessage());
      }
      assertTrue(faulty.closed, "call " + call);
      assertEquals(0, faulty.openMatrices(), "call " + call);
    }
  }

  @Test
  void aListenerThatBreaksAtTheStartBreaksNothing() {
    NoSuchMethodError thrown = new NoSuchMethodError("on purpose");
    List<Throwable> told = new ArrayList<>();
    PredictorListener broken =
        new PredictorListener() {
          @Override
          public void onReady(Predictor predictor) {
            told.add(thrown);
            throw thrown;
          }
        };
    try (Predictor predictor =
        new Predictor(
            model(ElementType.FLOAT64, 2, 2),
            options,
            broken,
            (requested, fallback) -> device.choice(requested),
            InstantSource.system())) {
      assertEquals(2, predictor.predict(new double[2]).length);
      assertSame(thrown, told.get(0));
    }
    assertTrue(device.closed);
  }
}
