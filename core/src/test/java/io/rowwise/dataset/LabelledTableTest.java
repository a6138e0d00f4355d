package io.rowwise.dataset;

import static io.rowwise.dataset.TableTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelledTableTest {
  private static final Table TABLE =
      Table.of(
          NumberColumn.of("a", new double[] {0, 1, 2, 3}),
          NumberColumn.of("weight", new double[] {1, 0, 0.5, 2}),
          WordColumn.of("class", List.of("b", "a", "b", "c")));

  @Test
  void theLabelIsNoFeature() {
    LabelledTable labelled = TABLE.label("class");
    assertEquals(List.of("a", "weight"), labelled.features().columnNames());
    assertEquals("class", labelled.labelName());
    assertEquals(List.of("a", "b", "c"), labelled.classNames());
    assertArrayEquals(new int[] {1, 0, 1, 2}, labelled.labels());
    assertFalse(labelled.weights().isPresent());
    assertEquals("LabelledTable[4 rows, 2 columns of features, 3 classes]", labelled.toString());
  }

  @Test
  void numbersAreSortedAsNumbersAndWordsByCodePoint() {
    assertEquals(
        List.of("-1", "2", "10"),
        Table.of().with(NumberColumn.of("y", new double[] {10, 2, -1})).label("y").classNames());
    assertEquals(
        List.of("2", "010", "10"),
        Table.of(WordColumn.of("y", List.of("10", "2", "010"))).label("y").classNames());
    assertEquals(
        List.of("10", "2", "Z", "a", "\uFFFD", "\uD83D\uDE00"),
        Table.of(WordColumn.of("y", List.of("a", "\uD83D\uDE00", "10", "2", "\uFFFD", "Z")))
            .label("y")
            .classNames());
  }

  @Test
  void labelsMayBeKeptElsewhere() {
    LabelledTable labelled = TABLE.label(NumberColumn.of("y", new double[] {3, 3, 1, 1}));
    assertEquals(3, labelled.features().columns().size());
    assertArrayEquals(new int[] {1, 1, 0, 0}, labelled.labels());
    assertMessage(
        "label: 2 labels for a table of 4 rows, want one for each row",
        () -> TABLE.label(NumberColumn.of("y", new double[2])));
    assertMessage(
        "label: the table has a column 'a' too, as the labels are called; take it out by"
            + " without(), or name the labels otherwise by named()",
        () -> TABLE.label(NumberColumn.of("a", new double[4])));
  }

  @Test
  void aMissingLabelIsAnError() {
    assertMessage(
        "label: row 1 of column 'y' is missing, want a label for each row; take such rows out",
        () -> TABLE.label(WordColumn.of("y", Arrays.asList("a", null, "b", null))));
    assertThrows(IllegalArgumentException.class, () -> TABLE.label("y"));
  }

  @Test
  void labelsAreRecodedToOtherClasses() {
    LabelledTable labelled = TABLE.label("class");
    assertArrayEquals(new int[] {1, 3, 1, 0}, labelled.labels(List.of("c", "b", "x", "a")));
    assertMessage(
        "labels: row 3 of column 'class': no class 'c'; there are 'a', 'b'; did you mean 'a'?",
        () -> labelled.labels(List.of("a", "b")));
  }

  @Test
  void aColumnOfWeightsIsNoFeature() {
    LabelledTable weighted = TABLE.label("class").weights("weight");
    assertEquals(List.of("a"), weighted.features().columnNames());
    assertArrayEquals(new double[] {1, 0, 0.5, 2}, weighted.weights().orElseThrow());
    assertEquals(
        "LabelledTable[4 rows, 1 columns of features, 3 classes, weighted]", weighted.toString());
    double[] others = {1, 2, 3, 4};
    assertArrayEquals(others, TABLE.label("class").weights(others).weights().orElseThrow());
  }

  @ParameterizedTest
  @CsvSource({"NaN,missing", "-1,-1.0", "Infinity,Infinity"})
  void aWeightOutOfRangeIsAnError(double weight, String found) {
    assertMessage(
        "weights: the weight of row 2 is " + found + ", want a number of 0 or more",
        () -> TABLE.label("class").weights(new double[] {1, 1, weight, 1}));
    Table table = TABLE.with(NumberColumn.of("w", new double[] {1, 1, weight, 1}));
    assertThrows(IllegalArgumentException.class, () -> table.label("class").weights("w"));
  }

  @Test
  void weightsAreNumbersOneForEachRow() {
    assertMessage(
        "weights: column 'class' has words, such as 'b' in row 0, want numbers",
        () -> TABLE.label("a").weights("class"));
    assertMessage(
        "weights: 1 weights for 4 rows, want one for each row",
        () -> TABLE.label("a").weights(new double[1]));
  }

  @Test
  void rowsAreShuffledAsNumPyWould() {
    LabelledTable labelled = TABLE.label("class").weights("weight");
    int[] order = new NumpyRandom(7).permutation(4);
    LabelledTable shuffled = labelled.shuffled(7);
    for (int row = 0; row < 4; row++) {
      assertEquals(Integer.toString(order[row]), shuffled.features().column("a").text(row));
      assertEquals(labelled.labels()[order[row]], shuffled.labels()[row]);
      assertEquals(
          labelled.weights().orElseThrow()[order[row]], shuffled.weights().orElseThrow()[row]);
    }
    assertEquals(labelled.classNames(), shuffled.classNames());
  }

  @ParameterizedTest
  @CsvSource({"0.75,1", "0.5,2", "0.99,1", "0.01,3"})
  void theLastRowsAreForValidation(double fraction, int validationRows) {
    var split = TABLE.label("class").split(fraction);
    assertEquals(4 - validationRows, split.train().rows());
    assertEquals(validationRows, split.validation().rows());
    assertEquals("3", split.validation().features().column("a").text(validationRows - 1));
    assertEquals("0", split.train().features().column("a").text(0));
    assertEquals(List.of("a", "b", "c"), split.train().classNames());
    assertEquals(List.of("a", "b", "c"), split.validation().classNames());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -0.5, 2, Double.NaN})
  void aSplitWithAnEmptyPartIsRefused(double fraction) {
    assertMessage(
        "split: the fraction to train on is " + fraction + ", want one above 0 and below 1",
        () -> TABLE.label("class").split(fraction));
    assertMessage(
        "split: 1 rows, want at least one to train on and one to validate with",
        () -> TABLE.rows(0, 1).label("class").split(0.5));
  }
}
