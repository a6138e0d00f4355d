package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TableTest {
  static final NumberColumn WIDTH =
      NumberColumn.of("petal width", new double[] {0.5, Double.NaN, 2});
  static final WordColumn COLOUR = WordColumn.of("colour", Arrays.asList("red", null, "blue"));
  static final Table TABLE = Table.of(WIDTH, COLOUR);

  static void assertMessage(String message, Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }

  private static List<String> texts(Column column) {
    return new ArrayList<>(IntStream.range(0, column.rows()).mapToObj(column::text).toList()) {};
  }

  private static double[] values(Column column) {
    return IntStream.range(0, column.rows()).mapToDouble(((NumberColumn) column)::value).toArray();
  }

  @Test
  void aCellIsANumberAWordOrMissing() {
    assertEquals("0.5", WIDTH.text(0));
    assertNull(WIDTH.text(1));
    assertTrue(WIDTH.isMissing(1));
    assertFalse(WIDTH.isMissing(2));
    assertEquals("2", WIDTH.text(2));
    assertEquals(List.of("red", "blue"), COLOUR.words());
    assertEquals(-1, COLOUR.code(1));
    assertEquals(1, COLOUR.code(2));
    assertTrue(COLOUR.isMissing(1));
    assertNull(COLOUR.text(1));
    assertEquals("blue", COLOUR.text(2));
  }

  @Test
  void theTextOfANumberIsReadAsTheNumber() {
    double[] numbers = {0, -0.0, 1e14, 1e15, -3, 0.1, 1e300, -1.0 / 0, Double.MIN_VALUE, 1 << 30};
    NumberColumn column = NumberColumn.of("a", numbers);
    assertEquals("-0", column.text(1));
    assertEquals("100000000000000", column.text(2));
    assertEquals("1.0E15", column.text(3));
    for (int row = 0; row < numbers.length; row++) {
      assertEquals(numbers[row], NumberText.parse(column.text(row)));
    }
    assertEquals("0.1", NumberColumn.of("a", new float[] {0.1f}).text(0));
    assertEquals((double) 0.1f, NumberColumn.of("a", new float[] {0.1f}).value(0));
  }

  @Test
  void columnsOfAMatrixShareItsArray() {
    double[] matrix = {1, 2, 3, 4, 5, 6};
    NumberColumn second = NumberColumn.ofDoubles("b", matrix, 1, 3);
    assertArrayEquals(new double[] {2, 5}, values(second));
    matrix[4] = 7;
    assertArrayEquals(new double[] {2, 7}, values(second));
    float[] floats = {1, 2, 3, 4};
    assertArrayEquals(new double[] {2, 4}, values(NumberColumn.ofFloats("b", floats, 1, 2)));
    byte[] bytes = {0, (byte) 200, 1, (byte) 255};
    NumberColumn pixels = NumberColumn.ofUnsignedBytes("b", bytes, 1, 2);
    assertArrayEquals(new double[] {200, 255}, values(pixels));
    assertArrayEquals(new double[] {255, 200, 255}, values(pixels.rows(new int[] {1, 0, 1})));
    assertEquals("255", pixels.text(1));
    assertArrayEquals(new double[] {200, 255}, values(pixels.named("c")));
    assertEquals("c", pixels.named("c").name());
    assertEquals(0, NumberColumn.ofDoubles("b", matrix, 6, 3).rows());
    assertThrows(IndexOutOfBoundsException.class, () -> second.value(2));
    assertMessage(
        "NumberColumn: every 0-th of 6 values from 1 on, want a step of at least 1 and a start of 0"
            + " to 6",
        () -> NumberColumn.ofDoubles("b", matrix, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> NumberColumn.ofDoubles("b", matrix, 7, 1));
  }

  @Test
  void rowsAreGatheredInTheGivenOrder() {
    Table chosen = TABLE.rows(new int[] {2, 0, 2});
    assertEquals(List.of("2", "0.5", "2"), texts(chosen.column("petal width")));
    assertEquals(List.of("blue", "red", "blue"), texts(chosen.column("colour")));
    assertEquals(3, chosen.rows());
    assertEquals(Arrays.asList("red", null), texts(TABLE.rows(0, 2).column("colour")));
    assertEquals(0, TABLE.rows(3, 3).rows());
    assertThrows(IndexOutOfBoundsException.class, () -> TABLE.rows(new int[] {3}));
    assertThrows(IndexOutOfBoundsException.class, () -> TABLE.rows(1, 4));
  }

  @Test
  void columnsAreFoundByName() {
    assertEquals(List.of("petal width", "colour"), TABLE.columnNames());
    assertTrue(TABLE.has("colour"));
    assertFalse(TABLE.has("Colour"));
    assertEquals(List.of(COLOUR, WIDTH), TABLE.select(List.of("colour", "petal width")).columns());
    assertEquals(List.of(WIDTH), TABLE.without("colour").columns());
    assertEquals(3, TABLE.without("colour", "petal width").rows());
    assertMessage(
        "Table: no column 'Petal_Widht'; there are 'petal width', 'colour'; did you mean 'petal"
            + " width'?",
        () -> TABLE.column("Petal_Widht"));
    assertMessage(
        "Table: no column 'z'; there are 'petal width', 'colour'", () -> TABLE.without("z"));
    assertMessage(
        "select: 'colour' is given twice, want each name once",
        () -> TABLE.select(List.of("colour", "colour")));
  }

  @Test
  void manyNamesAreNotAllListed() {
    Table wide = Table.of(NpyArray.of(new double[100], 1, 100));
    assertEquals("x99", wide.columns().get(99).name());
    String message =
        assertThrows(IllegalArgumentException.class, () -> wide.column("label")).getMessage();
    assertTrue(message.endsWith("'x19' and 80 more"), message);
  }

  @Test
  void aColumnIsAddedOrReplaced() {
    Table more = TABLE.with(NumberColumn.of("n", new double[3]));
    assertEquals(List.of("petal width", "colour", "n"), more.columnNames());
    Table other = TABLE.with(NumberColumn.of("petal width", new double[3]));
    assertEquals(List.of("petal width", "colour"), other.columnNames());
    assertEquals("0", other.column("petal width").text(1));
    assertMessage(
        "with: column 'n' has 2 rows, want 3 as the others have",
        () -> TABLE.with(NumberColumn.of("n", new double[2])));
  }

  @Test
  void namesAreThereAndDifferAndLengthsAreEqual() {
    assertMessage(
        "Table: two columns have the name 'colour', want a name of its own for each",
        () -> Table.of(COLOUR, COLOUR));
    assertMessage(
        "Table: column 'n' has 2 rows, want 3 as the others have",
        () -> Table.of(COLOUR, NumberColumn.of("n", new double[2])));
    assertThrows(IllegalArgumentException.class, () -> COLOUR.named(""));
    assertThrows(IllegalArgumentException.class, () -> NumberColumn.of("", new double[2]));
    assertEquals(0, Table.of().rows());
  }

  @Test
  void aMatrixOfNumPyIsATable() {
    Table table = Table.of(NpyArray.of(new int[] {1, 2, 3, 4, 5, 6}, 2, 3));
    assertEquals(List.of("x0", "x1", "x2"), table.columnNames());
    assertEquals(List.of("2", "5"), texts(table.column("x1")));
    assertEquals(2, table.rows());
    Table floats = Table.of(NpyArray.of(new float[] {0.5f, 1.5f}, 1, 2));
    assertEquals("1.5", floats.column("x1").text(0));
    assertEquals(0, Table.of(NpyArray.of(new double[0], 0, 3)).rows());
    assertEquals(3, Table.of(NpyArray.of(new double[0], 3, 0)).rows());
    assertEquals(List.of("7", "8"), texts(NumberColumn.of("y", NpyArray.of(new long[] {7, 8}, 2))));
    assertMessage(
        "Table: NpyArray[int32, [2]] has 1 dimensions, want rows x columns",
        () -> Table.of(NpyArray.of(new int[2], 2)));
    assertMessage(
        "NumberColumn: NpyArray[int32, [1, 2]] has 2 dimensions, want one; Table.of takes rows x"
            + " columns",
        () -> NumberColumn.of("y", NpyArray.of(new int[2], 1, 2)));
  }

  @Test
  void theSizesAreSaid() {
    assertEquals("Table[3 rows, 1 columns of numbers, 1 of words]", TABLE.toString());
    assertEquals("NumberColumn['petal width', 3 rows]", WIDTH.toString());
    assertEquals("WordColumn['colour', 3 rows, 2 words]", COLOUR.toString());
  }
}
