package io.rowwise.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MapeTest {
  @Test
  void theErrorIsInProportionToTheActualValue() {
    assertEquals(0.5, Mape.of(1.0, 2.0));
    assertEquals(1.0, Mape.of(2.0, 1.0));
    assertEquals(0.5, Mape.of(-1.0, -2.0));
    assertEquals(2.0, Mape.of(2.0, -2.0));
  }

  @Test
  void anActualValueOfZeroDividesByTheSmallNumber() {
    assertEquals(0.0, Mape.of(0.0, 0.0));
    assertEquals(1e-3 / 1e-16, Mape.of(1e-3, 0.0));
    assertEquals(0.5, Mape.of(0.0, 1e-16));
  }

  @Test
  void theErrorOfArraysIsTheMeanOfTheirElements() {
    assertEquals(0.75, Mape.of(new double[] {1, 2}, new double[] {2, 1}));
  }

  /** A plain sum of these makes the mean 1e-12 too large; 1e-15 is a few roundings of 0.1. */
  @Test
  void theSumOfManyErrorsIsExact() {
    double[] actual = new double[1_000_000];
    double[] predicted = new double[actual.length];
    Arrays.fill(actual, 1.0);
    Arrays.fill(predicted, 1.1);
    assertEquals(Mape.of(1.1, 1.0), Mape.of(predicted, actual), 1e-15);
  }

  @Test
  void notANumberIsNotHidden() {
    assertEquals(Double.NaN, Mape.of(new double[] {Double.NaN, 1}, new double[] {1, 1}));
    assertEquals(Double.NaN, Mape.of(new double[] {1, 1}, new double[] {1, Double.NaN}));
    assertEquals(
        Double.POSITIVE_INFINITY,
        Mape.of(new double[] {1, Double.POSITIVE_INFINITY}, new double[] {1, 1}));
  }

  @Test
  void lengthsThatDifferAreRefused() {
    var e =
        assertThrows(IllegalArgumentException.class, () -> Mape.of(new double[2], new double[3]));
    assertEquals("Mape: 2 predicted values for 3 actual ones, want as many", e.getMessage());
  }

  @Test
  void noValuesAreRefused() {
    var e =
        assertThrows(IllegalArgumentException.class, () -> Mape.of(new double[0], new double[0]));
    assertEquals("Mape: no values, want at least one", e.getMessage());
  }

  @Test
  void ofFloats() {
    assertEquals(
        Mape.of(new double[] {1.5, 0.1f}, new double[] {1, 0.25}),
        Mape.of(new float[] {1.5f, 0.1f}, new float[] {1, 0.25f}));
    assertThrows(
        IllegalArgumentException.class, () -> Mape.of(new float[] {1}, new float[] {1, 2}));
    assertThrows(IllegalArgumentException.class, () -> Mape.of(new float[0], new float[0]));
  }
}
