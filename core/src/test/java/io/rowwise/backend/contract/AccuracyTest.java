package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import org.junit.jupiter.api.Test;

/** The comparisons find what is wrong, and say it. */
final class AccuracyTest {
  private static DoubleDouble[] truth(double... values) {
    return Expected.given(1, values.length, values).values();
  }

  private static String failure(org.junit.jupiter.api.function.Executable comparison) {
    return assertThrows(AssertionError.class, comparison).getMessage();
  }

  @Test
  void theMessageNamesTheWorstElement() {
    double near = Math.nextUp(Math.nextUp(1.0));
    double far = Math.nextUp(Math.nextUp(near));
    String message =
        failure(
            () ->
                Accuracy.assertUlps(
                    "sum",
                    ElementType.FLOAT64,
                    truth(1, 1, 1),
                    new double[] {1, near, far},
                    i -> 1));
    assertEquals(
        "sum: 2 of 3 elements are off, the worst: element 2 is "
            + far
            + ", wanted 1.0; the error is 4.00 ulp, the bound 1.00 ulp",
        message);
  }

  @Test
  void errorsOfLessThanAnUlpAreSeen() {
    DoubleDouble[] truth = {new DoubleDouble(1, 0x1p-54)};
    double[] actual = {Math.nextUp(1.0)};
    Accuracy.assertUlps("x", ElementType.FLOAT64, truth, actual, i -> 0.75);
    failure(() -> Accuracy.assertUlps("x", ElementType.FLOAT64, truth, actual, i -> 0.74));
  }

  @Test
  void floatsAreMeasuredInUlpsOfFloats() {
    double[] actual = {Math.nextUp(1f)};
    Accuracy.assertUlps("x", ElementType.FLOAT32, truth(1), actual, i -> 1);
    failure(() -> Accuracy.assertUlps("x", ElementType.FLOAT64, truth(1), actual, i -> 1e8));
  }

  @Test
  void whatIsNotFiniteMustBeTheSame() {
    double infinity = Double.POSITIVE_INFINITY;
    double[] special = {Double.NaN, infinity, -infinity};
    Accuracy.assertUlps("x", ElementType.FLOAT64, truth(special), special, i -> 0);
    for (double wrong : new double[] {0, Double.NaN, infinity, -infinity}) {
      for (double right : special) {
        if (Double.compare(wrong, right) != 0) {
          double[] actual = {wrong};
          failure(
              () ->
                  Accuracy.assertUlps(
                      "x", ElementType.FLOAT64, truth(right), actual, i -> infinity));
        }
      }
      if (wrong != 0) {
        double[] actual = {wrong};
        failure(() -> Accuracy.assertUlps("x", ElementType.FLOAT64, truth(1), actual, i -> 1e300));
      }
    }
    // More than a float holds.
    Accuracy.assertUlps("x", ElementType.FLOAT32, truth(1e300), new double[] {infinity}, i -> 0);
  }

  @Test
  void sameMeansTheSignOfZeroToo() {
    assertTrue(
        failure(() -> Accuracy.assertSame("x", new double[] {1, 0.0}, new double[] {1, -0.0}))
            .contains("element 1 is -0.0, wanted 0.0"));
    failure(() -> Accuracy.assertSame("x", new double[] {1}, new double[] {1, 2}));
    Accuracy.assertSame("x", new double[] {Double.NaN}, new double[] {0.0 / 0.0});
  }
}
