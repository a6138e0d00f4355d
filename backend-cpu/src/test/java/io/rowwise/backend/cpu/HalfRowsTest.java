package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is computed of 16-bit matrices is, to the last bit, what is computed of the same numbers in
 * float32, rounded once; for every form of rows and any number of threads.
 */
final class HalfRowsTest {
  static Stream<Arguments> cases() {
    // Rows, features, classes: each form of rows, one row, several slabs, rows longer than a block.
    int[][] shapes = {
      {500, 5, 3},
      {1, 784, 10},
      {1, 5, 3},
      {300, 784, 10},
      {90, 40, 100},
      {600, 33, 8},
      {3, 9, 4000}
    };
    return Stream.of(ElementType.values())
        .filter(ElementType::isHalf)
        .flatMap(
            type ->
                Stream.of(shapes)
                    .flatMap(
                        shape ->
                            Stream.of(1, 3)
                                .map(
                                    threads ->
                                        Arguments.of(
                                            type, shape[0], shape[1], shape[2], threads))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aResultIsThatOfFloat32RoundedOnce(
      ElementType type, int rows, int features, int classes, int threads) {
    List<double[]> narrow = compute(type, type, rows, features, classes, threads);
    List<double[]> wide = compute(ElementType.FLOAT32, type, rows, features, classes, threads);
    for (int i = 0; i < wide.size(); i++) {
      double[] expected = wide.get(i);
      for (int j = 0; j < expected.length; j++) {
        // A loss, which is one number, is not rounded.
        expected[j] = expected.length == 1 ? expected[j] : type.rounded(expected[j]);
      }
      assertArrayEquals(expected, narrow.get(i), 0, "result " + i);
    }
  }

  /** The results of all kernels, for numbers of one type in matrices of another. */
  private static List<double[]> compute(
      ElementType type, ElementType ofNumbers, int rows, int features, int classes, int threads) {
    SplittableRandom random = new SplittableRandom(5);
    double[] logits = normal(random, ofNumbers, rows * classes, 4);
    // Rows that are not taken together with the others.
    logits[0] = ofNumbers.rounded(60_000);
    logits[rows * classes - 1] = Double.NEGATIVE_INFINITY;
    List<double[]> results = new ArrayList<>();
    try (Backend backend = new CpuBackend(new Workers(threads, 0, 0));
        Matrix z = backend.matrix(type, rows, classes, logits);
        Matrix y =
            backend.matrix(type, rows, classes, normal(random, ofNumbers, rows * classes, 1));
        Matrix x =
            backend.matrix(type, rows, features, normal(random, ofNumbers, rows * features, 1));
        Matrix weights =
            backend.matrix(
                type, features, classes, normal(random, ofNumbers, features * classes, 1));
        Matrix bias = backend.matrix(type, 1, classes, normal(random, ofNumbers, classes, 1));
        Matrix out = backend.matrix(type, rows, classes);
        Matrix loss = backend.matrix(ElementType.FLOAT32, 1, 1);
        Matrix labels = backend.matrix(ElementType.FLOAT32, rows, 1);
        Softmax softmax = backend.kernel(Softmax.TYPE);
        LogSoftmax logSoftmax = backend.kernel(LogSoftmax.TYPE);
        CrossEntropy crossEntropy = backend.kernel(CrossEntropy.TYPE);
        CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
        LinearSoftmax linearSoftmax = backend.kernel(LinearSoftmax.TYPE)) {
      softmax.apply(z, out);
      results.add(out.toDoubles());
      logSoftmax.apply(z, out);
      results.add(out.toDoubles());
      for (Targets targets :
          new Targets[] {
            Targets.ofProbabilities(y),
            Targets.ofClasses(labels),
            Targets.ofClasses(labels).weights(labels)
          }) {
        crossEntropy.apply(z, targets, loss);
        results.add(loss.toDoubles());
        gradient.apply(z, targets, out);
        results.add(out.toDoubles());
      }
      linearSoftmax.apply(x, weights, bias, out);
      results.add(out.toDoubles());
      softmax.apply(z, z);
      results.add(z.toDoubles());
    }
    return results;
  }

  private static double[] normal(
      SplittableRandom random, ElementType type, int count, double deviation) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = type.rounded(deviation * random.nextGaussian());
    }
    return values;
  }
}
