package io.rowwise.benchmarks.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.SoftmaxClassifier;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The notebook's run by the CUDA backend's own kernels, in the interpreter, beside the CPU's. */
final class InterpretedNotebookTest {
  // Sums in other orders: a few units in the last place a step, over 64 steps.
  private static final double TOLERANCE = 1e-12;

  /** The history, the parameters and the probabilities of a run. */
  private record Result(List<EpochResult> history, List<Double> numbers) {}

  private static Result run(String device, NotebookArguments arguments) {
    NotebookData data = new NotebookData(arguments);
    try (Backend backend = Backends.choose(device, false).backend();
        RowwiseSide rowwise = new RowwiseSide(backend, arguments, data)) {
      SoftmaxClassifier classifier = rowwise.classifier();
      List<EpochResult> history = rowwise.fit(classifier, epoch -> {});
      DoubleStream numbers =
          DoubleStream.concat(
              DoubleStream.of(classifier.weights().toDoubles()),
              DoubleStream.concat(
                  DoubleStream.of(classifier.bias().toDoubles()),
                  DoubleStream.of(rowwise.predict())));
      return new Result(history, numbers.boxed().toList());
    }
  }

  private static double[] losses(EpochResult epoch) {
    return new double[] {
      epoch.crossEntropy(), epoch.validationCrossEntropy(), epoch.validationAccuracy()
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {42, 0, 7})
  void itIsThatOfTheCpu(int seed) {
    NotebookArguments arguments =
        new NotebookArguments(10_100, 5, 3, 100, 16, 0.01, 33, seed, ElementType.FLOAT64);
    Result expected = run("cpu", arguments);
    Result actual = run("interpreted", arguments);

    for (int i = 0; i < arguments.epochs(); i++) {
      assertArrayEquals(
          losses(expected.history().get(i)), losses(actual.history().get(i)), TOLERANCE);
    }
    assertEquals(expected.numbers().size(), actual.numbers().size());
    for (int i = 0; i < expected.numbers().size(); i++) {
      assertEquals(expected.numbers().get(i), actual.numbers().get(i), TOLERANCE);
    }
  }
}
