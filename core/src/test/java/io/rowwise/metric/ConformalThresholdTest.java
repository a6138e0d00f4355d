package io.rowwise.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConformalThresholdTest {
  @Test
  void theThresholdIsTheScoreAtThePlaceOfTheCoverage() {
    // Scores 0.1, 0.2, ..., 0.9 of nine rows.
    double[] probabilities = new double[18];
    int[] labels = new int[9];
    for (int i = 0; i < 9; i++) {
      labels[i] = i % 2;
      probabilities[2 * i + labels[i]] = 1 - (i + 1) / 10.0;
      probabilities[2 * i + 1 - labels[i]] = (i + 1) / 10.0;
    }
    assertEquals(0.5, ConformalThreshold.of(probabilities, 2, labels, 0.5).threshold(), 1e-15);
    assertEquals(0.8, ConformalThreshold.of(probabilities, 2, labels, 0.75).threshold(), 1e-15);
    assertEquals(0.9, ConformalThreshold.of(probabilities, 2, labels, 0.9).threshold(), 1e-15);
    assertEquals(
        Double.POSITIVE_INFINITY,
        ConformalThreshold.of(probabilities, 2, labels, 0.95).threshold());
  }

  @Test
  void aSetHasTheClassesThatAreProbableEnough() {
    double[] row = {0.125, 0.5, 0, 0.375};
    assertArrayEquals(new int[] {1}, new ConformalThreshold(0.9, 0.5).classes(row));
    assertArrayEquals(new int[] {1, 3}, new ConformalThreshold(0.9, 0.625).classes(row));
    assertArrayEquals(new int[0], new ConformalThreshold(0.9, 0.25).classes(row));
    assertArrayEquals(
        new int[] {0, 1, 2, 3}, new ConformalThreshold(0.9, Double.POSITIVE_INFINITY).classes(row));
  }

  /**
   * With n held-out rows the coverage of one threshold varies by {@code sqrt(c * (1 - c) / n)}, and
   * what is seen of it on n more rows by as much again: five times that is never seen.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.8, 0.9, 0.99})
  void theCoverageIsKeptEvenByAModelThatIsWrong(double coverage) {
    int rows = 20_000;
    NumpyRandom random = new NumpyRandom(7);
    ConformalThreshold threshold = null;
    int covered = 0;
    for (int half = 0; half < 2; half++) {
      double[] probabilities = new double[rows * 3];
      int[] labels = new int[rows];
      for (int i = 0; i < rows; i++) {
        labels[i] = random.randint(3);
        double sum = 0;
        for (int j = 0; j < 3; j++) {
          // Far too sure of itself.
          double logit = 5 * random.standardNormal() + (j == labels[i] ? 4 : 0);
          probabilities[3 * i + j] = Math.exp(logit);
          sum += probabilities[3 * i + j];
        }
        for (int j = 0; j < 3; j++) {
          probabilities[3 * i + j] /= sum;
        }
      }
      if (half == 0) {
        threshold = ConformalThreshold.of(probabilities, 3, labels, coverage);
      } else {
        for (int i = 0; i < rows; i++) {
          int label = labels[i];
          int[] classes = threshold.classes(Arrays.copyOfRange(probabilities, 3 * i, 3 * i + 3));
          covered += Arrays.stream(classes).anyMatch(j -> j == label) ? 1 : 0;
        }
      }
    }
    double bound = 5 * Math.sqrt(2 * coverage * (1 - coverage) / rows);
    assertEquals(coverage, covered / (double) rows, bound);
  }

  @Test
  void theFactsOfACardMakeItAgain() {
    ConformalThreshold threshold = new ConformalThreshold(0.9, 0.75);
    assertEquals(Optional.of(threshold), ConformalThreshold.ofFacts(threshold.facts()));
    assertTrue(ConformalThreshold.ofFacts(Map.of("penalty", "1")).isEmpty());
    ConformalThreshold all = new ConformalThreshold(0.9, Double.POSITIVE_INFINITY);
    assertEquals(Optional.of(all), ConformalThreshold.ofFacts(all.facts()));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    double[] row = {0.5, 0.5};
    int[] label = {1};
    assertThrows(IllegalArgumentException.class, () -> ConformalThreshold.of(row, 2, label, 1));
    assertThrows(IllegalArgumentException.class, () -> ConformalThreshold.of(row, 3, label, 0.9));
    assertThrows(
        IllegalArgumentException.class, () -> ConformalThreshold.of(row, 2, new int[] {2}, 0.9));
    assertThrows(
        IllegalArgumentException.class,
        () -> ConformalThreshold.of(new double[0], 2, new int[0], 0.9));
    assertThrows(
        IllegalArgumentException.class,
        () -> ConformalThreshold.of(new double[] {0.5, Double.NaN}, 2, label, 0.9));
  }
}
