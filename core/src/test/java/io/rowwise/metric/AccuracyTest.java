package io.rowwise.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import org.junit.jupiter.api.Test;

class AccuracyTest {
  @Test
  void itIsTheFractionOfEqualLabels() {
    assertEquals(1.0, Accuracy.of(new int[] {2}, new int[] {2}));
    assertEquals(0.0, Accuracy.of(new int[] {0, 1}, new int[] {1, 0}));
    assertEquals(0.75, Accuracy.of(new int[] {0, 1, 2, 1}, new int[] {0, 1, 2, 0}));
  }

  @Test
  void lengthsThatDifferAreRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> Accuracy.of(new int[2], new int[3]));
    assertEquals("Accuracy: 2 predicted labels for 3 actual ones, want as many", e.getMessage());
  }

  @Test
  void noLabelsAreRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> Accuracy.of(new int[0], new int[0]));
    assertEquals("Accuracy: no labels, want at least one", e.getMessage());
  }

  @Test
  void aRowOfNaNIsWrong() {
    double nan = Double.NaN;
    try (Backend backend = new ReferenceBackend();
        Matrix probabilities =
            backend.matrix(5, 2, nan, nan, 0.5, nan, nan, 0.5, 0.75, 0.25, 0.5, 0.5)) {
      assertEquals(0.4, Accuracy.of(probabilities, new int[] {0, 0, 0, 0, 0}));
      assertEquals(0, Accuracy.of(probabilities, new int[] {1, 1, 1, 1, 1}));
      assertThrows(IllegalArgumentException.class, () -> Accuracy.of(probabilities, new int[] {0}));
    }
    // No label is the same as no class.
    assertEquals(0.5, Accuracy.of(new int[] {-1, 1}, new int[] {-1, 1}));
  }
}
