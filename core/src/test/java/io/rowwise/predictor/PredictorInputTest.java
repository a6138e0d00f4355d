package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.NonFinite;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes in: numbers that are not finite, of both types; and labels as what goes out. */
final class PredictorInputTest {
  private static final int FEATURES = 3;

  private FaultyBackend device;

  private static SoftmaxModel model(ElementType type) {
    double[] weights = {1, 0, 0, 1, 1, -1};
    return SoftmaxModel.of(
        type,
        FEATURES,
        2,
        weights,
        new double[2],
        ModelCard.empty().classNames(List.of("left", "right")));
  }

  private Predictor open(ElementType type, NonFinite policy) {
    device = new FaultyBackend();
    return new Predictor(
        model(type),
        PredictorOptions.defaults().backend("fake").nonFinite(policy),
        new PredictorListener() {},
        (requested, fallback) -> device.choice(requested),
        InstantSource.system());
  }

  private Predictor open(ElementType type) {
    return open(type, NonFinite.REFUSE);
  }

  private static double[] rowsWith(double value, int row, int column) {
    double[] x = new double[4 * FEATURES];
    x[row * FEATURES + column] = value;
    return x;
  }

  private static float[] floats(double[] x) {
    float[] floats = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      floats[i] = (float) x[i];
    }
    return floats;
  }

  private static void assertRefused(Executable call, String value, int row, int column) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(
        message.startsWith(
            "predict: x is " + value + " in row " + row + ", column " + column + ","),
        message);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void whatIsNotFiniteIsRefusedWhereverItComesIn(double value) {
    for (ElementType type : ElementType.arithmetic()) {
      try (Predictor predictor = open(type)) {
        for (int row = 0; row < 4; row++) {
          for (int column = 0; column < FEATURES; column++) {
            double[] x = rowsWith(value, row, column);
            float[] f = floats(x);
            String text = Double.toString(value);
            assertRefused(() -> predictor.predict(x, 4), text, row, column);
            assertRefused(() -> predictor.predict(f, 4), text, row, column);
            assertRefused(() -> predictor.predictLabels(x, 4), text, row, column);
            assertRefused(() -> predictor.predictLabels(f, 4), text, row, column);
            assertRefused(() -> predictor.predictClassNames(x, 4), text, row, column);
            assertRefused(() -> predictor.predictAsync(x, 4), text, row, column);
            assertRefused(
                () -> predictor.predictAsync(x, 4, Duration.ofDays(1)), text, row, column);
          }
        }
        double[] one = {0, value, 0};
        assertRefused(() -> predictor.predict(one), Double.toString(value), 0, 1);
        assertRefused(() -> predictor.predict(floats(one)), Double.toString(value), 0, 1);
        assertRefused(() -> predictor.topClasses(one, 1), Double.toString(value), 0, 1);
        assertRefused(() -> predictor.topClasses(floats(one), 1), Double.toString(value), 0, 1);
      }
    }
  }

  @Test
  void whatFloatsAreTooSmallForIsRefusedWhereTheyAreComputedWith() {
    // Halfway to what would be the next float, ties to even: the first that becomes infinite.
    double first = 0x1.ffffffp127;
    assertEquals(Float.POSITIVE_INFINITY, (float) first);
    assertEquals(Float.MAX_VALUE, (float) Math.nextDown(first));
    try (Predictor predictor = open(ElementType.FLOAT32)) {
      for (double value : new double[] {first, -first, 1e39, -Double.MAX_VALUE}) {
        double[] x = rowsWith(value, 2, 1);
        assertRefused(() -> predictor.predict(x, 4), Double.toString(value), 2, 1);
        assertRefused(() -> predictor.predictAsync(x, 4), Double.toString(value), 2, 1);
      }
      for (double value : new double[] {Math.nextDown(first), -Math.nextDown(first)}) {
        assertEquals(8, predictor.predict(rowsWith(value, 2, 1), 4).length);
      }
    }
    try (Predictor predictor = open(ElementType.FLOAT64)) {
      assertArrayEquals(new double[] {0, 1}, predictor.predict(new double[] {0, 1e39, 0}), 0);
    }
  }

  @Test
  void typesOf16BitsRefuseWhatIsTooLargeForThem() {
    try (Predictor predictor = open(ElementType.FLOAT16)) {
      double[] x = rowsWith(65520, 2, 1);
      assertRefused(() -> predictor.predict(x, 4), "65520.0", 2, 1);
      assertRefused(() -> predictor.predict(floats(x), 4), "65520.0", 2, 1);
      assertEquals(8, predictor.predict(rowsWith(65519, 2, 1), 4).length);
    }
    try (Predictor predictor = open(ElementType.BFLOAT16)) {
      assertRefused(
          () -> predictor.predict(rowsWith(0x1.ffp127, 2, 1), 4),
          Double.toString(0x1.ffp127),
          2,
          1);
      assertEquals(8, predictor.predict(rowsWith(Math.nextDown(0x1.ffp127), 2, 1), 4).length);
    }
  }

  @Test
  void itPassesWhereThatIsWanted() throws ExecutionException, InterruptedException {
    try (Predictor predictor = open(ElementType.FLOAT64, NonFinite.PASS)) {
      double[] x = rowsWith(Double.NaN, 1, 0);
      x[0] = 5;
      double[] p = predictor.predict(x, 4);
      assertArrayEquals(new double[] {Double.NaN, Double.NaN}, new double[] {p[2], p[3]});
      assertArrayEquals(predictor.predict(new double[FEATURES]), new double[] {p[4], p[5]});
      assertArrayEquals(p, predictor.predictAsync(x, 4).get());
      assertArrayEquals(new int[] {0, -1, 0, 0}, predictor.predictLabels(x, 4));
      assertEquals(
          List.of("left", "NaN", "left", "left"), predictor.predictClassNames(floats(x), 4));
    }
  }

  @Test
  void aBadRequestSpoilsNoOther() throws InterruptedException, ExecutionException {
    try (Predictor predictor = open(ElementType.FLOAT64)) {
      double[] good = {1, 2, 3};
      double[] expected = predictor.predict(good);
      var hold = device.holdUp();
      CompletableFuture<double[]> first = predictor.predictAsync(good, 1);
      device.reached.await();
      CompletableFuture<double[]> second = predictor.predictAsync(good, 1);
      assertThrows(
          IllegalArgumentException.class,
          () -> predictor.predictAsync(new double[] {1, Double.NaN, 3}, 1));
      CompletableFuture<double[]> third = predictor.predictAsync(good, 1);
      hold.countDown();
      for (CompletableFuture<double[]> each : List.of(first, second, third)) {
        assertArrayEquals(expected, each.get(), 1e-15);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 3000})
  void labelsAreTheMostProbableClassesAndTheFirstOfEquals(int rows) {
    double[] x = new double[rows * FEATURES];
    int[] expected = new int[rows];
    for (int row = 0; row < rows; row++) {
      x[row * FEATURES + row % 2] = row % 3;
      expected[row] = row % 3 == 0 ? 0 : row % 2;
    }
    try (Predictor predictor = open(ElementType.FLOAT32)) {
      assertArrayEquals(expected, predictor.predictLabels(x, rows));
      assertArrayEquals(expected, predictor.predictLabels(floats(x), rows));
      List<String> names = predictor.predictClassNames(x, rows);
      assertEquals(names, predictor.predictClassNames(floats(x), rows));
      for (int row = 0; row < rows; row++) {
        assertEquals(predictor.classNames().get(expected[row]), names.get(row));
      }
      assertThrows(IllegalArgumentException.class, () -> predictor.predictLabels(x, rows + 1));
    }
  }

  @Test
  void floatsAreTakenWhereverDoublesAre() {
    double[] x = {0.5, -1.25, 2};
    try (Predictor predictor = open(ElementType.FLOAT32)) {
      float[] p = predictor.predict(floats(x));
      assertArrayEquals(floats(predictor.predict(x)), p, 0);
      assertEquals(predictor.topClasses(x, 2), predictor.topClasses(floats(x), 2));
      assertThrows(IllegalArgumentException.class, () -> predictor.topClasses(floats(x), 0));
    }
  }
}
