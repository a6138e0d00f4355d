package io.rowwise.backend.cpu.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.CpuBackendProvider;
import io.rowwise.backend.cpu.Nd4jArrays;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The copy of the weights is that of the weights as they are, whoever wrote them last. */
final class WeightsByClassTest {
  private static final int FEATURES = 40;
  private static final int CLASSES = 9;

  /** Gives the weights other values. */
  private interface Writer {
    void write(Backend backend, Matrix weights, Matrix other);
  }

  private static final Map<String, Writer> WRITERS = new LinkedHashMap<>();

  static {
    double[] doubles = values(5, FEATURES * CLASSES);
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    WRITERS.put("write doubles", (backend, w, other) -> w.write(doubles));
    WRITERS.put("write floats", (backend, w, other) -> w.write(floats));
    WRITERS.put(
        "write a view",
        (backend, w, other) -> w.rows(3, 4).columns(2, 3).write(new double[] {0.375}));
    WRITERS.put("ND4J", (backend, w, other) -> Nd4jArrays.of(w).addi(0.5));
    WRITERS.put("copy", (backend, w, other) -> backend.copy(other, w));
    WRITERS.put(
        "copy columns", (backend, w, other) -> backend.copy(other.columns(1, 3), w.columns(4, 6)));
    WRITERS.put("fill", (backend, w, other) -> backend.fill(0.25, w));
    WRITERS.put("exp", (backend, w, other) -> backend.exp(other, w));
    WRITERS.put("log", (backend, w, other) -> backend.log(other, w));
    WRITERS.put("add", (backend, w, other) -> backend.add(w, other, w));
    WRITERS.put("add a row", (backend, w, other) -> backend.add(w, other.rows(0, 1), w));
    WRITERS.put("add a number", (backend, w, other) -> backend.add(w, 0.5, w));
    WRITERS.put(
        "add to columns",
        (backend, w, other) -> backend.add(w.columns(1, 3), other.columns(2, 4), w.columns(1, 3)));
    WRITERS.put("divide", (backend, w, other) -> backend.divide(other, 3, w));
    WRITERS.put("equal", (backend, w, other) -> backend.equal(w, 0.5, w));
    WRITERS.put("add scaled", (backend, w, other) -> backend.addScaled(0.1, other, w));
    WRITERS.put(
        "add scaled to columns",
        (backend, w, other) -> backend.addScaled(0.1, other.columns(0, 2), w.columns(3, 5)));
    WRITERS.put("row sums", (backend, w, other) -> backend.rowSum(other, w.columns(0, 1)));
    WRITERS.put("row maxima", (backend, w, other) -> backend.rowMax(other, w.columns(1, 2)));
    WRITERS.put("row arg max", (backend, w, other) -> backend.rowArgMax(other, w.columns(1, 2)));
    WRITERS.put("column sums", (backend, w, other) -> backend.columnSum(other, w.rows(7, 8)));
    WRITERS.put(
        "product", (backend, w, other) -> backend.matmul(other.columns(0, 1), other.rows(0, 1), w));
    WRITERS.put(
        "softmax",
        (backend, w, other) -> {
          try (Softmax softmax = backend.kernel(Softmax.TYPE)) {
            softmax.apply(other, w);
          }
        });
    WRITERS.put(
        "log-softmax",
        (backend, w, other) -> {
          try (LogSoftmax logSoftmax = backend.kernel(LogSoftmax.TYPE)) {
            logSoftmax.apply(other, w);
          }
        });
    WRITERS.put(
        "gradient",
        (backend, w, other) -> {
          try (CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
              Matrix logits = backend.matrix(w.type(), FEATURES, CLASSES)) {
            gradient.apply(logits, Targets.ofProbabilities(other), w);
          }
        });
    WRITERS.put(
        "prediction",
        (backend, w, other) -> {
          try (LinearSoftmax prediction = backend.kernel(LinearSoftmax.TYPE);
              Matrix square = backend.matrix(w.type(), CLASSES, CLASSES)) {
            prediction.apply(other, square, other.rows(0, 1), w);
          }
        });
    WRITERS.put("a training step", (backend, w, other) -> train(backend, w, other, false));
    WRITERS.put("an epoch", (backend, w, other) -> train(backend, w, other, true));
  }

  private static void train(Backend backend, Matrix w, Matrix other, boolean epoch) {
    try (TrainingStep step = backend.kernel(TrainingStep.TYPE);
        TrainingEpoch steps = backend.kernel(TrainingEpoch.TYPE);
        Matrix x = backend.matrix(w.type(), CLASSES, FEATURES, values(8, CLASSES * FEATURES));
        Matrix bias = backend.matrix(w.type(), 1, CLASSES);
        Matrix loss = backend.matrix(w.type(), 1, 1)) {
      if (epoch) {
        steps.apply(x, Targets.ofProbabilities(other.rows(0, CLASSES)), 4, 0.5, w, bias, loss);
      } else {
        step.apply(x, Targets.ofProbabilities(other.rows(0, CLASSES)), 0.5, w, bias, loss);
      }
    }
  }

  private static double[] values(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      // Quarters, which both types have.
      values[i] = (1 + random.nextInt(12)) / 4.0;
    }
    return values;
  }

  static Stream<Arguments> writers() {
    return WRITERS.keySet().stream()
        .flatMap(name -> ElementType.arithmetic().stream().map(type -> Arguments.of(name, type)));
  }

  private static double[] transposed(Matrix weights) {
    double[] values = weights.toDoubles();
    double[] transposed = new double[values.length];
    for (int i = 0; i < weights.rows(); i++) {
      for (int j = 0; j < weights.columns(); j++) {
        transposed[j * weights.rows() + i] = values[i * weights.columns() + j];
      }
    }
    return transposed;
  }

  @ParameterizedTest
  @MethodSource("writers")
  void isThatOfTheLatestWeights(String writer, ElementType type) {
    try (Backend backend = new CpuBackendProvider().open(OptionalInt.empty());
        WeightsByClass byClass = new WeightsByClass(backend);
        Matrix weights = backend.matrix(type, FEATURES, CLASSES, values(1, FEATURES * CLASSES));
        Matrix other = backend.matrix(type, FEATURES, CLASSES, values(2, FEATURES * CLASSES))) {
      double[] before = byClass.of(weights).toDoubles();
      assertArrayEquals(transposed(weights), before);
      WRITERS.get(writer).write(backend, weights, other);
      assertArrayEquals(transposed(weights), byClass.of(weights).toDoubles());
      assertFalse(Arrays.equals(before, transposed(weights)), "nothing changed");
    }
  }

  @Test
  void nd4jMayWriteAtAnyTime() {
    try (Backend backend = new CpuBackendProvider().open(OptionalInt.empty());
        WeightsByClass byClass = new WeightsByClass(backend);
        Matrix weights = backend.matrix(ElementType.FLOAT64, FEATURES, CLASSES)) {
      INDArray array = Nd4jArrays.of(weights);
      for (int i = 1; i <= 3; i++) {
        array.addi(1);
        assertEquals(i, byClass.of(weights).toDoubles()[0]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void isThatOfTheWeightsAsked(ElementType type) {
    try (Backend backend = new CpuBackendProvider().open(OptionalInt.empty());
        WeightsByClass byClass = new WeightsByClass(backend);
        Matrix all = backend.matrix(type, FEATURES, CLASSES, values(1, FEATURES * CLASSES));
        Matrix same = backend.matrix(type, FEATURES, CLASSES, values(1, FEATURES * CLASSES))) {
      for (Matrix weights :
          new Matrix[] {
            all, all.rows(1, FEATURES), all.columns(0, 4), all.columns(1, 5), same, all.rows(0, 3)
          }) {
        assertArrayEquals(transposed(weights), byClass.of(weights).toDoubles());
      }
    }
  }

  @Test
  void isMadeOnce() {
    try (Backend backend = new CpuBackendProvider().open(OptionalInt.empty());
        WeightsByClass byClass = new WeightsByClass(backend);
        Matrix weights = backend.matrix(ElementType.FLOAT64, FEATURES, CLASSES)) {
      CpuStorage copy = CpuStorage.of(byClass.of(weights));
      long changes = copy.changes();
      assertSame(copy, CpuStorage.of(byClass.of(weights)));
      assertEquals(changes, copy.changes(), "it was written again");
    }
  }

  /** Both ways of adding up the products of one row agree with batches of rows. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aRowAloneIsWhatItIsAmongOthers(ElementType type) {
    // Of a sum of so many rounded products; the probabilities are at most 1.
    double tolerance = type == ElementType.FLOAT32 ? 1e-5 : 1e-14;
    int[][] shapes = {{784, 10}, {33, 1}, {100, 20}, {50, 200}, {7, 3}};
    for (int[] shape : shapes) {
      int features = shape[0];
      int classes = shape[1];
      try (Backend backend = new CpuBackendProvider().open(OptionalInt.empty());
          LinearSoftmax prediction = backend.kernel(LinearSoftmax.TYPE);
          Matrix weights = backend.matrix(type, features, classes);
          Matrix bias = backend.matrix(type, 1, classes, values(3, classes));
          Matrix x = backend.matrix(type, 5, features, values(4, 5 * features));
          Matrix together = backend.matrix(type, 5, classes);
          Matrix alone = backend.matrix(type, 1, classes)) {
        double[] small = values(1, features * classes);
        for (int i = 0; i < small.length; i++) {
          small[i] = (small[i] - 1.5) / 16;
        }
        weights.write(small);
        prediction.apply(x, weights, bias, together);
        for (int row = 0; row < 5; row++) {
          prediction.apply(x.rows(row, row + 1), weights, bias, alone);
          assertArrayEquals(together.rows(row, row + 1).toDoubles(), alone.toDoubles(), tolerance);
        }
        assertTrue(together.toDoubles()[0] > 0);
      }
    }
  }
}
