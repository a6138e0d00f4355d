package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemperatureTest {
  /** Labels drawn from the probabilities of the logits divided by a temperature. */
  private static int[] labels(
      double[] logits, int classes, double temperature, NumpyRandom random) {
    int[] labels = new int[logits.length / classes];
    for (int i = 0; i < labels.length; i++) {
      double[] row = softmax(logits, i * classes, classes, temperature);
      double left = random.nextDouble();
      int label = 0;
      while (label < classes - 1 && left >= row[label]) {
        left -= row[label];
        label++;
      }
      labels[i] = label;
    }
    return labels;
  }

  private static double[] softmax(double[] logits, int at, int classes, double temperature) {
    double[] row = new double[classes];
    double sum = 0;
    for (int j = 0; j < classes; j++) {
      row[j] = Math.exp(logits[at + j] / temperature);
      sum += row[j];
    }
    for (int j = 0; j < classes; j++) {
      row[j] /= sum;
    }
    return row;
  }

  private static double loss(double[] logits, int classes, int[] labels, double temperature) {
    double sum = 0;
    for (int i = 0; i < labels.length; i++) {
      sum -= Math.log(softmax(logits, i * classes, classes, temperature)[labels[i]]);
    }
    return sum / labels.length;
  }

  private static double[] normal(int count, double scale, NumpyRandom random) {
    double[] values = new double[count];
    random.standardNormal(values);
    for (int i = 0; i < count; i++) {
      values[i] *= scale;
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.8, 1, 2.5, 10})
  void itFindsTheTemperatureThatTheLabelsWereDrawnWith(double temperature) {
    NumpyRandom random = new NumpyRandom(1);
    double[] logits = normal(20_000 * 4, 3 * temperature, random);
    int[] labels = labels(logits, 4, temperature, random);
    Temperature found = Temperature.of(logits, 4, labels, null);
    assertEquals(temperature, found.value(), 0.04 * temperature);
    assertEquals(loss(logits, 4, labels, 1), found.lossBefore(), 1e-12);
    assertEquals(loss(logits, 4, labels, found.value()), found.lossAfter(), 1e-12);
    for (double other : new double[] {0.999, 1.001}) {
      assertTrue(loss(logits, 4, labels, found.value() * other) > found.lossAfter());
    }
  }

  @Test
  void itNeverRaisesTheLoss() {
    for (int seed = 0; seed < 300; seed++) {
      NumpyRandom random = new NumpyRandom(seed);
      int classes = 1 + random.randint(4);
      int rows = 1 + random.randint(6);
      double[] logits = normal(rows * classes, Math.pow(10, random.uniform(-4, 4)), random);
      int[] labels = new int[rows];
      for (int i = 0; i < rows; i++) {
        labels[i] = random.randint(classes);
      }
      Temperature found = Temperature.of(logits, classes, labels, null);
      assertTrue(found.lossAfter() <= found.lossBefore(), "seed " + seed + ": " + found);
      assertTrue(found.value() >= 0.0099 && found.value() <= 101, "seed " + seed + ": " + found);
    }
  }

  @Test
  void aRowOfWeightTwoIsThatRowTwice() {
    double[] logits = {2, 0, 1, -1, 0.5, 0};
    double[] repeated = {2, 0, 2, 0, 1, -1, 0.5, 0, 0.5, 0, 0.5, 0};
    Temperature weighted = Temperature.of(logits, 2, new int[] {0, 1, 0}, new double[] {2, 1, 3});
    Temperature all = Temperature.of(repeated, 2, new int[] {0, 0, 1, 0, 0, 0}, null);
    assertEquals(all.value(), weighted.value(), 1e-12);
    assertEquals(all.lossAfter(), weighted.lossAfter(), 1e-12);
  }

  @Test
  void whatIsAllRightOrAllWrongStaysInBounds() {
    double[] logits = {3, 0, 0, 2};
    assertEquals(0.01, Temperature.of(logits, 2, new int[] {0, 1}, null).value(), 1e-4);
    assertEquals(100, Temperature.of(logits, 2, new int[] {1, 0}, null).value(), 1e-6);
    assertEquals(1, Temperature.of(new double[] {5, 5}, 2, new int[] {1}, null).value());
  }

  @Test
  void aModelGetsItInItsWeights() {
    SoftmaxModel model =
        SoftmaxModel.of(
            ElementType.FLOAT64,
            1,
            2,
            new double[] {4, -4},
            new double[] {1, -1},
            ModelCard.empty().classNames(List.of("a", "b")));
    SoftmaxModel calibrated = new Temperature(2, 1, 0.5).applyTo(model);
    assertEquals(2, calibrated.weights()[0]);
    assertEquals(-0.5, calibrated.bias()[1]);
    assertEquals("2.0", calibrated.card().facts().get("temperature"));
    assertEquals(List.of("a", "b"), calibrated.card().classNames());
    SoftmaxModel twice = new Temperature(4, 1, 0.5).applyTo(calibrated);
    assertEquals("8.0", twice.card().facts().get("temperature"));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    double[] logits = {1, 2};
    int[] labels = {1};
    assertThrows(
        IllegalArgumentException.class, () -> Temperature.of(new double[0], 2, new int[0], null));
    assertThrows(IllegalArgumentException.class, () -> Temperature.of(logits, 3, labels, null));
    assertThrows(
        IllegalArgumentException.class, () -> Temperature.of(logits, 2, new int[] {2}, null));
    assertThrows(
        IllegalArgumentException.class,
        () -> Temperature.of(logits, 2, labels, new double[] {1, 1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> Temperature.of(new double[] {1, Double.NaN}, 2, labels, null));
  }
}
