package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Factors of updates: refused before anything is changed if they are infinite in the type. */
final class LearningRateTest {
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aFactorThatIsInfiniteInTheTypeIsRefused(ElementType type) {
    double tooLarge = type == ElementType.FLOAT32 ? 1e39 : Double.POSITIVE_INFINITY;
    double large = type == ElementType.FLOAT32 ? 3e38 : 1e308;
    try (Backend backend = new ReferenceBackend();
        Matrix x = backend.matrix(type, 2, 1, new double[] {1, 2});
        Matrix targets = backend.matrix(type, 2, 2, new double[] {1, 0, 0, 1});
        Matrix weights = backend.matrix(type, 1, 2, new double[] {3, 4});
        Matrix bias = backend.matrix(type, 1, 2, new double[] {5, 6});
        Matrix loss = backend.matrix(type, 1, 1);
        TrainingStep step = backend.kernel(TrainingStep.TYPE);
        TrainingEpoch epoch = backend.kernel(TrainingEpoch.TYPE)) {
      for (double rate : new double[] {tooLarge, Double.NaN, -1, Double.POSITIVE_INFINITY}) {
        for (Executable call :
            List.<Executable>of(
                () -> step.apply(x, Targets.ofProbabilities(targets), rate, weights, bias, loss),
                () ->
                    epoch.apply(
                        x, Targets.ofProbabilities(targets), 1, rate, weights, bias, loss))) {
          String message = assertThrows(IllegalArgumentException.class, call).getMessage();
          assertTrue(message.contains("the learning rate is " + rate), message);
        }
      }
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      step.apply(
                          x, Targets.ofProbabilities(targets), tooLarge, weights, bias, loss))
              .getMessage();
      assertEquals(
          "training-step: the learning rate is " + tooLarge + ", wanted a finite " + type, message);
      assertArrayEquals(new double[] {3, 4}, weights.toDoubles());
      step.apply(x, Targets.ofProbabilities(targets), large, weights, bias, loss);
      // Rounded to 0 it is a rate of 0, which is allowed.
      step.apply(x, Targets.ofProbabilities(targets), 1e-60, weights, bias, loss);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void soAreThoseOfPrimitivesUnlessTheyAreInfiniteThemselves(ElementType type) {
    try (Backend backend = new ReferenceBackend();
        Matrix x = backend.matrix(type, 1, 1, new double[] {1});
        Matrix out = backend.matrix(type, 1, 1, new double[] {2})) {
      if (type == ElementType.FLOAT32) {
        for (Executable call :
            List.<Executable>of(
                () -> backend.addScaled(1e39, x, out),
                () -> backend.matmul(-1e39, x, Transpose.NO, x, Transpose.NO, 1, out),
                () -> backend.matmul(1, x, Transpose.NO, x, Transpose.NO, 1e39, out))) {
          String message = assertThrows(IllegalArgumentException.class, call).getMessage();
          assertTrue(message.contains("1.0E39, wanted a finite float32"), message);
          assertArrayEquals(new double[] {2}, out.toDoubles());
        }
      }
      backend.addScaled(Double.NEGATIVE_INFINITY, x, out);
      assertArrayEquals(new double[] {Double.NEGATIVE_INFINITY}, out.toDoubles());
      // What is not a factor of an update goes the way of PyTorch.
      backend.multiply(x, 1e300 * 1e10, out);
      assertArrayEquals(new double[] {Double.POSITIVE_INFINITY}, out.toDoubles());
    }
  }
}
