package io.rowwise.dataset;

import static io.rowwise.dataset.TableTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableEncodingTest {
  private static final Table TABLE =
      Table.of(
          NumberColumn.of("a", new double[] {1, Double.NaN, 3, 8}),
          WordColumn.of("colour", Arrays.asList("red", "blue", null, "red")));
  private static final TableEncoding LENIENT =
      TableEncoding.of(TABLE, MissingValues.MEAN, UnknownWords.ZEROS);
  private static final TableEncoding STRICT =
      TableEncoding.of(TABLE, MissingValues.ERROR, UnknownWords.ERROR);

  @Test
  void numbersStayAndWordsAreOneHot() {
    assertArrayEquals(new double[] {1, 0, 1, 4, 1, 0, 3, 0, 0, 8, 0, 1}, LENIENT.encode(TABLE));
    assertArrayEquals(
        new float[] {1, 0, 1, 4, 1, 0, 3, 0, 0, 8, 0, 1}, LENIENT.encodeFloats(TABLE));
    assertEquals(3, LENIENT.features());
    assertEquals(List.of("a", "colour=blue", "colour=red"), LENIENT.featureNames());
    assertEquals(List.of("a", "colour"), LENIENT.columnNames());
    assertEquals("TableEncoding[2 columns, 3 features]", LENIENT.toString());
  }

  @ParameterizedTest
  @CsvSource({"MEAN,4", "MEDIAN,3"})
  void aMissingNumberIsReplaced(MissingValues missing, double replacement) {
    TableEncoding encoding = TableEncoding.of(TABLE, missing, UnknownWords.ERROR);
    assertEquals(replacement, encoding.encode(TABLE)[3]);
    assertEquals(missing, encoding.missingValues());
    assertEquals(UnknownWords.ERROR, encoding.unknownWords());
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleOnes() {
    Table table = Table.of(NumberColumn.of("a", new double[] {4, 1, Double.NaN, 100, 2}));
    assertEquals(
        3, TableEncoding.of(table, MissingValues.MEDIAN, UnknownWords.ERROR).encode(table)[2]);
    double large = Double.MAX_VALUE;
    Table larger = Table.of(NumberColumn.of("a", new double[] {large, large / 2, Double.NaN}));
    assertEquals(
        large / 2 + large / 4,
        TableEncoding.of(larger, MissingValues.MEDIAN, UnknownWords.ERROR).encode(larger)[2]);
  }

  @Test
  void whatIsMissingOrUnknownIsAnErrorWhereThatIsAskedFor() {
    assertMessage(
        "encode: row 1 of column 'a' is missing, want a number; take such rows out, or make the"
            + " encoding by MissingValues.MEAN or MEDIAN",
        () -> STRICT.encode(TABLE));
    assertMessage(
        "encode: row 2 of column 'colour' is missing, want a word; take such rows out, or make the"
            + " encoding by MissingValues.MEAN or MEDIAN, which take a missing word for none of"
            + " them",
        () -> STRICT.encode(TABLE, 2, 3, new double[3]));
    Table other = table("5", "mauve");
    assertMessage(
        "encode: row 0 of column 'colour': no word 'mauve'; there are 'blue', 'red' (or make the"
            + " encoding by UnknownWords.ZEROS)",
        () -> STRICT.encode(other));
    assertArrayEquals(new double[] {5, 0, 0}, LENIENT.encode(other));
  }

  private static Table table(String a, String colour) {
    return Table.of(WordColumn.of("a", List.of(a)), WordColumn.of("colour", List.of(colour)));
  }

  @Test
  void columnsAreFoundByName() {
    Table other =
        Table.of(
            WordColumn.of("colour", List.of("blue")),
            WordColumn.of("further", List.of("x")),
            NumberColumn.of("a", new float[] {2}));
    assertArrayEquals(new double[] {2, 1, 0}, STRICT.encode(other));
    assertMessage(
        "encode: no column 'colour'; there are 'a', 'color'; did you mean 'color'?",
        () ->
            STRICT.encode(
                Table.of(
                    NumberColumn.of("a", new double[1]), NumberColumn.of("color", new double[1]))));
  }

  @Test
  void wordsThatAreNumbersAreTakenByTheirText() {
    assertArrayEquals(new double[] {5, 0, 1}, STRICT.encode(table("5", "red")));
    assertMessage(
        "encode: row 0 of column 'a': 'five' is not a number",
        () -> LENIENT.encode(table("five", "red")));
    Table codes = Table.of(WordColumn.of("code", List.of("10", "9")));
    TableEncoding encoding = TableEncoding.of(codes, MissingValues.ERROR, UnknownWords.ERROR);
    assertEquals(List.of("code=9", "code=10"), encoding.featureNames());
    assertArrayEquals(
        new double[] {1, 0, 0, 1},
        encoding.encode(Table.of(NumberColumn.of("code", new double[] {9, 10}))));
  }

  @Test
  void someRowsAreAsThoseOfAll() {
    Random random = new Random(4);
    int rows = 333;
    double[] numbers = random.doubles(rows).toArray();
    List<String> words = random.ints(rows, 0, 5).mapToObj(i -> i == 0 ? "" : "w" + i).toList();
    Table table = Table.of(WordColumn.of("w", words), NumberColumn.of("n", numbers));
    TableEncoding encoding = TableEncoding.of(table, MissingValues.ERROR, UnknownWords.ERROR);
    int features = encoding.features();
    double[] all = encoding.encode(table);
    double[] some = new double[200 * features + 1];
    encoding.encode(table, 33, 233, some);
    assertArrayEquals(
        Arrays.copyOfRange(all, 33 * features, 233 * features),
        Arrays.copyOf(some, 200 * features));
    float[] floats = new float[200 * features];
    encoding.encode(table, 33, 233, floats);
    for (int i = 0; i < floats.length; i++) {
      assertEquals((float) some[i], floats[i]);
    }
    assertMessage(
        "encode: room for 1 numbers, want 12 for 2 rows of 6 features",
        () -> encoding.encode(table, 0, 2, new double[1]));
    assertThrows(
        IndexOutOfBoundsException.class, () -> encoding.encode(table, 0, 334, new double[9999]));
  }

  @Test
  void anEncodingOfNothingIsRefused() {
    assertMessage(
        "TableEncoding: 0 columns give no number at all, want at least one column with a value",
        () -> TableEncoding.of(Table.of(), MissingValues.ERROR, UnknownWords.ERROR));
    Table empty = Table.of(NumberColumn.of("a", new double[] {Double.NaN}));
    assertMessage(
        "TableEncoding: the mean of the 0 numbers of column 'a' is NaN, want a finite one for the"
            + " missing cells; take the column out",
        () -> TableEncoding.of(empty, MissingValues.MEAN, UnknownWords.ERROR));
  }

  @ParameterizedTest
  @EnumSource
  void theJsonMakesAnEqualEncoding(MissingValues missing) {
    Table table =
        Table.of(
            NumberColumn.of("a \"quoted\" \u0001\n", new double[] {0.1, 0.2, 1e-300}),
            WordColumn.of("\u00E4\uD83D\uDE00", Arrays.asList("\\", null, "\"")));
    TableEncoding encoding = TableEncoding.of(table, missing, UnknownWords.ZEROS);
    TableEncoding read = TableEncoding.ofJson(encoding.toJson());
    assertEquals(encoding.toJson(), read.toJson());
    assertEquals(encoding.featureNames(), read.featureNames());
    if (missing != MissingValues.ERROR) {
      Table other =
          table.with(NumberColumn.of("a \"quoted\" \u0001\n", new double[] {Double.NaN, 0, 0}));
      assertArrayEquals(encoding.encode(other), read.encode(other));
    }
  }

  @Test
  void theJsonIsPlain() {
    assertEquals(
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"missing\":4.0},{\"name\":\"colour\",\"words\":[\"blue\",\"red\"]}]}",
        LENIENT.toJson());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{}",
        "{\"missing_values\":\"mean\"}",
        "{\"missing_values\":1,\"unknown_words\":\"zeros\",\"columns\":[]}",
        "{\"missing_values\":\"x\",\"unknown_words\":\"zeros\",\"columns\":[]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\"}]}",
        "{\"missing_values\":\"error\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"missing\":1}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"missing\":1e999}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"missing\":\"1\"}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"words\":[\"b\",\"b\"]}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"words\":[1]}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"words\":[\"b\"]},{\"name\":\"a\",\"words\":[\"b\"]}]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"words\":[\"b\"",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"further\":1,\"columns\":[]}",
        "{\"missing_values\":\"mean\",\"unknown_words\":\"zeros\",\"columns\":[{\"name\":\"a\","
            + "\"missing\":1}]} 1"
      })
  void malformedJsonIsRefusedWithAReason(String json) {
    var e = assertThrows(IllegalArgumentException.class, () -> TableEncoding.ofJson(json));
    assertTrue(
        e.getMessage().matches("(?s)(ofJson: not the JSON .*: |TableEncoding: ).{8,}"),
        e.getMessage());
  }

  @Test
  void aFileIsReadWithTheKindsOfTheEncoding() throws Exception {
    Table codes =
        Table.of(WordColumn.of("code", List.of("007")), NumberColumn.of("a", new double[] {1}));
    TableEncoding encoding = TableEncoding.of(codes, MissingValues.ERROR, UnknownWords.ERROR);
    Table read =
        Csv.read(
            new ByteArrayInputStream("a,code\n2,007\n".getBytes(StandardCharsets.UTF_8)),
            encoding.format(CsvFormat.DEFAULT));
    assertArrayEquals(new double[] {1, 2}, encoding.encode(read));
  }
}
