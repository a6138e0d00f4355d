package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.random.NumpyRandom;
import org.junit.jupiter.api.Test;

class OneHotTest {
  @Test
  void eachRowHasAOneInTheColumnOfItsClass() {
    assertArrayEquals(
        new double[] {0, 1, 0, 1, 0, 0, 0, 0, 1}, OneHot.encode(new int[] {1, 0, 2}, 3));
  }

  @Test
  void noRowsGiveNoValues() {
    assertEquals(0, OneHot.encode(new int[0], 3).length);
    assertEquals(0, OneHot.decode(new double[0], 3).length);
  }

  @Test
  void decodingGivesTheLabelsBack() {
    var random = new NumpyRandom(1);
    for (int classes = 1; classes < 20; classes++) {
      int[] labels = new int[50];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = random.randint(classes);
      }
      assertArrayEquals(labels, OneHot.decode(OneHot.encode(labels, classes), classes));
    }
  }

  @Test
  void labelsOutOfRangeAreNamedWithTheirRow() {
    assertEquals(
        "encode: label 7 at row 3 is outside 0..2", encodeMessage(new int[] {0, 1, 2, 7}, 3));
    assertEquals("encode: label -1 at row 0 is outside 0..2", encodeMessage(new int[] {-1}, 3));
    assertEquals("encode: 0 classes, want at least 1", encodeMessage(new int[] {0}, 0));
  }

  @Test
  void aResultTooLargeForAnArrayIsRefused() {
    assertEquals(
        "encode: 3 rows of 2147483647 classes are more than a Java array holds, 2147483639",
        encodeMessage(new int[3], Integer.MAX_VALUE));
  }

  @Test
  void rowsThatAreNotOneHotAreRefused() {
    assertEquals("decode: row 1 has no 1, want exactly one", decodeMessage(1, 0, 0, 0));
    assertEquals(
        "decode: row 0 has 1.0 in column 1, want a single 1 and otherwise 0",
        decodeMessage(1, 1, 0, 1));
    assertEquals(
        "decode: row 0 has 0.5 in column 0, want a single 1 and otherwise 0",
        decodeMessage(0.5, 0.5));
    assertEquals(
        "decode: row 0 has NaN in column 1, want a single 1 and otherwise 0",
        decodeMessage(1, Double.NaN));
    assertEquals("decode: 3 values are not whole rows of 2 classes", decodeMessage(1, 0, 1));
  }

  private static String encodeMessage(int[] labels, int classes) {
    return assertThrows(IllegalArgumentException.class, () -> OneHot.encode(labels, classes))
        .getMessage();
  }

  private static String decodeMessage(double... rows) {
    return assertThrows(IllegalArgumentException.class, () -> OneHot.decode(rows, 2)).getMessage();
  }

  @Test
  void labelsMayBeLongs() {
    assertArrayEquals(
        OneHot.encode(new int[] {2, 0, 1}, 3), OneHot.encode(new long[] {2, 0, 1}, 3));
    for (long label : new long[] {-1, 3, 1L << 32, Long.MIN_VALUE, Long.MAX_VALUE}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> OneHot.encode(new long[] {0, label}, 3))
              .getMessage();
      assertEquals("encode: label " + label + " at row 1 is outside 0..2", message);
    }
    assertThrows(IllegalArgumentException.class, () -> OneHot.encode(new long[0], 0));
  }
}
