package io.rowwise.backend.cpu.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.CpuBackendProvider;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.loops.VectorApi;
import io.rowwise.backend.cpu.memory.CpuStorage;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every form of rows gives the same for the same logits, whatever these are: what a textbook's
 * formula in {@code double} gives. Run in a JVM with the Vector API as well, and by JDKs on both
 * sides of 22.
 */
public final class RowsTest {
  /** The softmax's, each within 4 ulp of the truth by the contract. */
  private static final double ULPS = 8;

  static Stream<Arguments> forms() {
    return ElementType.arithmetic().stream()
        .flatMap(
            type ->
                Stream.concat(
                    IntStream.of(1, 3, 8, 20)
                        .mapToObj(classes -> Arguments.of(RowForm.CLASS_MAJOR, type, classes)),
                    IntStream.of(2, 9, 10, 32, 64, 100, 256, 1000, 3000)
                        .mapToObj(classes -> Arguments.of(RowForm.ROW_MAJOR, type, classes))));
  }

  private static Rows rows(RowForm form, ElementType type, int classes) {
    Loops<?> loops = Loops.of(type);
    return switch (form) {
      case CLASS_MAJOR -> new ClassMajorRows<>(loops, classes);
      case ROW_MAJOR -> new RowMajorRows<>(loops, classes);
    };
  }

  private static Backend backend() {
    return new CpuBackendProvider().open(OptionalInt.empty());
  }

  @Test
  void theVectorApiIsUsedWhereItIs() {
    boolean there = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    assertEquals(there, VectorApi.isPresent());
    assertEquals(
        there ? "VectorFloat32Loops" : "Float32Loops", Loops.float32().getClass().getSimpleName());
  }

  private static double ulp(ElementType type, double value) {
    return type == ElementType.FLOAT32 ? Math.ulp((float) value) : Math.ulp(value);
  }

  /** The results of all rows, a block at a time. */
  private static double[] compute(
      Backend backend,
      Rows rows,
      ElementType type,
      double[] z,
      double[] y,
      double[] bias,
      Consumer<Rows> function) {
    int all = z.length / rows.classes;
    try (Matrix in = backend.matrix(type, all, rows.classes, z);
        Matrix targets = backend.matrix(type, all, rows.classes, y);
        Matrix out = backend.matrix(type, all, rows.classes)) {
      if (bias != null) {
        rows.takeBias(bias);
      }
      for (int first = 0; first < all; first += rows.capacity()) {
        rows.load(in, first, Math.min(rows.capacity(), all - first));
        if (bias != null) {
          rows.addBias();
        }
        rows.loadTargets(targets, first);
        rows.normalize();
        function.accept(rows);
        rows.store(out, first);
      }
      return out.toDoubles();
    }
  }

  private static double[] compute(
      Backend backend, Rows rows, ElementType type, double[] z, Consumer<Rows> function) {
    return compute(backend, rows, type, z, z, null, function);
  }

  /** Of each row, its softmax by the textbook. */
  private static double[] softmax(double[] z, int classes) {
    return eachRow(
        z,
        classes,
        row -> {
          double max = Arrays.stream(row).reduce(Math::max).orElseThrow();
          double[] powers = Arrays.stream(row).map(x -> StrictMath.exp(x - max)).toArray();
          double sum = Arrays.stream(powers).sum();
          return Arrays.stream(powers).map(x -> x / sum).toArray();
        });
  }

  private static double[] logSoftmax(double[] z, int classes) {
    return eachRow(
        z,
        classes,
        row -> {
          double max = Arrays.stream(row).reduce(Math::max).orElseThrow();
          double sum = Arrays.stream(row).map(x -> StrictMath.exp(x - max)).sum();
          return Arrays.stream(row).map(x -> (x - max) - Math.log(sum)).toArray();
        });
  }

  private static double[] logSumExp(double[] z, int classes) {
    double[] out = new double[z.length / classes];
    for (int row = 0; row < out.length; row++) {
      double[] of = Arrays.copyOfRange(z, row * classes, (row + 1) * classes);
      double max = Arrays.stream(of).reduce(Math::max).orElseThrow();
      double sum = Arrays.stream(of).map(x -> StrictMath.exp(x - max)).sum();
      out[row] = Double.isFinite(max) ? max + Math.log(sum) : max;
    }
    return out;
  }

  private static double[] eachRow(double[] z, int classes, UnaryOperator<double[]> function) {
    double[] out = new double[z.length];
    for (int start = 0; start < z.length; start += classes) {
      double[] row = function.apply(Arrays.copyOfRange(z, start, start + classes));
      System.arraycopy(row, 0, out, start, classes);
    }
    return out;
  }

  private static void assertNear(
      double[] expected, double[] actual, DoubleUnaryOperator tolerance, String what) {
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      if (Double.isNaN(expected[i])) {
        assertTrue(Double.isNaN(actual[i]), () -> what + ", element " + at + ": " + actual[at]);
      } else if (Double.isInfinite(expected[i])) {
        assertEquals(expected[i], actual[i], () -> what + ", element " + at);
      } else {
        double bound = tolerance.applyAsDouble(expected[i]);
        assertEquals(expected[i], actual[i], bound, () -> what + ", element " + at);
      }
    }
  }

  private static void assertRight(
      Backend backend, Rows rows, ElementType type, double[] z, String what) {
    int classes = rows.classes;
    assertNear(
        softmax(z, classes),
        compute(backend, rows, type, z, Rows::toProbabilities),
        value -> ULPS * ulp(type, value),
        what + ", softmax");
    assertNear(
        logSoftmax(z, classes),
        compute(backend, rows, type, z, Rows::toLogProbabilities),
        value -> ULPS * ulp(type, Math.max(1, Math.abs(value))),
        what + ", log-softmax");
    double[] sums = new double[z.length / classes];
    int[] next = new int[1];
    compute(
        backend,
        rows,
        type,
        z,
        block -> {
          System.arraycopy(block.logSumExp(), 0, sums, next[0], block.rows());
          next[0] += block.rows();
          block.toProbabilities();
        });
    assertNear(
        logSumExp(z, classes),
        sums,
        value -> ULPS * ulp(type, Math.max(1, Math.abs(value))),
        what + ", log-sum-exp");
    assertLossAndGradient(backend, rows, type, z, what);
  }

  private static void assertLossAndGradient(
      Backend backend, Rows rows, ElementType type, double[] z, String what) {
    int classes = rows.classes;
    double[] y = new double[z.length];
    for (int row = 0; row < z.length / classes; row++) {
      y[row * classes + row % classes] = 1;
    }
    double[] p = softmax(z, classes);
    double[] logP = logSoftmax(z, classes);
    double loss = 0;
    double size = 1;
    double[] gradient = new double[z.length];
    for (int i = 0; i < z.length; i++) {
      gradient[i] = (p[i] - y[i]) / 16;
      // A target of 0 takes no part, unless the whole row is NaN.
      if (y[i] != 0 || Double.isNaN(p[i])) {
        loss -= y[i] * logP[i];
        size += Math.abs(logP[i]);
      }
    }
    assertNear(
        gradient,
        compute(backend, rows, type, z, y, null, r -> r.toGradient(16)),
        value -> ULPS * ulp(type, 1) / 16,
        what + ", gradient");
    double[] sum = new double[1];
    compute(
        backend,
        rows,
        type,
        z,
        y,
        null,
        r -> {
          sum[0] += r.crossEntropy();
          r.toProbabilities();
        });
    double bound = ULPS * ulp(type, size);
    assertNear(new double[] {loss}, sum, value -> bound, what + ", cross-entropy");
  }

  private static double[] normal(SplittableRandom random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (4 * random.nextDouble() - 2);
    }
    return values;
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void oneLogitFarFromTheOthers(RowForm form, ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(81);
    Rows rows = rows(form, type, classes);
    // Across the limits of float32, 62 below and 26 above, and of float64, 485 and 224.
    double[] distances = {-1e30, -800, -500, -484, -110, -90, -65, -62, -60, 20, 25, 30, 220, 230};
    try (Backend backend = backend()) {
      for (double distance : distances) {
        for (int place : new int[] {0, classes / 2, classes - 1}) {
          double[] z = normal(random, 5 * classes);
          z[2 * classes + place] = (float) distance;
          assertRight(backend, rows, type, z, distance + " at " + place);
        }
      }
      assertEquals(0, backend.openMatrices());
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void rowsFarFromOneAnother(RowForm form, ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(82);
    Rows rows = rows(form, type, classes);
    double[] levels = {0, 1e3, -1e3, 40_000, -40_000, 2e6, -2e6, 1e30};
    try (Backend backend = backend()) {
      double[] mixed = normal(random, levels.length * classes);
      for (int row = 0; row < levels.length; row++) {
        double[] z = normal(random, 3 * classes);
        for (int i = 0; i < z.length; i++) {
          z[i] = (float) (z[i] + levels[row]);
        }
        assertRight(backend, rows, type, z, "around " + levels[row]);
        System.arraycopy(z, 0, mixed, row * classes, classes);
      }
      assertRight(backend, rows, type, mixed, "mixed");
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void specialValuesStayInTheirRow(RowForm form, ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(83);
    Rows rows = rows(form, type, classes);
    double[] specials = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    try (Backend backend = backend()) {
      for (double special : specials) {
        for (int at : new int[] {0, 1, classes - 1, classes, 3 * classes + 2}) {
          double[] z = normal(random, 4 * classes);
          z[Math.min(at, z.length - 1)] = special;
          assertRight(backend, rows, type, z, special + " at " + at);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void theBiasIsAddedToEveryRow(RowForm form, ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(84);
    int count = 7;
    // Sums of these few bits are exact in both types.
    double[] bias = new double[classes];
    double[] z = new double[count * classes];
    double[] shifted = new double[count * classes];
    for (int j = 0; j < classes; j++) {
      bias[j] = random.nextInt(64) / 16.0;
    }
    for (int i = 0; i < z.length; i++) {
      z[i] = random.nextInt(64) / 16.0;
      shifted[i] = z[i] + bias[i % classes];
    }
    Rows rows = rows(form, type, classes);
    try (Backend backend = backend()) {
      assertArrayEquals(
          compute(backend, rows, type, shifted, Rows::toProbabilities),
          compute(backend, rows, type, z, z, bias, Rows::toProbabilities));
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void rowsMayLieAnywhere(RowForm form, ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(85);
    Rows rows = rows(form, type, classes);
    int count = Math.min(3, rows.capacity());
    int gap = classes + 3;
    double[] z = normal(random, count * gap);
    double[] dense = new double[count * classes];
    for (int row = 0; row < count; row++) {
      System.arraycopy(z, row * gap + 1, dense, row * classes, classes);
    }
    try (Backend backend = backend();
        Matrix spread = backend.matrix(type, count, gap, z);
        Matrix out = backend.matrix(type, count, gap)) {
      double[] expected = compute(backend, rows, type, dense, Rows::toProbabilities);
      for (int shift = 0; shift < 3; shift++) {
        backend.fill(-1, out);
        rows.load(CpuStorage.of(spread), 1, gap, count);
        rows.normalize();
        rows.toProbabilities();
        rows.store(CpuStorage.of(out), shift, gap);
        double[] all = out.toDoubles();
        for (int i = 0; i < all.length; i++) {
          int column = i % gap - shift;
          boolean isResult = column >= 0 && column < classes;
          double wanted = isResult ? expected[i / gap * classes + column] : -1;
          assertEquals(wanted, all[i], "element " + i);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("byClass")
  void rowsThatLieClassByClassAreTheSame(ElementType type, int classes) {
    int count = 5;
    double[] z = normal(new SplittableRandom(86), count * classes);
    double[] byClass = new double[z.length];
    for (int i = 0; i < z.length; i++) {
      byClass[i % classes * count + i / classes] = z[i];
    }
    Rows rows = rows(RowForm.CLASS_MAJOR, type, classes);
    try (Backend backend = backend();
        Matrix in = backend.matrix(type, classes, count, byClass);
        Matrix out = backend.matrix(type, classes, count)) {
      double[] expected = compute(backend, rows, type, z, Rows::toProbabilities);
      rows.loadByClass(CpuStorage.of(in), 0, count, count);
      rows.normalize();
      rows.toProbabilities();
      rows.storeByClass(CpuStorage.of(out), 0, count);
      double[] actual = out.toDoubles();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i % classes * count + i / classes]);
      }
    }
  }

  static Stream<Arguments> byClass() {
    return ElementType.arithmetic().stream()
        .flatMap(type -> Stream.of(1, 3, 8).map(classes -> Arguments.of(type, classes)));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void aRowsResultHasTheSameBitsWhateverTheOthersAre(RowForm form, ElementType type, int classes) {
    Rows rows = rows(form, type, classes);
    int count = Math.min(40, rows.capacity());
    SplittableRandom random = new SplittableRandom(5);
    double[] z = new double[count * classes];
    for (int i = 0; i < z.length; i++) {
      z[i] = 4 * random.nextDouble() + 3 * (i / classes % 5);
    }
    try (Backend backend = backend()) {
      double[] together = compute(backend, rows, type, z, Rows::toLogProbabilities);
      double[] alone =
          eachRow(z, classes, row -> compute(backend, rows, type, row, Rows::toLogProbabilities));
      assertArrayEquals(together, alone);
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void almostNothingIsLeftToLearnFromARowThatIsCertain(
      RowForm form, ElementType type, int classes) {
    Rows rows = rows(form, type, classes);
    double[] y = new double[classes];
    y[classes - 1] = 1;
    double[] z = new double[classes];
    try (Backend backend = backend()) {
      for (int i = 0; i < 100; i++) {
        double[] bias = new double[classes];
        // Powers with all kinds of reciprocals.
        bias[classes - 1] = 60 + 0.01 * i;
        double[] gradient = compute(backend, rows, type, z, y, bias, r -> r.toGradient(1));
        assertEquals(0, gradient[classes - 1], ulp(type, 1), "gradient");
        double[] p = compute(backend, rows, type, z, y, bias, Rows::toProbabilities);
        assertEquals(1, p[classes - 1], ulp(type, 1), "probability");
      }
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void columnSumsAreThoseSinceTheyWereCleared(RowForm form, ElementType type, int classes) {
    Rows rows = rows(form, type, classes);
    try (Backend backend = backend();
        Matrix x = backend.matrix(type, 50, classes)) {
      double[] sums = new double[classes + 1];
      for (int blocks : new int[] {1, 40, 16, 17}) {
        int some = Math.min(3, rows.capacity());
        rows.clearColumnSums();
        // An unfinished slab, as an error leaves it.
        addProbabilities(rows, x, 1);
        rows.clearColumnSums();
        for (int block = 0; block < blocks; block++) {
          addProbabilities(rows, x, some);
        }
        rows.copyColumnSums(sums, 1);
        double[] expected = new double[classes + 1];
        Arrays.fill(expected, 1, classes + 1, (double) blocks * some / classes);
        // So many roundings, each of half an ulp of a sum below 128.
        double bound = 120 * (type == ElementType.FLOAT32 ? 0x1p-18 : 0x1p-47);
        assertArrayEquals(expected, sums, bound, blocks + " blocks");
      }
    }
  }

  private static void addProbabilities(Rows rows, Matrix x, int count) {
    rows.load(x, 0, count);
    rows.normalize();
    rows.toProbabilities();
    rows.addToColumnSums();
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("forms")
  void theFirstOfTheLargestIsThePrediction(RowForm form, ElementType type, int classes) {
    Rows rows = rows(form, type, classes);
    int last = classes - 1;
    double[] z = new double[classes];
    double[] y = new double[classes];
    y[last] = 1;
    try (Backend backend = backend()) {
      assertEquals(classes == 1 ? 1 : 0, correct(backend, rows, type, z, y), "all the same");
      z[last] = 1;
      assertEquals(1, correct(backend, rows, type, z, y), "the last");
      z[0] = Double.NaN;
      assertEquals(0, correct(backend, rows, type, z, y), "NaN");
      z[0] = 0;
      y[0] = Double.NaN;
      assertEquals(0, correct(backend, rows, type, z, y), "a target is NaN");
      y[0] = 0.5;
      y[last] = 0.5;
      z[0] = 3;
      assertEquals(1, correct(backend, rows, type, z, y), "the first target");
    }
  }

  private static int correct(Backend backend, Rows rows, ElementType type, double[] z, double[] y) {
    int[] correct = new int[1];
    compute(
        backend,
        rows,
        type,
        z,
        y,
        null,
        r -> {
          r.crossEntropy();
          correct[0] = r.correct();
          r.toProbabilities();
        });
    return correct[0];
  }
}
