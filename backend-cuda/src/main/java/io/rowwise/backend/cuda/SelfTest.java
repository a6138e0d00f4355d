package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.kernel.LinearSoftmax;
import java.util.Locale;

/**
 * A small computation with a known result, before anybody trusts a device that was just opened: a
 * driver, a cuBLAS or a card that does not do what it should is found here, and the CPU can be
 * taken instead.
 */
final class SelfTest {
  private static final double[] X = {1, -2, 0.5, 3, 0, -1};
  private static final double[] WEIGHTS = {0.5, -1, 2, 1, 0.25, -0.5, 0, 1, 3};
  private static final double[] BIAS = {0.125, -0.25, 0.5};
  private static final int ROWS = 2;
  private static final int FEATURES = 3;
  private static final int CLASSES = 3;

  private SelfTest() {}

  /**
   * Computes, and compares.
   *
   * @throws BackendUnavailableException if the result is wrong, or there is none
   */
  static void require(Backend backend) {
    for (ElementType type : ElementType.arithmetic()) {
      double[] actual;
      try {
        actual = probabilities(backend, type);
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException e) {
        throw new BackendUnavailableException(
            backend.device().id() + " fails its first computation: " + e.getMessage(), e);
      }
      requireRight(backend, type, actual);
    }
  }

  private static double[] probabilities(Backend backend, ElementType type) {
    try (Matrix x = backend.matrix(type, ROWS, FEATURES, X);
        Matrix weights = backend.matrix(type, FEATURES, CLASSES, WEIGHTS);
        Matrix bias = backend.matrix(type, 1, CLASSES, BIAS);
        Matrix probabilities = backend.matrix(type, ROWS, CLASSES);
        LinearSoftmax softmax = backend.kernel(LinearSoftmax.TYPE)) {
      softmax.apply(x, weights, bias, probabilities);
      return probabilities.toDoubles();
    }
  }

  private static void requireRight(Backend backend, ElementType type, double[] actual) {
    double tolerance = type == ElementType.FLOAT64 ? 1e-13 : 1e-5;
    double[] expected = expected();
    for (int i = 0; i < expected.length; i++) {
      // In this form a NaN is wrong as well.
      if (!(Math.abs(actual[i] - expected[i]) <= tolerance)) {
        throw new BackendUnavailableException(
            String.format(
                Locale.ROOT,
                "%s computes wrongly: a softmax in %s gave %s at row %d, column %d, wanted %s",
                backend.device().id(),
                type,
                actual[i],
                i / CLASSES,
                i % CLASSES,
                expected[i]));
      }
    }
  }

  private static double[] expected() {
    double[] p = new double[ROWS * CLASSES];
    for (int row = 0; row < ROWS; row++) {
      double sum = 0;
      for (int c = 0; c < CLASSES; c++) {
        double z = BIAS[c];
        for (int k = 0; k < FEATURES; k++) {
          z += X[row * FEATURES + k] * WEIGHTS[k * CLASSES + c];
        }
        p[row * CLASSES + c] = Math.exp(z);
        sum += p[row * CLASSES + c];
      }
      for (int c = 0; c < CLASSES; c++) {
        p[row * CLASSES + c] /= sum;
      }
    }
    return p;
  }
}
