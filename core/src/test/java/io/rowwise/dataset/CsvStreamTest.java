package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a file gives in pieces is what it gives at once. */
class CsvStreamTest {
  /** Of more than two pieces. */
  private static final int ROWS = 10_000;

  @TempDir private Path folder;

  private Path file(IntFunction<String> cell) throws IOException {
    StringBuilder text = new StringBuilder("a,b,c\n");
    for (int row = 0; row < ROWS; row++) {
      text.append(row % 7).append(',').append(cell.apply(row)).append(",w").append(row % 3);
      text.append('\n');
    }
    Path path = folder.resolve("rows.csv");
    Files.writeString(path, text);
    return path;
  }

  /** All cells by their text, with the number of times that reading began. */
  private record Seen(List<String> cells, int beginnings, List<Double> fractions) {}

  private static Seen seen(TableStream stream) throws IOException {
    List<String> cells = new ArrayList<>();
    List<Double> fractions = new ArrayList<>();
    int[] beginnings = new int[1];
    stream.read(
        new TableStream.Visitor<>() {
          private int rows;

          @Override
          public void begin() {
            beginnings[0]++;
            rows = 0;
            cells.clear();
            fractions.clear();
          }

          @Override
          public void rows(int first, Table piece, double fraction) {
            assertEquals(rows, first);
            assertTrue(piece.rows() > 0 && piece.rows() < ROWS / 2);
            rows += piece.rows();
            cells.addAll(cells(piece));
            fractions.add(fraction);
          }
        });
    return new Seen(cells, beginnings[0], fractions);
  }

  private static List<String> cells(Table table) {
    List<String> cells = new ArrayList<>();
    for (int row = 0; row < table.rows(); row++) {
      for (Column column : table.columns()) {
        cells.add(column.getClass().getSimpleName() + " " + column.text(row));
      }
    }
    return cells;
  }

  @Test
  void allRowsComeInTheirOrderAsOftenAsWanted() throws IOException {
    Path path = file(row -> Integer.toString(row));
    TableStream stream = Csv.stream(path);
    for (int i = 0; i < 2; i++) {
      Seen seen = seen(stream);
      assertEquals(cells(Csv.read(path)), seen.cells);
      assertEquals(1, seen.beginnings);
      assertEquals(seen.fractions.stream().sorted().toList(), seen.fractions);
      assertEquals(1.0, seen.fractions.get(seen.fractions.size() - 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1023, 1024, 5000, 9999})
  void aWordFarDownMakesAColumnOneOfWordsFromItsBeginning(int place) throws IOException {
    Path path = file(row -> row == place ? "far" : row + ".50");
    TableStream stream = Csv.stream(path);
    Seen first = seen(stream);
    assertEquals(cells(Csv.read(path)), first.cells);
    assertEquals(place < 1024 ? 1 : 2, first.beginnings);
    Seen second = seen(stream);
    assertEquals(first.cells, second.cells);
    assertEquals(1, second.beginnings);
  }

  @Test
  void aColumnThatBeginsWithAPieceOfMissingCellsIsWhatItsCellsAre() throws IOException {
    for (String late : List.of("word", "7.5")) {
      Path path = file(row -> row < 6000 ? "" : late);
      TableEncoding.Builder builder =
          new TableEncoding.Builder(MissingValues.MEAN, UnknownWords.ERROR);
      Csv.stream(path)
          .read(
              new TableStream.Visitor<>() {
                @Override
                public void begin() {}

                @Override
                public void rows(int first, Table piece, double fraction) {
                  builder.add(piece);
                }
              });
      TableEncoding whole =
          TableEncoding.of(Csv.read(path), MissingValues.MEAN, UnknownWords.ERROR);
      assertEquals(whole.toJson(), builder.build().toJson());
    }
  }

  @Test
  void aColumnOfNumbersThatGoesOnWithWordsIsRefusedByTheEncoding() {
    TableEncoding.Builder builder =
        new TableEncoding.Builder(MissingValues.ERROR, UnknownWords.ERROR)
            .add(Table.of(NumberColumn.of("a", new double[] {Double.NaN, 1})));
    Table words = Table.of(WordColumn.of("a", List.of("x")));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> builder.add(words));
    assertTrue(e.getMessage().startsWith("TableEncoding: column 'a' has numbers"), e.getMessage());
  }

  @Test
  void aWrongCellIsNamedByItsRowAmongAll() throws IOException {
    Path path = file(row -> row == 9000 ? "" : "1");
    LabelledStream stream = Csv.stream(path).label("c").weights("b");
    CellException e =
        assertThrows(
            CellException.class,
            () ->
                stream.read(
                    new TableStream.Visitor<>() {
                      @Override
                      public void begin() {}

                      @Override
                      public void rows(int first, LabelledTable piece, double fraction) {
                        assertEquals(1, piece.features().columns().size());
                      }
                    }));
    assertEquals(9000, e.row());
    assertEquals("b", e.column());
    assertEquals(
        assertThrows(CellException.class, () -> Csv.read(path).label("c").weights("b"))
            .getMessage(),
        e.getMessage());
  }
}
