package io.rowwise.backend.cuda;

import static io.rowwise.backend.cuda.OtherStream.elsewhere;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads work on streams of their own, which are ordered where they share memory; and what is
 * recorded is what is done. The device under it does work as late as it may, so what is not ordered
 * comes out wrong.
 */
final class CudaStreamTest {
  private final InterpretedGpu gpu = new InterpretedGpu();
  private final Backend cuda =
      new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu);

  @AfterEach
  void nothingIsLeft() {
    cuda.close();
    assertTrue(gpu.holdsNothing());
  }

  private Matrix numbers(double... values) {
    return cuda.matrix(1, values.length, values);
  }

  @Test
  void whatOneThreadWroteAnotherReads() throws InterruptedException, ExecutionException {
    try (Matrix a = numbers(1, 2, 3)) {
      cuda.multiply(a, 2, a);
      elsewhere(
          () -> {
            cuda.add(a, 1, a);
            assertArrayEquals(new double[] {3, 5, 7}, a.toDoubles());
            cuda.multiply(a, 10, a);
          });
      assertArrayEquals(new double[] {30, 50, 70}, a.toDoubles());
    }
  }

  @Test
  void whatAThreadIsToReadIsNotOverwrittenBefore() throws InterruptedException, ExecutionException {
    try (Matrix a = numbers(1, 2, 3);
        Matrix b = numbers(0, 0, 0)) {
      // Nobody waits for this; on the device it may be done late.
      cuda.multiply(a, 2, b);
      elsewhere(
          () -> {
            cuda.fill(7, a);
            assertArrayEquals(new double[] {7, 7, 7}, a.toDoubles());
          });
      assertArrayEquals(new double[] {2, 4, 6}, b.toDoubles());
    }
  }

  @Test
  void whatAnotherThreadIsToReadIsNotOverwrittenBefore()
      throws InterruptedException, ExecutionException {
    try (Matrix a = numbers(1, 2, 3);
        Matrix b = numbers(0, 0, 0)) {
      elsewhere(() -> cuda.multiply(a, 2, b));
      cuda.fill(7, a);
      assertArrayEquals(new double[] {7, 7, 7}, a.toDoubles());
      assertArrayEquals(new double[] {2, 4, 6}, b.toDoubles());
    }
  }

  @Test
  void freedMemoryIsNotUsedAgainBeforeItsWorkIsDone()
      throws InterruptedException, ExecutionException {
    try (Matrix out = numbers(0, 0, 0)) {
      Matrix a = numbers(1, 2, 3);
      cuda.multiply(a, 2, out);
      a.close();
      elsewhere(
          () -> {
            // The memory of a, as it is the only one of that size that is free.
            try (Matrix again = numbers(9, 9, 9)) {
              assertArrayEquals(new double[] {9, 9, 9}, again.toDoubles());
            }
          });
      assertArrayEquals(new double[] {2, 4, 6}, out.toDoubles());
    }
  }

  @Test
  void threadsThatReadTheSameDoNotWaitForEachOther()
      throws InterruptedException, ExecutionException {
    try (Matrix shared = numbers(1, 2, 3);
        Matrix here = numbers(0, 0, 0)) {
      elsewhere(
          () -> {
            try (Matrix there = numbers(0, 0, 0)) {
              cuda.multiply(shared, 2, there);
              long waits = gpu.waits();
              for (int i = 0; i < 10; i++) {
                cuda.multiply(shared, 2, there);
              }
              assertEquals(waits, gpu.waits());
            }
          });
      long waits = gpu.waits();
      for (int i = 0; i < 10; i++) {
        cuda.multiply(shared, 2, here);
      }
      assertEquals(waits, gpu.waits());
    }
  }

  @Test
  void aThreadAloneNeverWaitsForAStream() {
    try (Matrix a = numbers(1, 2, 3);
        Matrix b = numbers(1, 2, 3)) {
      for (int i = 0; i < 10; i++) {
        cuda.multiply(a, b, b);
        cuda.add(a, b, a);
        a.toDoubles();
      }
    }
    assertEquals(0, gpu.waits());
  }

  /** An epoch too large for one launch: its data and its parameters. */
  private static final class Problem implements AutoCloseable {
    private final Matrix x;
    private final Matrix targets;
    private final Matrix weights;
    private final Matrix bias;
    private final Matrix loss;
    private final TrainingEpoch epoch;

    Problem(Backend backend, ElementType type, int rows, int features, int classes) {
      SplittableRandom random = new SplittableRandom(42);
      double[] samples = new double[rows * features];
      double[] y = new double[rows * classes];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (float) random.nextDouble(-1, 1);
      }
      for (int row = 0; row < rows; row++) {
        y[row * classes + random.nextInt(classes)] = 1;
      }
      x = backend.matrix(type, rows, features, samples);
      targets = backend.matrix(type, rows, classes, y);
      weights = backend.matrix(type, features, classes);
      bias = backend.matrix(type, 1, classes);
      loss = backend.matrix(type, 1, 1);
      epoch = backend.kernel(TrainingEpoch.TYPE);
    }

    double[] train(int batchRows, double learningRate) {
      epoch.apply(
          x, Targets.ofProbabilities(targets), batchRows, learningRate, weights, bias, loss);
      return loss.toDoubles();
    }

    double[] step(TrainingStep step, double learningRate) {
      step.apply(x, Targets.ofProbabilities(targets), learningRate, weights, bias, loss);
      return loss.toDoubles();
    }

    double[] parameters() {
      double[] w = weights.toDoubles();
      double[] all = Arrays.copyOf(w, w.length + bias.columns());
      System.arraycopy(bias.toDoubles(), 0, all, w.length, bias.columns());
      return all;
    }

    @Override
    public void close() {
      epoch.close();
      List.of(x, targets, weights, bias, loss).forEach(Matrix::close);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT64, 40, 5, 40, 7, 1e-13",
    "FLOAT64, 40, 5, 40, 8, 1e-13",
    "FLOAT64, 40, 5, 40, 100, 1e-13",
    "FLOAT64, 9, 3000, 9, 4, 1e-13",
    // A few units in the last place of a float a step.
    "FLOAT32, 40, 5, 40, 7, 1e-5"
  })
  void aRecordedEpochDoesWhatPlainJavaDoes(
      ElementType type, int rows, int features, int classes, int batchRows, double tolerance) {
    try (Backend reference = new ReferenceBackend();
        Problem expected = new Problem(reference, type, rows, features, classes);
        Problem actual = new Problem(cuda, type, rows, features, classes)) {
      for (int i = 0; i < 5; i++) {
        assertArrayEquals(
            expected.train(batchRows, 0.5), actual.train(batchRows, 0.5), tolerance, "epoch " + i);
      }
      assertArrayEquals(expected.parameters(), actual.parameters(), tolerance);
      assertEquals(4, gpu.replays(), "all but the first epoch");
    }
  }

  @Test
  void aRecordedEpochIsOneCall() {
    try (Problem problem = new Problem(cuda, ElementType.FLOAT32, 40, 5, 40)) {
      problem.train(8, 0.5);
      problem.train(8, 0.5);
      long launches = gpu.launches();
      long products = gpu.products();
      long synchronizations = gpu.synchronizations();
      for (int i = 0; i < 10; i++) {
        problem.train(8, 0.5);
      }
      assertEquals(launches, gpu.launches());
      assertEquals(products, gpu.products());
      assertEquals(10, gpu.synchronizations() - synchronizations, "one for each loss that is read");
    }
  }

  @Test
  void aRecordingOutlivesTheLearningRateAndNothingElse() {
    try (Backend reference = new ReferenceBackend();
        Problem expected = new Problem(reference, ElementType.FLOAT64, 40, 5, 40);
        Problem actual = new Problem(cuda, ElementType.FLOAT64, 40, 5, 40)) {
      double[] rates = {0.5, 0.5, 0.25, 0.25, 0.25, 0.5, 0.125};
      int[] batchRows = {8, 8, 8, 8, 40, 40, 40};
      for (int i = 0; i < rates.length; i++) {
        assertArrayEquals(
            expected.train(batchRows[i], rates[i]),
            actual.train(batchRows[i], rates[i]),
            1e-13,
            "epoch " + i);
      }
      assertArrayEquals(expected.parameters(), actual.parameters(), 1e-13);
      assertEquals(3 + 2, gpu.replays(), "all but the first epoch of each size of batch");
    }
  }

  @Test
  void aRecordingIsReplayedOnAnyThread() throws InterruptedException, ExecutionException {
    try (Backend reference = new ReferenceBackend();
        Problem expected = new Problem(reference, ElementType.FLOAT64, 40, 5, 40);
        Problem actual = new Problem(cuda, ElementType.FLOAT64, 40, 5, 40)) {
      List<double[]> losses = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        losses.add(actual.train(8, 0.5));
        elsewhere(() -> losses.add(actual.train(8, 0.5)));
      }
      for (double[] loss : losses) {
        assertArrayEquals(expected.train(8, 0.5), loss, 1e-13);
      }
      assertEquals(5, gpu.replays());
    }
  }

  /** They share a workspace. */
  @Test
  void replaysOnDifferentStreamsTakeTurns() throws InterruptedException, ExecutionException {
    try (Backend reference = new ReferenceBackend();
        Problem expected = new Problem(reference, ElementType.FLOAT64, 40, 5, 40);
        Problem here = new Problem(cuda, ElementType.FLOAT64, 40, 5, 40);
        Problem there = new Problem(cuda, ElementType.FLOAT64, 40, 5, 40)) {
      for (int i = 0; i < 3; i++) {
        double[] loss = expected.train(8, 0.5);
        long waits = gpu.waits();
        assertArrayEquals(loss, here.train(8, 0.5), 1e-13);
        // In the first round nothing is replayed, in the second one this is the first replay.
        assertEquals(i < 2 ? 0 : 1, gpu.waits() - waits, "round " + i);
        elsewhere(() -> assertArrayEquals(loss, there.train(8, 0.5), 1e-13));
      }
      assertEquals(4, gpu.replays());
    }
  }

  @Test
  void aStepTakesBothTypesAndEveryRateInTurn() {
    try (Backend reference = new ReferenceBackend();
        TrainingStep expected = reference.kernel(TrainingStep.TYPE);
        TrainingStep actual = cuda.kernel(TrainingStep.TYPE)) {
      for (double rate : new double[] {0.5, 0.25, 0, 0.25}) {
        for (ElementType type : ElementType.arithmetic()) {
          try (Problem wanted = new Problem(reference, type, 8, 5, 40);
              Problem given = new Problem(cuda, type, 8, 5, 40)) {
            // A few units in the last place of the type.
            double tolerance = type == ElementType.FLOAT64 ? 1e-14 : 1e-6;
            assertArrayEquals(wanted.step(expected, rate), given.step(actual, rate), tolerance);
            assertArrayEquals(wanted.parameters(), given.parameters(), tolerance);
          }
        }
      }
    }
  }
}
