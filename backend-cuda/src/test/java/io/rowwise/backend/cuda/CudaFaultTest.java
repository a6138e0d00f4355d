package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.FailingGpu;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Softmax;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each call of the driver fails once, with each kind of error: no wrong answer, and no leak. */
final class CudaFaultTest {
  private static final int OUT_OF_MEMORY = DriverException.OUT_OF_MEMORY;
  private static final int ILLEGAL_ADDRESS = 700;
  private static final int NOT_FATAL = 1;
  private static final int TOO_MANY_CLASSES_FOR_ONE_LAUNCH = 33;

  private final InterpretedGpu gpu = new InterpretedGpu();

  /**
   * A fit whose epochs are a launch each, one whose epochs are recorded, and a prediction of 16
   * bits.
   */
  private static double[] work(Backend backend) {
    return Stream.of(
            fit(backend, 3),
            fit(backend, TOO_MANY_CLASSES_FOR_ONE_LAUNCH),
            predictInHalves(backend))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static double[] predictInHalves(Backend backend) {
    ElementType type = ElementType.BFLOAT16;
    double[] numbers = {1, -2, 0.5, 3, 0, -1};
    try (Matrix x = backend.matrix(type, 2, 3, numbers);
        Matrix weights = backend.matrix(type, 3, 2, numbers);
        Matrix bias = backend.matrix(type, 1, 2, new double[] {0.125, -0.25});
        Matrix p = backend.matrix(type, 2, 2);
        LinearSoftmax prediction = backend.kernel(LinearSoftmax.TYPE);
        Softmax softmax = backend.kernel(Softmax.TYPE)) {
      prediction.apply(x, weights, bias, p);
      softmax.apply(p, p);
      return p.toDoubles();
    }
  }

  private static double[] fit(Backend backend, int classes) {
    double[] x = {0.5, -1, 2, 0.25, -0.75, 1, 0, 3};
    double[] y = new double[4 * classes];
    for (int row = 0; row < 4; row++) {
      y[row * classes + row % 3] = 1;
    }
    try (Matrix samples = backend.matrix(4, 2, x);
        Matrix targets = backend.matrix(4, classes, y);
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(backend, ElementType.FLOAT64, 2, classes, 42)) {
      classifier.fit(
          samples, targets, samples, targets, new TrainingOptions(3, 0.1, 3), epoch -> {});
      try (Matrix p = classifier.predict(samples);
          Matrix sums = backend.matrix(ElementType.FLOAT64, 4, 1)) {
        backend.rowSum(p, sums);
        return p.toDoubles();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {NOT_FATAL, OUT_OF_MEMORY, ILLEGAL_ADDRESS})
  void anErrorAtAnyCallIsTypedAndLeavesNothing(int code) {
    Device device = new Device("cuda:0", "interpreter", 1L << 30, Map.of());
    double[] expected;
    int beforeClosing;
    FailingGpu counting = new FailingGpu(gpu, -1, code);
    try (Backend backend = new CudaBackend(device, counting.proxy())) {
      expected = work(backend);
      beforeClosing = counting.calls();
    }
    int all = counting.calls();
    assertTrue(all > 50, all + " calls");
    for (int failing = 1; failing <= all; failing++) {
      FailingGpu failingGpu = new FailingGpu(gpu, failing, code);
      String where = "call " + failing + " with " + code;
      CudaBackend backend;
      try {
        backend = new CudaBackend(device, failingGpu.proxy());
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException e) {
        assertTrue(gpu.holdsNothing(), where + ": something was not given back");
        continue;
      }
      try {
        double[] actual = work(backend);
        // Only memory that ran out is asked for again, an epoch that cannot be recorded is done
        // all the same, and closing goes on after an error.
        assertTrue(
            code == OUT_OF_MEMORY || failingGpu.failedRecording() || failing > beforeClosing,
            where + " was not noticed");
        assertArrayEquals(expected, actual, where);
      } catch (DriverException e) {
        assertEquals(NOT_FATAL, code, where);
      } catch (OutOfDeviceMemoryException e) {
        assertEquals(OUT_OF_MEMORY, code, where);
      } catch (DeviceLostException e) {
        assertEquals(ILLEGAL_ADDRESS, code, where);
        int before = failingGpu.calls();
        assertThrows(
            DeviceLostException.class, () -> backend.matrix(ElementType.FLOAT32, 1000, 1000));
        assertEquals(before, failingGpu.calls(), where + ": the driver was called again");
      } finally {
        backend.close();
      }
      assertEquals(0, backend.openMatrices(), where);
      if (code == ILLEGAL_ADDRESS) {
        // CUDA takes a lost device's memory back itself, when the process ends.
        gpu.forgetAll();
      }
      assertTrue(gpu.holdsNothing(), where + ": something was not given back");
    }
  }
}
