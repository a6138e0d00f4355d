package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TopK;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same bits come out for any number of threads, at sizes that take several of them. */
final class SharedRowsTest {
  private static final int[] THREADS = {2, 3, 5};
  private static final int REPETITIONS = 3;

  static Stream<Arguments> cases() {
    // Rows, features, classes: each on another side of a limit by which work is divided.
    int[][] shapes = {
      {10_000, 5, 3}, {9_001, 40, 3}, {700, 784, 10}, {300, 33, 70}, {600, 300, 120}, {20_000, 0, 2}
    };
    return Stream.of(shapes)
        .flatMap(
            shape ->
                ElementType.arithmetic().stream()
                    .map(type -> Arguments.of(type, shape[0], shape[1], shape[2])));
  }

  private static double[] normal(SplittableRandom random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5;
    }
    return values;
  }

  private static double[] oneHot(SplittableRandom random, int rows, int classes) {
    double[] values = new double[rows * classes];
    for (int row = 0; row < rows; row++) {
      values[row * classes + random.nextInt(classes)] = 1;
    }
    return values;
  }

  /** The result of every kernel, by name. */
  private static Map<String, double[]> compute(
      Backend backend, ElementType type, int rows, int features, int classes) {
    SplittableRandom random = new SplittableRandom(7);
    Map<String, double[]> results = new LinkedHashMap<>();
    List<Matrix> open = new ArrayList<>();
    try (Softmax softmax = backend.kernel(Softmax.TYPE);
        LogSoftmax logSoftmax = backend.kernel(LogSoftmax.TYPE);
        MaskedSoftmax maskedSoftmax = backend.kernel(MaskedSoftmax.TYPE);
        LogSumExp logSumExp = backend.kernel(LogSumExp.TYPE);
        RmsNorm rmsNorm = backend.kernel(RmsNorm.TYPE);
        TopK topK = backend.kernel(TopK.TYPE);
        CrossEntropy crossEntropy = backend.kernel(CrossEntropy.TYPE);
        CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
        LinearSoftmax linearSoftmax = backend.kernel(LinearSoftmax.TYPE);
        Evaluation evaluation = backend.kernel(Evaluation.TYPE);
        TrainingStep step = backend.kernel(TrainingStep.TYPE);
        TrainingEpoch epoch = backend.kernel(TrainingEpoch.TYPE)) {
      Matrix x = open(open, backend, type, rows, features, normal(random, rows * features));
      Matrix y = open(open, backend, type, rows, classes, oneHot(random, rows, classes));
      Matrix w = open(open, backend, type, features, classes, normal(random, features * classes));
      Matrix bias = open(open, backend, type, 1, classes, normal(random, classes));
      Matrix z = open(open, backend, type, rows, classes, normal(random, rows * classes));
      Matrix out = open(open, backend, type, rows, classes, new double[rows * classes]);
      Matrix one = open(open, backend, type, 1, 1, new double[1]);
      Matrix two = open(open, backend, type, 1, 2, new double[2]);
      softmax.apply(z, out);
      results.put("softmax", out.toDoubles());
      logSoftmax.apply(z, out);
      results.put("log-softmax", out.toDoubles());
      maskedSoftmax.apply(z, y, 0.5, out);
      results.put("masked softmax", out.toDoubles());
      logSumExp.apply(z, out.columns(0, 1));
      results.put("log-sum-exp", out.toDoubles());
      rmsNorm.apply(z, bias, 1e-5, out);
      results.put("RMS norm", out.toDoubles());
      topK.apply(z, out.columns(0, 1), out.columns(1, 2));
      results.put("top k", out.toDoubles());
      crossEntropy.apply(z, Targets.ofProbabilities(y), one);
      results.put("cross-entropy", one.toDoubles());
      gradient.apply(z, Targets.ofProbabilities(y), out);
      results.put("gradient", out.toDoubles());
      linearSoftmax.apply(x, w, bias, out);
      results.put("linear-softmax", out.toDoubles());
      evaluation.apply(x, Targets.ofProbabilities(y), w, bias, two);
      results.put("evaluation", two.toDoubles());
      backend.matmul(x, w, out);
      results.put("matmul", out.toDoubles());
      backend.matmul(1, x, Transpose.YES, z, Transpose.NO, 1, w);
      results.put("matmul, transposed", w.toDoubles());
      step.apply(x, Targets.ofProbabilities(y), 0.1, w, bias, one);
      results.put("step: weights", w.toDoubles());
      results.put("step: bias", bias.toDoubles());
      results.put("step: loss", one.toDoubles());
      epoch.apply(x, Targets.ofProbabilities(y), 257, 0.1, w, bias, one);
      results.put("epoch: weights", w.toDoubles());
      results.put("epoch: bias", bias.toDoubles());
      results.put("epoch: loss", one.toDoubles());
      softmax.apply(z, z);
      results.put("softmax in place", z.toDoubles());
    } finally {
      open.forEach(Matrix::close);
    }
    return results;
  }

  private static Matrix open(
      List<Matrix> open, Backend backend, ElementType type, int rows, int columns, double[] of) {
    Matrix matrix = backend.matrix(type, rows, columns, of);
    open.add(matrix);
    return matrix;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theNumberOfThreadsChangesNoBit(ElementType type, int rows, int features, int classes) {
    Map<String, double[]> alone;
    try (Backend backend = new CpuBackend(1)) {
      alone = compute(backend, type, rows, features, classes);
    }
    for (int threads : THREADS) {
      // All work is worth sharing here.
      try (Backend backend = new CpuBackend(new Workers(threads, 0, 0))) {
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
          Map<String, double[]> shared = compute(backend, type, rows, features, classes);
          assertEquals(alone.keySet(), shared.keySet());
          alone.forEach(
              (name, expected) ->
                  assertArrayEquals(
                      expected, shared.get(name), 0, name + " with " + threads + " threads"));
        }
        assertEquals(0, backend.openMatrices());
      }
    }
  }
}
