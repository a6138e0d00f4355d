package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.random.NumpyRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The median that is counted is that of the sorted numbers, to the bit. */
class MedianSearchTest {
  private static double sorted(double[] values) {
    double[] known = Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    if (known.length == 0) {
      return Double.NaN;
    }
    Arrays.sort(known);
    double lower = known[(known.length - 1) / 2];
    double upper = known[known.length / 2];
    return lower == upper ? lower : lower / 2 + upper / 2;
  }

  /** With the number of readings that it took. */
  private record Found(double median, int readings) {}

  private static Found counted(double[] values, int parts) {
    MedianSearch search = new MedianSearch();
    int readings = 0;
    while (true) {
      Arrays.stream(values).filter(value -> !Double.isNaN(value)).forEach(search::add);
      search.endReading();
      readings++;
      if (search.isFound()) {
        return new Found(search.median(), readings);
      }
      search.beginReading(parts);
    }
  }

  private static Arguments of(String name, DoubleSupplier number) {
    return Arguments.of(name, number);
  }

  static Stream<Arguments> numbers() {
    NumpyRandom random = new NumpyRandom(3);
    double[] special = {
      0.0,
      -0.0,
      Double.MIN_VALUE,
      -Double.MIN_VALUE,
      Double.MAX_VALUE,
      -Double.MAX_VALUE,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      1,
      Math.nextUp(1)
    };
    return Stream.of(
        of("normal", random::standardNormal),
        of(
            "of all sizes",
            () -> random.standardNormal() * Math.pow(2, random.randint(2000) - 1000)),
        of("pixels", () -> random.randint(256)),
        of("mostly 0", () -> random.randint(5) == 0 ? random.standardNormal() : 0),
        of("zeros of both signs", () -> random.randint(2) == 0 ? 0.0 : -0.0),
        of(
            "beside each other",
            () -> Double.longBitsToDouble(0x3FF0000000000000L + random.randint(9))),
        of("special", () -> special[random.randint(special.length)]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("numbers")
  void itIsThatOfTheSortedNumbers(String name, DoubleSupplier number) {
    for (int count : new int[] {1, 2, 3, 4, 5, 10, 101, 1000, 3001}) {
      double[] values = new double[count];
      for (int i = 0; i < count; i++) {
        values[i] = i % 7 == 6 ? Double.NaN : number.getAsDouble();
      }
      for (int parts : new int[] {2, 3, 16, 5000}) {
        Found found = counted(values, parts);
        assertEquals(
            Double.doubleToRawLongBits(sorted(values)),
            Double.doubleToRawLongBits(found.median),
            () -> name + ", " + count + " numbers, " + parts + " parts");
        assertTrue(found.readings <= 65);
      }
    }
  }

  @Test
  void twoMiddleOnesMayBeTheEndsOfAllNumbers() {
    double largest = Double.MAX_VALUE;
    assertEquals(0, counted(new double[] {-largest, largest}, 2).median);
    assertEquals(largest, counted(new double[] {largest, largest}, 2).median);
    assertTrue(Double.isNaN(counted(new double[] {Double.NaN}, 2).median));
    // As a sum of halves has it, in memory as here.
    assertTrue(
        Double.isNaN(
            counted(new double[] {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY}, 2).median));
  }

  @Test
  void fewDifferentNumbersTakeFewReadings() {
    NumpyRandom random = new NumpyRandom(4);
    double[] pixels = new double[5000];
    Arrays.setAll(pixels, i -> random.randint(256));
    assertTrue(counted(pixels, 1024).readings <= 4);
  }

  /** As many columns as share the ranges, with missing cells, in pieces or at once. */
  @ParameterizedTest
  @ValueSource(ints = {1, 40})
  void theMediansOfATableAreThoseOfItsColumns(int columns) {
    NumpyRandom random = new NumpyRandom(5);
    List<Column> all = new ArrayList<>();
    List<Double> medians = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      double[] values = new double[500];
      for (int row = 0; row < values.length; row++) {
        values[row] = row % 11 == c % 11 ? Double.NaN : random.standardNormal() * (c + 1);
      }
      medians.add(sorted(values));
      all.add(NumberColumn.of("c" + c, values));
    }
    all.add(
        WordColumn.of(
            "word",
            List.of("a", "b").stream().flatMap(w -> Stream.generate(() -> w).limit(250)).toList()));
    Table table = Table.of(all);
    TableEncoding whole = TableEncoding.of(table, MissingValues.MEDIAN, UnknownWords.ERROR);
    TableEncoding.Builder builder =
        new TableEncoding.Builder(MissingValues.MEDIAN, UnknownWords.ERROR);
    do {
      for (int from = 0; from < table.rows(); from += 100) {
        builder.add(table.rows(from, from + 100));
      }
    } while (builder.wantsRowsAgain());
    TableEncoding inPieces = builder.build();
    assertEquals(whole.toJson(), inPieces.toJson());
    Column missing = NumberColumn.of("none", new double[] {Double.NaN});
    Table none = Table.of(WordColumn.of("word", List.of("a")));
    for (int c = 0; c < columns; c++) {
      none = none.with(missing.named("c" + c));
    }
    double[] found = inPieces.encode(none);
    for (int c = 0; c < columns; c++) {
      assertEquals(medians.get(c), found[c]);
    }
  }

  @Test
  void rowsThatChangeOrAreNotAddedAgainAreRefused() {
    TableEncoding.Builder builder =
        new TableEncoding.Builder(MissingValues.MEDIAN, UnknownWords.ERROR)
            .add(Table.of(NumberColumn.of("a", new double[] {1, 2, 3})));
    assertTrue(builder.wantsRowsAgain());
    assertTrue(
        assertThrows(IllegalStateException.class, builder::build)
            .getMessage()
            .startsWith("TableEncoding: the medians are not found yet"));
    builder.add(Table.of(NumberColumn.of("a", new double[] {1, 2})));
    assertTrue(
        assertThrows(IllegalArgumentException.class, builder::wantsRowsAgain)
            .getMessage()
            .startsWith("TableEncoding: the rows were not those"));
  }
}
