package io.rowwise.cli.parquet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.dataset.Column;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of files that pyarrow 25 wrote, in groups of two rows. */
class ParquetReaderTest {
  private static final double NONE = Double.NaN;

  @TempDir Path folder;

  private Path file(String name) throws IOException {
    Path path = folder.resolve(name);
    try (InputStream in = ParquetReaderTest.class.getResourceAsStream(name)) {
      Files.copy(in, path);
    }
    return path;
  }

  private static Table read(Path path, int mostRows) throws IOException {
    try (ParquetReader reader = ParquetReader.open(path)) {
      return reader.read(mostRows);
    }
  }

  private static List<String> texts(Column column) {
    List<String> texts = new ArrayList<>();
    for (int row = 0; row < column.rows(); row++) {
      texts.add(column.isMissing(row) ? null : column.text(row));
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "snappy", "gzip", "zstd", "lz4"})
  void everyTypeOfOneValueIsRead(String codec) throws IOException {
    Table table = read(file("types-" + codec + ".parquet"), 100);
    assertEquals(5, table.rows());
    assertNumbers(table, "f64", 1.5, NONE, -0.0, NONE, 1e300);
    assertNumbers(table, "f32", 0.5, 1.25, NONE, 3, 4);
    assertNumbers(table, "f16", 0.5, 1.25, NONE, 3, 4);
    assertNumbers(table, "i8", -1, 2, NONE, 4, 5);
    assertNumbers(table, "i32", -1, 2, 3, 4, Integer.MAX_VALUE);
    assertNumbers(table, "i64", -1, 0x1p53, 3, NONE, 5);
    assertNumbers(table, "u32", 0x1p32 - 1, 2, 3, 4, 5);
    assertNumbers(table, "u64", 0x1p64 - 2048, 2, 3, 4, 5);
    assertNumbers(table, "decimal", 1.25, NONE, -3.5, 0, 99.99);
    assertNumbers(table, "nothing", NONE, NONE, NONE, NONE, NONE);
    assertEquals(Arrays.asList("a", "b,\"c\"", null, "", "ä"), texts(table.column("text")));
    assertEquals(Arrays.asList("x", "y", "x", null, "y"), texts(table.column("category")));
    assertEquals(
        Arrays.asList("true", "false", null, "true", "true"), texts(table.column("truth")));
    assertEquals("2026-11-30", texts(table.column("day")).get(0));
    assertEquals("2026-11-30T08:00:00.000", texts(table.column("time")).get(0));
  }

  private static void assertNumbers(Table table, String column, double... wanted) {
    NumberColumn found = (NumberColumn) table.column(column);
    assertArrayEquals(
        wanted, IntStream.range(0, found.rows()).mapToDouble(found::value).toArray(), column);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void piecesAreOfAnySize(int mostRows) throws IOException {
    List<String> found = new ArrayList<>();
    try (ParquetReader reader = ParquetReader.open(file("types-zstd.parquet"))) {
      assertEquals(5, reader.rows());
      for (Table piece = reader.read(mostRows); piece.rows() > 0; piece = reader.read(mostRows)) {
        assertTrue(piece.rows() <= mostRows);
        found.addAll(texts(piece.column("category")));
      }
      assertEquals(5, reader.rowsRead());
    }
    assertEquals(Arrays.asList("x", "y", "x", null, "y"), found);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void lessThanARowIsNoPiece(int mostRows) throws IOException {
    Path path = file("types-none.parquet");
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> read(path, mostRows));
    assertEquals("read: " + mostRows + " rows, want at least 1", e.getMessage());
  }

  @Test
  void whatIsNoTableIsRefusedByName() throws IOException {
    assertRefused(
        file("lists.parquet"), "column 'x' has lists or parts, wanted one value in a row");
    assertRefused(
        file("bytes.parquet"),
        "column 'x' is BINARY and says not what its bytes are, wanted numbers or text");
    assertRefused(
        file("types-brotli.parquet"), "it is compressed by BROTLI, wanted none, SNAPPY, ZSTD");
    assertRefused(Files.writeString(folder.resolve("a.parquet"), "x,y\n1,2\n"), "as Parquet: ");
    assertThrows(NoSuchFileException.class, () -> ParquetReader.open(folder.resolve("none")));
    assertEquals(0, read(file("empty.parquet"), 10).rows());
  }

  private static void assertRefused(Path path, String wanted) {
    IOException refused = assertThrows(IOException.class, () -> read(path, 100));
    assertTrue(refused.getMessage().startsWith(path + ": "), refused.getMessage());
    assertTrue(refused.getMessage().contains(wanted), refused.getMessage());
  }

  /** Whatever is in a file, it is rows or an IOException. */
  @ParameterizedTest
  @ValueSource(strings = {"types-none.parquet", "types-zstd.parquet", "types-gzip.parquet"})
  void damagedFilesAreRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(file(name));
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 300; i++) {
      byte[] damaged = whole.clone();
      if (i % 3 == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      } else {
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
      }
      Path path = Files.write(folder.resolve("damaged.parquet"), damaged);
      try {
        read(path, 1000);
      } catch (IOException e) {
        assertTrue(e.getMessage().startsWith(path + ": "), e.toString());
      }
    }
  }
}
