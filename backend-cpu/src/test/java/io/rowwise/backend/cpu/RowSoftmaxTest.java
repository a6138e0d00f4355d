package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The fast softmax agrees with the exact one wherever it hands over to it, and next to there. */
final class RowSoftmaxTest {
  // Each within 4 ulp of the truth by the contract.
  private static final double ULPS = 8;

  static Stream<Arguments> cases() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                IntStream.of(9, 10, 64, 100, 1000, 3000)
                    .mapToObj(classes -> Arguments.of(type, classes)));
  }

  @Test
  void theVectorApiIsUsedWhereItIs() {
    boolean there = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    assertEquals(there, WideLoops.PRESENT != null);
  }

  private static double ulp(ElementType type, double value) {
    return type == ElementType.FLOAT32 ? Math.ulp((float) value) : Math.ulp(value);
  }

  private static double[] softmax(
      Backend backend, RowSoftmax softmax, ElementType type, int rows, double[] z, double[] bias) {
    int classes = softmax.classes;
    try (Matrix in = backend.matrix(type, rows, classes, z);
        Matrix out = backend.matrix(type, rows, classes)) {
      softmax.applyToAll(CpuStorage.of(in), 0, classes, rows, bias, CpuStorage.of(out), 0, classes);
      return out.toDoubles();
    }
  }

  private static void assertAgree(
      Backend backend, ElementType type, int classes, double[] z, double[] bias, String what) {
    int rows = z.length / classes;
    double[] expected = softmax(backend, new ExactSoftmax(type, classes), type, rows, z, bias);
    double[] actual = softmax(backend, RowSoftmax.of(type, classes, null), type, rows, z, bias);
    for (int i = 0; i < expected.length; i++) {
      int at = i;
      if (Double.isNaN(expected[i])) {
        assertTrue(Double.isNaN(actual[i]), () -> what + ", element " + at);
      } else {
        assertEquals(
            expected[i], actual[i], ULPS * ulp(type, expected[i]), () -> what + ", element " + at);
      }
    }
  }

  private static double[] normal(SplittableRandom random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (4 * random.nextDouble() - 2);
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void oneLogitFarFromTheOthers(ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(81);
    int rows = 5;
    // Across the limits of float32, 62 below and 26 above, and of float64, 485 and 224.
    double[] distances = {-1e30, -800, -500, -484, -110, -90, -65, -62, -60, 20, 25, 30, 220, 230};
    try (Backend backend = new CpuBackend(1)) {
      for (double distance : distances) {
        for (int place : new int[] {0, 5, classes - 1}) {
          double[] z = normal(random, rows * classes);
          z[2 * classes + place] = distance;
          assertAgree(backend, type, classes, z, null, distance + " at " + place);
        }
      }
      assertEquals(0, backend.openMatrices());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsFarFromOneAnother(ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(82);
    double[] levels = {0, 1e3, -1e3, 40_000, -40_000, 2e6, -2e6, 1e30};
    try (Backend backend = new CpuBackend(1)) {
      double[] mixed = normal(random, levels.length * classes);
      for (int row = 0; row < levels.length; row++) {
        double[] z = normal(random, 3 * classes);
        for (int i = 0; i < z.length; i++) {
          z[i] = (float) (z[i] + levels[row]);
        }
        assertAgree(backend, type, classes, z, null, "around " + levels[row]);
        System.arraycopy(z, 0, mixed, row * classes, classes);
      }
      assertAgree(backend, type, classes, mixed, null, "mixed");
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void specialValuesStayInTheirRow(ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(83);
    double[] specials = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    try (Backend backend = new CpuBackend(1)) {
      for (double special : specials) {
        for (int at : new int[] {0, 1, classes - 1, classes, 3 * classes + 2}) {
          double[] z = normal(random, 4 * classes);
          z[at] = special;
          assertAgree(backend, type, classes, z, null, special + " at " + at);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theBiasIsAddedToEveryRow(ElementType type, int classes) {
    SplittableRandom random = new SplittableRandom(84);
    int rows = 7;
    // Sums of these few bits are exact in both types.
    double[] bias = new double[classes];
    double[] z = new double[rows * classes];
    double[] shifted = new double[rows * classes];
    for (int j = 0; j < classes; j++) {
      bias[j] = random.nextInt(64) / 16.0;
    }
    for (int i = 0; i < z.length; i++) {
      z[i] = random.nextInt(64) / 16.0;
      shifted[i] = z[i] + bias[i % classes];
    }
    try (Backend backend = new CpuBackend(1)) {
      assertAgree(backend, type, classes, z, bias, "with a bias");
      double[] expected =
          softmax(backend, RowSoftmax.of(type, classes, null), type, rows, shifted, null);
      double[] actual = softmax(backend, RowSoftmax.of(type, classes, null), type, rows, z, bias);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i]);
      }
    }
  }
}
