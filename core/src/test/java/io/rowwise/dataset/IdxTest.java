package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxTest {
  @TempDir Path folder;

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static IdxArray read(String hex) throws IOException {
    return Idx.read(new ByteArrayInputStream(bytes(hex)));
  }

  private Path file(String hex) throws IOException {
    return Files.write(folder.resolve("a.idx"), bytes(hex));
  }

  @Test
  void imagesAreRowsOfOneArray() throws IOException {
    IdxArray images = read("00000803 00000002 00000002 00000001 01ff0380");
    assertEquals("IdxArray[uint8, [2, 2, 1]]", images.toString());
    assertArrayEquals(new int[] {2, 2, 1}, images.shape());
    assertEquals(4, images.size());
    assertArrayEquals(new double[] {1, 255, 3, 128}, images.doubles());
    assertSame(images.unsignedBytes(), images.unsignedBytes());
    Table table = images.table();
    assertEquals(List.of("x0", "x1"), table.columnNames());
    assertEquals("3", table.column("x0").text(1));
    assertEquals("255", table.column("x1").text(0));
    images.unsignedBytes()[1] = 9;
    assertEquals("9", table.column("x1").text(0));
  }

  @Test
  void labelsAreAColumn() throws IOException {
    NumberColumn labels = Idx.labels(file("00000801 00000003 050004"));
    assertEquals("label", labels.name());
    Table table = Idx.table(file("00000802 00000003 00000001 010203"));
    LabelledTable labelled = table.label(labels);
    assertEquals(List.of("0", "4", "5"), labelled.classNames());
    assertArrayEquals(new int[] {2, 0, 1}, labelled.labels());
    Path path = file("00000802 00000001 00000001 01");
    var e = assertThrows(IdxFormatException.class, () -> Idx.labels(path));
    assertEquals(
        path + ": IdxArray[uint8, [1, 1]] has 2 dimensions, want labels in one", e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "00000901 00000002 01ff,int8,1,-1",
    "00000b01 00000002 0102fffe,int16,258,-2",
    "00000c01 00000002 00000102 fffffffe,int32,258,-2",
    "00000d01 00000002 3fc00000 c0000000,float32,1.5,-2",
    "00000e01 00000002 3ff8000000000000 c000000000000000,float64,1.5,-2"
  })
  void everyTypeIsRead(String hex, String type, double first, double second) throws IOException {
    IdxArray array = read(hex);
    assertEquals(type, array.elementType().toString());
    assertArrayEquals(new double[] {first, second}, array.doubles());
    if (!type.equals("float64") && !type.equals("int32")) {
      assertArrayEquals(new float[] {(float) first, (float) second}, array.floats());
    }
    if (type.startsWith("int")) {
      assertArrayEquals(new int[] {(int) first, (int) second}, array.ints());
    }
    assertThrows(IllegalArgumentException.class, array::unsignedBytes);
  }

  @Test
  void aLargeCompressedFileIsRead() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(12 + 300_000);
    buffer.putInt(0x0802).putInt(3000).putInt(100);
    while (buffer.hasRemaining()) {
      buffer.put((byte) (buffer.position() * 7));
    }
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(buffer.array());
    }
    byte[] whole = out.toByteArray();
    byte[] values = Idx.read(new ByteArrayInputStream(whole)).unsignedBytes();
    for (int i = 0; i < values.length; i++) {
      assertEquals((byte) ((i + 12) * 7), values[i]);
    }
    var e =
        assertThrows(
            IdxFormatException.class,
            () -> Idx.read(new ByteArrayInputStream(whole, 0, whole.length / 2)));
    assertEquals(
        "is compressed by gzip, but damaged or not whole: ", e.getMessage().substring(0, 49));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'';ends inside the magic, after 0 of 4 bytes",
        "000008;ends inside the magic, after 3 of 4 bytes",
        "89504e47;starts with 89 50, want 00 00, the magic of IDX",
        "00000701;type 07, want 08 (uint8), 09 (int8), 0b (int16), 0c (int32), 0d (float32) or 0e"
            + " (float64)",
        "00000800;0 dimensions, want 1 to 64",
        "000008ff;255 dimensions, want 1 to 64",
        "00000802 00000001;ends inside the dimensions, after 4 of 8 bytes",
        "00000801 ffffffff;dimension 0 is 4294967295, want at most 2147483647",
        "00000802 7fffffff 7fffffff;shape [2147483647, 2147483647] has more elements than a Java"
            + " array holds, 2147483639",
        "00000801 7ffffff0 01;the data end after 1 bytes, want 2147483632 for uint8 of shape"
            + " [2147483632]",
        "00000801 00000001 0102;there are more bytes after the data of IdxArray[uint8, [1]]"
      })
  void aBadFileIsRefused(String hex, String message) throws IOException {
    var e = assertThrows(IdxFormatException.class, () -> read(hex));
    assertEquals(message, e.getMessage());
    Path path = file(hex);
    var named = assertThrows(IdxFormatException.class, () -> Idx.read(path));
    assertEquals(path + ": " + message, named.getMessage());
  }

  @Test
  void anArrayWithoutRowsIsAnEmptyTable() throws IOException {
    assertEquals(0, read("00000802 00000000 00000003").table().rows());
  }
}
