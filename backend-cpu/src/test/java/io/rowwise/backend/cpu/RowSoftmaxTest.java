package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The fast softmax agrees with the exact one wherever it hands over to it, and next to there; with
 * and without loops outside the heap.
 */
final class RowSoftmaxTest {
  // Each within 4 ulp of the truth by the contract.
  private static final double ULPS = 8;

  static Stream<Arguments> cases() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                IntStream.of(3, 9, 10, 32, 64, 100, 256, 1000, 3000)
                    .boxed()
                    .flatMap(
                        classes ->
                            Stream.of(true, false)
                                .map(onHeap -> Arguments.of(type, classes, onHeap))));
  }

  private static NativeLoops loops(boolean onHeap) {
    return onHeap ? null : NativeLoops.PRESENT;
  }

  private static RowSoftmax with(ElementType type, int classes, boolean onHeap) {
    return RowSoftmax.with(type, classes, loops(onHeap));
  }

  @Test
  void theVectorApiIsUsedWhereItIs() {
    boolean there = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    assertEquals(there, WideLoops.PRESENT != null);
  }

  @Test
  @EnabledForJreRange(max = JRE.JAVA_25)
  void loopsOutsideTheHeapAreThereUntilTheJvmDeniesThem() {
    assertNotNull(NativeLoops.PRESENT);
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
      Backend backend,
      ElementType type,
      int classes,
      NativeLoops loops,
      double[] z,
      double[] bias,
      String what) {
    int rows = z.length / classes;
    double[] expected =
        softmax(backend, new ExactSoftmax(type, classes, null), type, rows, z, bias);
    for (RowSoftmax softmax :
        List.of(RowSoftmax.with(type, classes, loops), new ExactSoftmax(type, classes, loops))) {
      double[] actual = softmax(backend, softmax, type, rows, z, bias);
      assertAgree(type, expected, actual, what + ", " + softmax.getClass().getSimpleName());
    }
  }

  private static void assertAgree(
      ElementType type, double[] expected, double[] actual, String what) {
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
  void oneLogitFarFromTheOthers(ElementType type, int classes, boolean onHeap) {
    SplittableRandom random = new SplittableRandom(81);
    int rows = 5;
    // Across the limits of float32, 62 below and 26 above, and of float64, 485 and 224.
    double[] distances = {-1e30, -800, -500, -484, -110, -90, -65, -62, -60, 20, 25, 30, 220, 230};
    try (Backend backend = new CpuBackend(1)) {
      for (double distance : distances) {
        for (int place : new int[] {0, classes / 2, classes - 1}) {
          double[] z = normal(random, rows * classes);
          z[2 * classes + place] = distance;
          assertAgree(backend, type, classes, loops(onHeap), z, null, distance + " at " + place);
        }
      }
      assertEquals(0, backend.openMatrices());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsFarFromOneAnother(ElementType type, int classes, boolean onHeap) {
    SplittableRandom random = new SplittableRandom(82);
    double[] levels = {0, 1e3, -1e3, 40_000, -40_000, 2e6, -2e6, 1e30};
    try (Backend backend = new CpuBackend(1)) {
      double[] mixed = normal(random, levels.length * classes);
      for (int row = 0; row < levels.length; row++) {
        double[] z = normal(random, 3 * classes);
        for (int i = 0; i < z.length; i++) {
          z[i] = (float) (z[i] + levels[row]);
        }
        assertAgree(backend, type, classes, loops(onHeap), z, null, "around " + levels[row]);
        System.arraycopy(z, 0, mixed, row * classes, classes);
      }
      assertAgree(backend, type, classes, loops(onHeap), mixed, null, "mixed");
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void specialValuesStayInTheirRow(ElementType type, int classes, boolean onHeap) {
    SplittableRandom random = new SplittableRandom(83);
    double[] specials = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    try (Backend backend = new CpuBackend(1)) {
      for (double special : specials) {
        for (int at : new int[] {0, 1, classes - 1, classes, 3 * classes + 2}) {
          double[] z = normal(random, 4 * classes);
          z[at] = special;
          assertAgree(backend, type, classes, loops(onHeap), z, null, special + " at " + at);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theBiasIsAddedToEveryRow(ElementType type, int classes, boolean onHeap) {
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
      assertAgree(backend, type, classes, loops(onHeap), z, bias, "with a bias");
      double[] expected = softmax(backend, with(type, classes, onHeap), type, rows, shifted, null);
      double[] actual = softmax(backend, with(type, classes, onHeap), type, rows, z, bias);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsMayLieAnywhere(ElementType type, int classes, boolean onHeap) {
    SplittableRandom random = new SplittableRandom(85);
    int rows = 1 + 2100 / classes;
    int gap = classes + 3;
    double[] z = normal(random, rows * gap);
    double[] dense = new double[rows * classes];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(z, row * gap + 1, dense, row * classes, classes);
    }
    try (Backend backend = new CpuBackend(1);
        Matrix spread = backend.matrix(type, rows, gap, z);
        Matrix packed = backend.matrix(type, rows, classes, dense);
        Matrix out = backend.matrix(type, rows, gap)) {
      double[] expected = softmax(backend, with(type, classes, onHeap), type, rows, dense, null);
      for (int shift = 0; shift < 3; shift++) {
        backend.fill(-1, out);
        with(type, classes, onHeap)
            .applyToAll(
                CpuStorage.of(packed), 0, classes, rows, null, CpuStorage.of(out), shift, gap);
        assertRows(type, expected, classes, out, shift);
        backend.fill(-1, out);
        with(type, classes, onHeap)
            .applyToAll(CpuStorage.of(spread), 1, gap, rows, null, CpuStorage.of(out), shift, gap);
        assertRows(type, expected, classes, out, shift);
        backend.fill(-1, out);
        with(type, classes, onHeap)
            .applyToAll(
                CpuStorage.of(spread),
                1 + gap,
                gap,
                rows - 1,
                null,
                CpuStorage.of(out),
                shift,
                classes);
        double[] flat = out.toDoubles();
        assertAgree(
            type,
            Arrays.copyOfRange(expected, classes, expected.length),
            Arrays.copyOfRange(flat, shift, shift + (rows - 1) * classes),
            "packed from " + shift);
        assertEquals(-1, flat[shift + (rows - 1) * classes]);
        assertTrue(shift == 0 || flat[shift - 1] == -1);
      }
    }
  }

  private static void assertRows(
      ElementType type, double[] expected, int classes, Matrix out, int shift) {
    double[] all = out.toDoubles();
    int gap = out.columns();
    double[] there = new double[expected.length];
    for (int i = 0; i < all.length; i++) {
      int row = i / gap;
      int column = i % gap - shift;
      if (column < 0 || column >= classes) {
        assertEquals(-1, all[i], "element " + i + " is none of the result");
      } else {
        there[row * classes + column] = all[i];
      }
    }
    assertAgree(type, expected, there, "shifted by " + shift);
  }
}
