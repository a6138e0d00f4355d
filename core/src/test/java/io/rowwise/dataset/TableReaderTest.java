package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.random.NumpyRandom;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What files of arrays and of LIBSVM give in pieces is what they give at once. */
class TableReaderTest {
  /** Of two pieces of a stream. */
  private static final int ROWS = 9000;

  @TempDir Path folder;

  /** A matrix of small whole numbers, which every type holds, 0 and 1 alone for a few. */
  private static byte[] npy(
      NpyElementType type, ByteOrder order, boolean isFortran, int rows, int columns) {
    boolean isByte = type.bytes() == 1;
    String dictionary =
        String.format(
            Locale.ROOT,
            "{'descr': '%s%s', 'fortran_order': %s, 'shape': (%d, %d), }",
            isByte ? "|" : order == ByteOrder.LITTLE_ENDIAN ? "<" : ">",
            type.code(),
            isFortran ? "True" : "False",
            rows,
            columns);
    byte[] header =
        (dictionary + " ".repeat(117 - dictionary.length()) + "\n")
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file =
        ByteBuffer.allocate(10 + header.length + rows * columns * type.bytes())
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(NpyHeader.MAGIC)
            .put((byte) 1)
            .put((byte) 0)
            .putShort((short) header.length)
            .put(header)
            .order(order);
    NumpyRandom random = new NumpyRandom(9);
    for (int i = 0; i < rows * columns; i++) {
      int value = random.randint(type == NpyElementType.BOOL ? 2 : 100);
      switch (type) {
        case FLOAT32 -> file.putFloat(value);
        case FLOAT64 -> file.putDouble(value);
        case FLOAT16 -> file.putShort((short) (value % 2 * 0x3C00));
        case BOOL, INT8, UINT8 -> file.put((byte) value);
        case INT16, UINT16 -> file.putShort((short) value);
        case INT32, UINT32 -> file.putInt(value);
        case INT64, UINT64 -> file.putLong(value);
      }
    }
    return file.array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static void assertSame(Table whole, List<Table> pieces) {
    List<Column> wholeColumns = whole.columns();
    int row = 0;
    for (Table piece : pieces) {
      assertEquals(whole.columnNames(), piece.columnNames());
      List<Column> columns = piece.columns();
      for (int c = 0; c < columns.size(); c++) {
        NumberColumn expected = (NumberColumn) wholeColumns.get(c);
        NumberColumn found = (NumberColumn) columns.get(c);
        for (int i = 0; i < piece.rows(); i++) {
          assertEquals(expected.value(row + i), found.value(i));
        }
      }
      row += piece.rows();
    }
    assertEquals(whole.rows(), row);
  }

  /** Reads it in pieces of several sizes, and as a stream, twice. */
  private static void assertSame(Table whole, TableStream stream, TableReader.Opening opening)
      throws IOException {
    for (int mostRows : new int[] {1000, 4096, Integer.MAX_VALUE}) {
      try (TableReader reader = opening.open()) {
        assertTrue(reader.bytesRead() <= reader.size());
        assertSame(whole, BytesInMemory.pieces(reader, mostRows));
        assertEquals(reader.size(), reader.bytesRead());
        assertEquals(1, reader.fraction());
        assertThrows(IllegalArgumentException.class, () -> reader.read(0));
      }
    }
    for (int i = 0; i < 2; i++) {
      List<Table> pieces = new ArrayList<>();
      List<Double> fractions = new ArrayList<>();
      stream.read(
          new TableStream.Visitor<>() {
            @Override
            public void begin() {
              assertTrue(pieces.isEmpty());
            }

            @Override
            public void rows(int first, Table piece, double fraction) {
              assertEquals(pieces.stream().mapToInt(Table::rows).sum(), first);
              pieces.add(piece);
              fractions.add(fraction);
            }
          });
      assertSame(whole, pieces);
      assertTrue(pieces.size() > 1);
      assertEquals(fractions.stream().sorted().toList(), fractions);
    }
  }

  static Stream<Arguments> matrices() {
    return Arrays.stream(NpyElementType.values())
        .flatMap(
            type ->
                Stream.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)
                    .flatMap(
                        order ->
                            Stream.of(false, true)
                                .map(isFortran -> Arguments.of(type, order, isFortran))));
  }

  @ParameterizedTest
  @MethodSource("matrices")
  void aMatrixOfNumPyIsReadInPieces(NpyElementType type, ByteOrder order, boolean isFortran)
      throws IOException {
    byte[] bytes = npy(type, order, isFortran, ROWS, 3);
    Path path = file("x.npy", bytes);
    Table whole = Table.of(Npy.read(path));
    assertSame(whole, Npy.stream(path), () -> Npy.open(path));
    Path packed = file("x.npy.gz", gzip(bytes));
    assertSame(whole, List.of(Table.of(Npy.read(packed))));
    if (isFortran) {
      String refused = assertThrows(NpyFormatException.class, () -> Npy.open(packed)).getMessage();
      assertTrue(refused.startsWith(packed + ": is in Fortran order and compressed"), refused);
    } else {
      assertSame(whole, Npy.stream(packed), () -> Npy.open(packed));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofLongRowsFewComeAtATime(boolean isFortran) throws IOException {
    Path path =
        file("wide.npy", npy(NpyElementType.UINT8, ByteOrder.BIG_ENDIAN, isFortran, 9, 70_000));
    try (TableReader reader = Npy.open(path)) {
      List<Table> pieces = BytesInMemory.pieces(reader, 4096);
      assertEquals(3, pieces.size());
      assertSame(Table.of(Npy.read(path)), pieces);
    }
  }

  @Test
  void labelsOfNumPyAreTheTextsOfItsNumbers() throws IOException {
    long[] values = new long[200_000];
    Arrays.setAll(values, i -> i % 3 - 1);
    Path path = folder.resolve("y.npy");
    Npy.write(path, NpyArray.of(values, values.length));
    WordColumn labels = Npy.labels(path);
    assertEquals(values.length, labels.rows());
    for (int row = 0; row < values.length; row++) {
      assertEquals(Long.toString(values[row]), labels.text(row));
    }
    Npy.write(path, NpyArray.of(new double[] {1, Double.NaN, 0.5}, 3));
    assertEquals(List.of("1", "0.5"), Npy.labels(path).words());
    assertTrue(Npy.labels(path).isMissing(1));
    Npy.write(path, NpyArray.of(values, 100_000, 2));
    String refused = assertThrows(NpyFormatException.class, () -> Npy.labels(path)).getMessage();
    assertTrue(refused.endsWith("has 2 dimensions, want labels in one"), refused);
  }

  private static byte[] idx(NpyElementType type, int code, int... shape) {
    int size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * shape.length + size * type.bytes());
    file.put((byte) 0).put((byte) 0).put((byte) code).put((byte) shape.length);
    Arrays.stream(shape).forEach(file::putInt);
    NumpyRandom random = new NumpyRandom(10);
    for (int i = 0; i < size; i++) {
      switch (type) {
        case UINT8, INT8 -> file.put((byte) random.randint(256));
        case INT16 -> file.putShort((short) random.randint(1 << 16));
        case INT32 -> file.putInt(random.randint(1 << 30));
        case FLOAT32 -> file.putFloat((float) random.standardNormal());
        default -> file.putDouble(random.standardNormal());
      }
    }
    return file.array();
  }

  @ParameterizedTest
  @MethodSource
  void imagesAreReadInPieces(NpyElementType type, int code) throws IOException {
    byte[] bytes = idx(type, code, ROWS, 2, 3);
    for (Path path : List.of(file("a.idx", bytes), file("a.idx.gz", gzip(bytes)))) {
      assertSame(Idx.table(path), Idx.stream(path), () -> Idx.open(path));
    }
  }

  static Stream<Arguments> imagesAreReadInPieces() {
    return Stream.of(
        Arguments.of(NpyElementType.UINT8, 0x08),
        Arguments.of(NpyElementType.INT8, 0x09),
        Arguments.of(NpyElementType.INT16, 0x0B),
        Arguments.of(NpyElementType.INT32, 0x0C),
        Arguments.of(NpyElementType.FLOAT32, 0x0D),
        Arguments.of(NpyElementType.FLOAT64, 0x0E));
  }

  /** Rows of up to three of forty columns, the last of which is in the last row alone. */
  private static String libSvm(int firstIndex) {
    NumpyRandom random = new NumpyRandom(11);
    StringBuilder text = new StringBuilder("# a comment\n");
    for (int row = 0; row < ROWS; row++) {
      text.append(row % 3);
      for (int index = random.randint(20); index < 39; index += 1 + random.randint(20)) {
        text.append(' ').append(firstIndex + index).append(':').append(random.randint(9) - 4);
      }
      text.append(row % 100 == 0 ? "\n\n" : "\n");
    }
    return text + "1 " + firstIndex + ":2 " + (firstIndex + 39) + ":1";
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void libSvmIsReadInPieces(int firstIndex) throws IOException {
    byte[] bytes = libSvm(firstIndex).getBytes(StandardCharsets.US_ASCII);
    for (Path path : List.of(file("a.svm", bytes), file("a.svm.gz", gzip(bytes)))) {
      SparseTable sparse = LibSvm.read(path);
      assertEquals(40, sparse.columnCount());
      Table whole =
          sparse.labelledTable().features().with(NumberColumn.of("label", sparse.labels()));
      assertSame(whole, LibSvm.stream(path), () -> LibSvm.open(path));
    }
  }

  @Test
  void libSvmThatChangesIsRefused() throws IOException {
    Path path = file("a.svm", "1 1:1 2:1\n".getBytes(StandardCharsets.US_ASCII));
    try (TableReader reader = LibSvm.open(path)) {
      assertEquals(1, reader.read(9).rows());
    }
    TableStream stream = LibSvm.stream(path);
    List<Integer> rows = new ArrayList<>();
    TableStream.Visitor<Table> visitor =
        new TableStream.Visitor<>() {
          @Override
          public void begin() {}

          @Override
          public void rows(int first, Table piece, double fraction) {
            rows.add(piece.rows());
          }
        };
    stream.read(visitor);
    assertEquals(List.of(1), rows);
    file("a.svm", "1 1:1 3:1\n".getBytes(StandardCharsets.US_ASCII));
    String refused =
        assertThrows(LibSvmFormatException.class, () -> stream.read(visitor)).getMessage();
    assertTrue(refused.startsWith(path + ": has other indices than"), refused);
  }

  @Test
  void whatIsNoArrayIsRefusedWithTheNameOfTheFile() throws IOException {
    byte[] good = npy(NpyElementType.INT64, ByteOrder.LITTLE_ENDIAN, false, 5000, 2);
    assertRefused(
        Npy.stream(file("a.npy", Arrays.copyOf(good, good.length - 1))),
        "79999 bytes of data, want 80000");
    assertRefused(
        Npy.stream(file("a.npy", Arrays.copyOf(good, good.length + 1))),
        "80001 bytes of data, want 80000");
    assertRefused(Npy.stream(file("a.npy", Arrays.copyOf(good, 4))), "ends inside the magic");
    byte[] packed = gzip(Arrays.copyOf(good, good.length - 1));
    assertRefused(Npy.stream(file("a.npy", packed)), "the data end after 79999 bytes");
    assertRefused(
        Npy.stream(file("a.npy", gzip(Arrays.copyOf(good, good.length + 1)))),
        "there are more bytes after the data of int64");
    assertRefused(
        Npy.stream(file("a.npy", Arrays.copyOf(packed, packed.length - 9))),
        "is compressed by gzip, but damaged");
    ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).putLong(good.length - 8, 1L << 60);
    assertRefused(
        Npy.stream(file("a.npy", good)), "the rows from 0 on: doubles: value 1152921504606846976");
    Path vector = folder.resolve("a.npy");
    Npy.write(vector, NpyArray.of(new double[3], 3));
    assertRefused(Npy.stream(vector), "float64 of shape [3] has 1 dimensions, want rows x columns");
    byte[] images = idx(NpyElementType.UINT8, 8, 10, 3);
    assertRefused(
        Idx.stream(file("a.idx", Arrays.copyOf(images, 41))), "the data end after 29 bytes");
    assertRefused(Idx.stream(file("a.idx", Arrays.copyOf(images, 43))), "there are more bytes");
    assertRefused(Idx.stream(file("a.idx", Arrays.copyOf(images, 3))), "ends inside the magic");
    assertRefused(LibSvm.stream(file("a.svm", new byte[0])), "has no rows");
    assertRefused(
        LibSvm.stream(file("a.svm", "1 1:x".getBytes(StandardCharsets.US_ASCII))), "the value 'x'");
  }

  private static void assertRefused(TableStream stream, String reason) {
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                stream.read(
                    new TableStream.Visitor<>() {
                      @Override
                      public void begin() {}

                      @Override
                      public void rows(int first, Table piece, double fraction) {}
                    }));
    assertTrue(e.getClass().getName().endsWith("FormatException"), e.toString());
    assertTrue(e.getMessage().contains(reason), e.getMessage());
    assertEquals(e.getMessage().indexOf("/a."), e.getMessage().lastIndexOf("/a."), e.getMessage());
    assertTrue(e.getMessage().contains("/a."), e.getMessage());
  }

  @Test
  void labelsApartAreThoseOfTheirRows() throws IOException {
    Path path = file("x.npy", npy(NpyElementType.UINT8, ByteOrder.BIG_ENDIAN, false, ROWS, 3));
    double[] numbers = new double[ROWS];
    Arrays.setAll(numbers, row -> row % 5);
    Column labels = NumberColumn.of("y", numbers);
    LabelledTable whole = Table.of(Npy.read(path)).label(labels).weights("x1");
    LabelledStream stream = Npy.stream(path).label(labels).weights("x1");
    assertEquals("y", stream.labelName());
    int[] found = new int[ROWS];
    double[] weights = new double[ROWS];
    stream.read(
        new TableStream.Visitor<>() {
          @Override
          public void begin() {}

          @Override
          public void rows(int first, LabelledTable piece, double fraction) {
            assertEquals(List.of("x0", "x2"), piece.features().columnNames());
            System.arraycopy(piece.labels(whole.classNames()), 0, found, first, piece.rows());
            System.arraycopy(piece.weights().orElseThrow(), 0, weights, first, piece.rows());
          }
        });
    assertArrayEquals(whole.labels(), found);
    assertArrayEquals(whole.weights().orElseThrow(), weights);
    assertLabels(path, ROWS - 1, "8999 labels for a table of 9000 rows");
    assertLabels(path, ROWS + 1, "9001 labels for a table of 9000 rows");
    numbers[8000] = Double.NaN;
    CellException e = assertThrows(CellException.class, () -> read(stream));
    assertEquals(8000, e.row());
    assertEquals("y", e.column());
  }

  private static void assertLabels(Path path, int count, String reason) {
    LabelledStream stream = Npy.stream(path).label(NumberColumn.of("y", new double[count]));
    assertEquals(
        "label: " + reason + ", want one for each row",
        assertThrows(IllegalArgumentException.class, () -> read(stream)).getMessage());
  }

  private static void read(LabelledStream stream) throws IOException {
    stream.read(
        new TableStream.Visitor<>() {
          @Override
          public void begin() {}

          @Override
          public void rows(int first, LabelledTable piece, double fraction) {}
        });
  }
}
