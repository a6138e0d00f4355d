package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
  @TempDir Path folder;

  private static Table read(String text, CsvFormat format) throws IOException {
    return Csv.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), format);
  }

  private static Table read(String text) throws IOException {
    return read(text, CsvFormat.DEFAULT);
  }

  private static String cells(Table table) {
    StringBuilder text = new StringBuilder(String.join("|", table.columnNames()));
    for (int row = 0; row < table.rows(); row++) {
      List<String> cells = new ArrayList<>();
      for (Column column : table.columns()) {
        cells.add(column.text(row));
      }
      text.append(" / ").append(String.join("|", cells.stream().map(String::valueOf).toList()));
    }
    return text.toString();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("a.csv"), text);
  }

  private static Path reference(String name) {
    return Path.of("src/test/resources/reference", name);
  }

  private static byte[] gzipped(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void irisAndWineAreRead() throws IOException {
    Table iris = Csv.read(reference("iris.csv"));
    assertEquals("Table[150 rows, 4 columns of numbers, 1 of words]", iris.toString());
    assertEquals(5.1, ((NumberColumn) iris.column("sepal_length_(cm)")).value(0));
    LabelledTable labelled = iris.label("label");
    assertEquals(List.of("setosa", "versicolor", "virginica"), labelled.classNames());
    assertEquals(2, labelled.labels()[149]);
    Table wine = Csv.read(reference("wine.csv"));
    assertEquals("Table[178 rows, 13 columns of numbers, 1 of words]", wine.toString());
  }

  @Test
  void cellsBetweenQuotesMayHaveAnything() throws IOException {
    assertEquals(
        "a|b / x,y|1 / say \"so\"|2 / two\nlines|3",
        cells(read("a,b\n\"x,y\",1\n\"say \"\"so\"\"\",2\n\"two\nlines\",3\n")));
    assertEquals("a|b / x,y|1", cells(read("a,b\n'x,y',1\n", CsvFormat.DEFAULT.quote('\''))));
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t", "|"})
  void theSeparatorIsFoundInTheFirstLine(String separator) throws IOException {
    String text = "\na%sb%s\"c,;|,;|\n,;|,;|\"\n1%s2%sx\n".replace("%s", separator);
    assertEquals(List.of("1", "2", "x"), rowOf(read(text), 0));
  }

  private static List<String> rowOf(Table table, int row) {
    return table.columns().stream().map(column -> column.text(row)).toList();
  }

  @Test
  void theSeparatorMayBeSaid() throws IOException {
    assertEquals("a,b|c / 1|2", cells(read("a,b;c\n1;2\n", CsvFormat.DEFAULT.separator(';'))));
    assertThrows(IllegalArgumentException.class, () -> CsvFormat.DEFAULT.separator('"'));
    assertThrows(IllegalArgumentException.class, () -> CsvFormat.DEFAULT.separator('\n'));
    assertThrows(IllegalArgumentException.class, () -> CsvFormat.DEFAULT.quote('\r'));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void linesEndAsTheyDo(String end) throws IOException {
    String text = String.join(end, "a,b", "1,x", "", "2,y");
    assertEquals("a|b / 1|x / 2|y", cells(read(text)));
    assertEquals("a|b / 1|x / 2|y", cells(read(text + end + end)));
  }

  @ParameterizedTest
  @CsvSource({"UTF-8,true", "UTF-16LE,true", "UTF-16BE,true", "UTF-8,false"})
  void aByteOrderMarkIsRespectedAndNoPartOfTheHeader(Charset charset, boolean mark)
      throws IOException {
    byte[] bytes =
        ((mark ? "\uFEFF" : "") + "gr\u00F6\u00DFe,b\n1,\uD83D\uDE00\n").getBytes(charset);
    for (byte[] given : List.of(bytes, gzipped(bytes))) {
      Table table = Csv.read(new ByteArrayInputStream(given), CsvFormat.DEFAULT);
      assertEquals("gr\u00F6\u00DFe|b / 1|\uD83D\uDE00", cells(table));
    }
  }

  @Test
  void anotherEncodingIsSaid() throws IOException {
    byte[] bytes = "gr\u00F6\u00DFe\n1\n".getBytes(StandardCharsets.ISO_8859_1);
    CsvFormat format = CsvFormat.DEFAULT.charset(StandardCharsets.ISO_8859_1);
    assertEquals("gr\u00F6\u00DFe / 1", cells(Csv.read(new ByteArrayInputStream(bytes), format)));
    var e =
        assertThrows(
            CsvFormatException.class,
            () -> Csv.read(new ByteArrayInputStream(bytes), CsvFormat.DEFAULT));
    assertEquals(
        "the stream: bytes that are no text in the file's encoding; if it has no byte order mark"
            + " and is not in UTF-8, say its encoding by CsvFormat.charset",
        e.getMessage());
  }

  @Test
  void whatIsMissingHasNoValue() throws IOException {
    Table table = read("a,b\nNA,x\n1,N/A\nnan,null\n,None\nNULL,?\nNaN,\"\"\nNAN,y\n");
    assertEquals(
        "a|b / null|x / 1|null / null|null / null|null / null|null / null|null / null|y",
        cells(table));
    assertInstanceOf(NumberColumn.class, table.column("a"));
    Table other = read("a,b\n-999,NA\n1,-\n", CsvFormat.DEFAULT.missing(Set.of("-999", "-")));
    assertEquals("a|b / null|NA / 1|null", cells(other));
  }

  @Test
  void aColumnWithoutAnyValueHasNumbers() throws IOException {
    assertInstanceOf(NumberColumn.class, read("a,b\n,1\nNA,1\n").column("a"));
  }

  @Test
  void aFileWithoutAHeaderHasNumberedColumns() throws IOException {
    CsvFormat format = CsvFormat.DEFAULT.header(false);
    Table table = read("1,x\n2, \"y\n", format);
    assertEquals("x0|x1 / 1|x / 2|\"y", cells(table));
    assertEquals("x0 / 7", cells(read("7", format)));
    assertMessage("the stream: is empty, want rows", "", format);
  }

  @Test
  void theKindOfAColumnMayBeSaid() throws IOException {
    Table table = read("a,b\n007,1\n", CsvFormat.DEFAULT.words("a").numbers("b"));
    assertEquals("a|b / 007|1", cells(table));
    assertInstanceOf(WordColumn.class, table.column("a"));
    assertMessage(
        "the stream, line 3, column 'b': 'x' is not a number",
        "a,b\n1,2\n3,x\n",
        CsvFormat.DEFAULT.numbers("b"));
    assertMessage(
        "the stream: no column 'petal with'; there are 'petal width', 'b'; did you mean 'petal"
            + " width'?",
        "petal width,b\n1,2\n",
        CsvFormat.DEFAULT.words("petal with"));
  }

  @Test
  void wordsAreKeptAsTheyAreWrittenThoughTheFirstLookLikeNumbers() throws IOException {
    assertEquals("a / 007 / 1.50 / x", cells(read("a\n007\n 1.50 \nx\n")));
  }

  private static String late(int rows) {
    StringBuilder text = new StringBuilder("a,b,c,d\n");
    for (int i = 0; i < rows; i++) {
      text.append("00").append(i).append(",,").append(i % 3 == 0 ? "x" : "y").append(",1\n");
    }
    return text.append("7a,seldom,z,2\n").toString();
  }

  @Test
  void aFileIsReadAgainWhenAColumnTurnsOutToHaveWords() throws IOException {
    Table table = Csv.read(file(late(5000)));
    assertEquals(Arrays.asList("000", null, "x", "1"), rowOf(table, 0));
    assertEquals(Arrays.asList("004999", null, "y", "1"), rowOf(table, 4999));
    assertEquals(List.of("7a", "seldom", "z", "2"), rowOf(table, 5000));
    assertInstanceOf(NumberColumn.class, table.column("d"));
  }

  @Test
  void aStreamIsNotReadAgainAndTheMessageSaysWhatToDo() throws IOException {
    String text = late(5000);
    assertMessage(
        "the stream, line 5002, column 'a': '7a' is not a number, as those above it are; if the"
            + " column has words, say so by CsvFormat.words, if the cell is missing by"
            + " CsvFormat.missing",
        text,
        CsvFormat.DEFAULT);
    Table table = read(text, CsvFormat.DEFAULT.words("a"));
    assertEquals(List.of("7a", "seldom", "z", "2"), rowOf(table, 5000));
  }

  private static void assertMessage(String message, String text, CsvFormat format) {
    var e = assertThrows(CsvFormatException.class, () -> read(text, format));
    assertEquals(message, e.getMessage());
  }

  @Test
  void anErrorSaysWhereAndWhat() throws IOException {
    CsvFormat format = CsvFormat.DEFAULT;
    assertMessage("the stream: is empty, want a header and rows", "", format);
    assertMessage("the stream: is empty, want a header and rows", "\uFEFF\n\n", format);
    assertMessage("the stream: has a header and no rows, want at least one", "a,b\n", format);
    assertMessage(
        "the stream, line 4: 2 cells, the header has 3", "a,b,c\n1,\"2\n2\",3\n4,5\n", format);
    assertMessage("the stream, line 2: 3 cells, the header has 2", "a,b\n1,2,3\n", format);
    assertMessage(
        "the stream, line 2: 1 cells, the first row has 2", "a,b\n1\n", format.header(false));
    assertMessage(
        "the stream, line 1: the header's cells 1 and 3 are both 'a', want a name of its own for"
            + " each column; if there is no header, say so by CsvFormat.header(false)",
        "a,b,a\n1,2,3\n",
        format);
    assertMessage(
        "the stream, line 1: the header's cell 2 of 3 is empty, want a name for each column",
        "a,,c\n1,2,3\n",
        format);
    assertMessage(
        "the stream, line 3: a quote '\"' is never closed", "a,b\n1,2\n3,\"4\n5,6\n", format);
    assertMessage(
        "the stream, line 2: Unexpected character after closing quote: 'x' (0x78) (record starting"
            + " at line 2)",
        "a,b\n\"1\"x,2\n",
        format);
    Path path = file("a,b\n1,2\n3\n");
    var e = assertThrows(CsvFormatException.class, () -> Csv.read(path));
    assertEquals(path + ", line 3: 1 cells, the header has 2", e.getMessage());
  }

  @Test
  void aDamagedGzipIsTold() throws IOException {
    byte[] whole = gzipped(late(5000).getBytes(StandardCharsets.UTF_8));
    for (int length : new int[] {2, 9, 100, whole.length - 8, whole.length - 1}) {
      var e =
          assertThrows(
              CsvFormatException.class,
              () ->
                  Csv.read(
                      new ByteArrayInputStream(whole, 0, length), CsvFormat.DEFAULT.words("a")));
      assertTrue(
          e.getMessage().startsWith("the stream: is compressed by gzip, but "), e.getMessage());
    }
  }

  /** Otherwise this would wait for what is not written before the answer is read. */
  @Test
  void aPipeGivesRowsAsTheyCome() throws IOException {
    try (PipedOutputStream out = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(out)) {
      out.write("\na;\"b\n,,,\"\n1;2\n".getBytes(StandardCharsets.UTF_8));
      CsvReader reader = Csv.open(in, CsvFormat.DEFAULT);
      assertEquals("a|b\n,,, / 1|2", cells(reader.read(1)));
      assertEquals(4, reader.line());
      out.write("3;\"4\"\n".getBytes(StandardCharsets.UTF_8));
      assertEquals("a|b\n,,, / 3|4", cells(reader.read(1)));
      assertEquals(5, reader.line());
    }
  }

  @Test
  void whatNobodyAsksForMayBeAnything() throws IOException {
    CsvFormat format = CsvFormat.DEFAULT.numbers("a").othersAreWords(true);
    try (CsvReader reader =
        Csv.open(
            new ByteArrayInputStream("a,b\n1,2\n3,x\n".getBytes(StandardCharsets.UTF_8)), format)) {
      assertEquals("a|b / 1|2", cells(reader.read(1)));
      assertEquals("a|b / 3|x", cells(reader.read(1)));
    }
  }

  @Test
  void aFileIsReadPieceByPiece() throws IOException {
    Path path = folder.resolve("a.csv.gz");
    Files.write(path, gzipped(late(5000).getBytes(StandardCharsets.UTF_8)));
    try (CsvReader reader = Csv.open(path, CsvFormat.DEFAULT.words("a"))) {
      assertEquals(List.of("a", "b", "c", "d"), reader.columnNames());
      assertEquals(Files.size(path), reader.size());
      long before = reader.bytesRead();
      assertTrue(before > 0 && before <= reader.size());
      Table first = reader.read(3000);
      assertEquals(3000, first.rows());
      assertEquals(3000, reader.rowsRead());
      assertEquals(List.of("x", "y"), ((WordColumn) first.column("c")).words());
      assertInstanceOf(NumberColumn.class, first.column("b"));
      Table second = reader.read(3000);
      assertEquals(2001, second.rows());
      assertEquals("003000", second.column("a").text(0));
      assertEquals("seldom", second.column("b").text(2000));
      Table third = reader.read(3000);
      assertEquals(0, third.rows());
      assertEquals(List.of("a", "b", "c", "d"), third.columnNames());
      assertEquals(5001, reader.rowsRead());
      assertEquals(reader.size(), reader.bytesRead());
      assertThrows(IllegalArgumentException.class, () -> reader.read(0));
    }
  }

  @Test
  void theKindsOfTheFirstPieceStay() throws IOException {
    var in = new ByteArrayInputStream("a,b\n1,x\n2,y\nz,3\n".getBytes(StandardCharsets.UTF_8));
    try (CsvReader reader = Csv.open(in, CsvFormat.DEFAULT)) {
      assertEquals(-1, reader.size());
      reader.read(2);
      var e = assertThrows(CsvFormatException.class, () -> reader.read(2));
      assertTrue(
          e.getMessage().startsWith("the stream, line 4, column 'a': 'z' is not a number, as"),
          e.getMessage());
    }
    var later = new ByteArrayInputStream("a,b\n1,x\n2,y\n3,3\n".getBytes(StandardCharsets.UTF_8));
    try (CsvReader reader = Csv.open(later, CsvFormat.DEFAULT.header(false))) {
      assertEquals("b", reader.read(1).column("x1").text(0));
      assertEquals(3, reader.read(10).rows());
    }
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    Random random = new Random(5);
    String letters = "ab,;\"'\n\r\t |#\u00E9\uD83D\uDE00 0";
    for (int round = 0; round < 50; round++) {
      int rows = 1 + random.nextInt(30);
      List<String> words = new ArrayList<>();
      double[] numbers = new double[rows];
      float[] floats = new float[rows];
      for (int row = 0; row < rows; row++) {
        StringBuilder word = new StringBuilder();
        random
            .ints(random.nextInt(6), 0, letters.codePointCount(0, letters.length()))
            .forEach(i -> word.appendCodePoint(letters.codePoints().toArray()[i]));
        words.add(word.isEmpty() ? null : word.toString());
        numbers[row] =
            random.nextInt(5) == 0 ? Double.NaN : Double.longBitsToDouble(random.nextLong());
        floats[row] = random.nextFloat();
      }
      Table table =
          Table.of(
              WordColumn.of("w, \"x\"", words),
              NumberColumn.of(" n", numbers),
              NumberColumn.of("f", floats));
      Path path = folder.resolve("round.csv");
      Csv.write(path, table);
      Table again = Csv.read(path, CsvFormat.DEFAULT.words("w, \"x\""));
      assertEquals(cells(table), cells(again));
      for (int row = 0; row < rows; row++) {
        assertEquals(numbers[row], ((NumberColumn) again.column(" n")).value(row));
      }
      Table only = Table.of(WordColumn.of("w", words));
      Csv.write(path, only);
      assertEquals(cells(only), cells(Csv.read(path, CsvFormat.DEFAULT.words("w"))));
    }
  }

  @Test
  void theWrittenTextIsPlain() throws IOException {
    StringWriter text = new StringWriter();
    Csv.write(text, TableTest.TABLE);
    assertEquals("petal width,colour\n0.5,red\n,\n2,blue\n", text.toString());
    var bytes = new ByteArrayOutputStream();
    Csv.write(bytes, Table.of(WordColumn.of("\u00E9", List.of(""))));
    assertArrayEquals("\u00E9\n\"\"\n".getBytes(StandardCharsets.UTF_8), bytes.toByteArray());
  }

  @Test
  void manyWordsAreNumberedAsTheyCome() throws IOException {
    Random random = new Random(6);
    List<String> words = random.ints(20_000, 0, 5000).mapToObj(i -> "w" + i).toList();
    Table table = read("w\n" + String.join("\n", words));
    WordColumn expected = WordColumn.of("w", words);
    WordColumn found = (WordColumn) table.column("w");
    assertEquals(expected.words(), found.words());
    for (int row = 0; row < words.size(); row++) {
      assertEquals(expected.code(row), found.code(row));
    }
  }

  @Test
  void aFileThatIsNotThereIsNoFormatError() {
    IOException e = assertThrows(IOException.class, () -> Csv.read(folder.resolve("none.csv")));
    assertNull(e instanceof CsvFormatException ? e : null);
  }
}
