package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibSvmTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("a.svm"), text);
  }

  @Test
  void indicesBeginAtOneUnlessThereIsAZero() throws IOException {
    SparseTable one = LibSvm.read(file("+1 1:0.5 3:-2\n-1\n\n# nothing\n2 2:1e3 # a row\n"));
    assertEquals("SparseTable[3 rows, 3 columns, 3 values]", one.toString());
    assertArrayEquals(new int[] {0, 2, 2, 3}, one.rowStarts());
    assertArrayEquals(new int[] {0, 2, 1}, one.columns());
    assertArrayEquals(new double[] {0.5, -2, 1000}, one.values());
    assertArrayEquals(new double[] {1, -1, 2}, one.labels());
    assertArrayEquals(new double[] {0.5, 0, -2, 0, 0, 0, 0, 1000, 0}, one.dense());
    SparseTable zero = LibSvm.read(file("1 0:5 2:6\n"));
    assertArrayEquals(new double[] {5, 0, 6}, zero.dense());
    SparseTable said = LibSvm.read(file("1 1:5 2:6\n"), 0);
    assertArrayEquals(new double[] {0, 5, 6}, said.dense());
    assertThrows(IllegalArgumentException.class, () -> LibSvm.read(file("1 1:5"), 2));
  }

  @Test
  void aTableHasLabelsAndColumns() throws IOException {
    LabelledTable table = LibSvm.read(file("2 1:1\n1 2:1\n")).labelledTable();
    assertEquals("LabelledTable[2 rows, 2 columns of features, 2 classes]", table.toString());
    assertArrayEquals(new int[] {1, 0}, table.labels());
    assertEquals("1", table.features().column("x1").text(1));
  }

  @Test
  void manyRowsAreReadCompressedToo() throws IOException {
    Random random = new Random(8);
    double[] dense = new double[1000 * 30];
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < 1000; row++) {
      text.append(row % 3);
      for (int c = 0; c < 30; c++) {
        if (random.nextInt(4) == 0 || row == 0) {
          dense[row * 30 + c] = random.nextGaussian();
          text.append(' ').append(c).append(':').append(dense[row * 30 + c]);
        }
      }
      text.append("\r\n");
    }
    assertArrayEquals(dense, LibSvm.read(file(text.toString())).dense());
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(text.toString().getBytes(StandardCharsets.UTF_8));
    }
    Path path = Files.write(folder.resolve("a.gz"), out.toByteArray());
    assertArrayEquals(dense, LibSvm.read(path).dense());
    Files.write(path, Arrays.copyOf(out.toByteArray(), 1000));
    assertThrows(LibSvmFormatException.class, () -> LibSvm.read(path));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'';: has no rows, want at least one",
        "x 1:2;, line 1: the label 'x' is not a number",
        "1 1:y;, line 1: the value 'y' is not a number",
        "1 qid:3 1:2;, line 1: 'qid:3' is not index:value, with an index of 0 or more",
        "1 -1:2;, line 1: '-1:2' is not index:value, with an index of 0 or more",
        "1 5;, line 1: '5' is not index:value, with an index of 0 or more",
        "1 99999999999:5;, line 1: '99999999999:5' is not index:value, with an index of 0 or more",
        "1 2:1 2:1;', line 1: index 2 after index 2, want ascending ones'"
      })
  void aBadFileIsRefused(String text, String message) throws IOException {
    Path path = file(text);
    var e = assertThrows(LibSvmFormatException.class, () -> LibSvm.read(path));
    assertEquals(path + message, e.getMessage());
  }

  @Test
  void aZeroIsNoIndexWhereTheyBeginAtOne() throws IOException {
    Path path = file("1 0:5\n");
    var e = assertThrows(LibSvmFormatException.class, () -> LibSvm.read(path, 1));
    assertEquals(path + ": has the index 0, and indices were said to begin at 1", e.getMessage());
  }
}
