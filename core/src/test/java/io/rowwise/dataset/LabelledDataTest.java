package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledDataTest {
  private static LabelledData threeRows() {
    return new LabelledData(new double[] {1, 2, 3, 4, 5, 6}, 2, new int[] {0, 2, 1}, 3);
  }

  @Test
  void theFirstRowsAreForTrainingAndTheOthersForValidation() {
    var split = threeRows().split(2);
    assertArrayEquals(new double[] {1, 2, 3, 4}, split.train().x());
    assertArrayEquals(new int[] {0, 2}, split.train().labels());
    assertArrayEquals(new double[] {5, 6}, split.validation().x());
    assertArrayEquals(new int[] {1}, split.validation().labels());
  }

  @Test
  void bothPartsKeepFeaturesAndClasses() {
    var split = threeRows().split(1);
    assertEquals("LabelledData[1 rows, 2 features, 3 classes]", split.train().toString());
    assertEquals("LabelledData[2 rows, 2 features, 3 classes]", split.validation().toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 3, 4})
  void aSplitWithAnEmptyPartIsRefused(int trainRows) {
    var data = threeRows();
    var e = assertThrows(IllegalArgumentException.class, () -> data.split(trainRows));
    assertEquals(
        "split: "
            + trainRows
            + " training rows of 3, want at least one row to train on and one to validate with",
        e.getMessage());
  }

  @Test
  void sizesThatDoNotFitAreRefused() {
    assertMessage(
        "LabelledData: x has 5 values, want 3 rows of 2 features, that is 6",
        new double[5],
        2,
        new int[3],
        3);
    assertMessage("LabelledData: 0 features, want at least 1", new double[0], 0, new int[3], 3);
    assertMessage(
        "LabelledData: no labels, want at least one row", new double[0], 2, new int[0], 3);
    assertMessage("LabelledData: 0 classes, want at least 1", new double[6], 2, new int[3], 0);
    assertMessage(
        "LabelledData: label 3 at row 1 is outside 0..2", new double[6], 2, new int[] {0, 3, 1}, 3);
  }

  private static void assertMessage(
      String message, double[] x, int features, int[] labels, int classes) {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new LabelledData(x, features, labels, classes));
    assertEquals(message, e.getMessage());
  }
}
