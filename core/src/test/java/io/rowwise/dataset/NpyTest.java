package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.random.NumpyRandom;
import io.rowwise.reference.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  private static final String MATRIX_2X3 =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";

  @TempDir Path folder;

  // ---- What NumPy wrote

  @ParameterizedTest
  @ValueSource(
      strings = {"notebook_42_X.npy", "notebook_42_y.npy", "notebook_42_b.npy", "softmax_33_z.npy"})
  void whatNumpyWroteIsWrittenAgainByteForByte(String name) throws IOException {
    byte[] numpys = Reference.bytes(name);
    assertArrayEquals(numpys, written(Npy.read(new ByteArrayInputStream(numpys))));
  }

  @Test
  void shapeTypeAndValuesAreNumpys() {
    NpyArray y = Reference.npy("notebook_42_y.npy");
    assertEquals(NpyElementType.INT64, y.elementType());
    assertArrayEquals(new int[] {10_100}, y.shape());
    assertArrayEquals(new long[] {1, 2, 0, 1, 2, 1, 2, 0, 0, 0}, Arrays.copyOf(y.longs(), 10));
    assertEquals("NpyArray[float64, [5, 3]]", Reference.npy("notebook_42_w.npy").toString());
  }

  // ---- Round trips

  static Stream<Arguments> headers() {
    return Stream.of(1, 2, 3)
        .flatMap(
            version ->
                Stream.of('<', '>', '=', '|')
                    .flatMap(
                        order ->
                            Stream.of(NpyElementType.values())
                                .flatMap(
                                    type ->
                                        Stream.of(true, false)
                                            .map(
                                                fortran ->
                                                    Arguments.of(version, order, type, fortran)))));
  }

  @ParameterizedTest(name = "version {0}, {1}, {2}, Fortran order {3}")
  @MethodSource("headers")
  void everyVersionByteOrderTypeAndOrderIsRead(
      int version, char mark, NpyElementType type, boolean fortran) throws IOException {
    int[] shape = {2, 3, 4};
    String header =
        "{'descr': '%s%s', 'fortran_order': %s, 'shape': (2, 3, 4), }"
            .formatted(mark, type.code(), fortran ? "True" : "False");
    ByteOrder order =
        switch (mark) {
          case '<' -> ByteOrder.LITTLE_ENDIAN;
          case '>' -> ByteOrder.BIG_ENDIAN;
          default -> ByteOrder.nativeOrder();
        };
    ByteBuffer data = ByteBuffer.allocate(24 * type.bytes()).order(order);
    for (int i = 0; i < 24; i++) {
      // The element at position i of the file has the indices of the position, in its order.
      int c = fortran ? i / 6 + 4 * (i / 2 % 3) + 12 * (i % 2) : i;
      put(data, type, valueAt(c, type));
    }
    NpyArray array = read(file(version, header, data.array()));
    assertEquals(type, array.elementType());
    assertArrayEquals(shape, array.shape());
    double[] wanted = new double[24];
    Arrays.setAll(wanted, i -> valueAt(i, type));
    assertArrayEquals(wanted, array.doubles());
    assertArrayEquals(array.doubles(), read(written(array)).doubles());
  }

  private static double valueAt(int position, NpyElementType type) {
    return switch (type) {
      case BOOL -> position % 3 == 0 ? 1 : 0;
      case UINT8, UINT16, UINT32, UINT64 -> position;
      case INT8, INT16, INT32, INT64 -> position - 11;
      case FLOAT16, FLOAT32, FLOAT64 -> position - 11.5;
    };
  }

  private static void put(ByteBuffer data, NpyElementType type, double value) {
    switch (type) {
      case BOOL, INT8, UINT8 -> data.put((byte) value);
      case INT16, UINT16 -> data.putShort((short) value);
      case INT32, UINT32 -> data.putInt((int) value);
      case INT64, UINT64 -> data.putLong((long) value);
      case FLOAT32 -> data.putFloat((float) value);
      case FLOAT64 -> data.putDouble(value);
      case FLOAT16 -> {
        // These values are normal numbers of few digits: exponent and significand are cut off.
        int bits = Float.floatToIntBits((float) value);
        data.putShort(
            (short) (((bits >>> 16) & 0x8000) | (((bits & 0x7FFFFFFF) - (112 << 23)) >> 13)));
      }
    }
  }

  static Stream<Arguments> numpysBytes() {
    return Stream.of(
        numpys("|b1", "0100", 1, 0),
        numpys("|i1", "807f", -128, 127),
        numpys("|u1", "00ff", 0, 255),
        numpys("<i2", "0080ff7f", -32768, 32767),
        numpys(">i2", "80007fff", -32768, 32767),
        numpys("<u2", "0000ffff", 0, 65535),
        numpys(">u2", "0001ffff", 1, 65535),
        numpys(">i4", "800000007fffffff", -2147483648.0, 2147483647),
        numpys("<u4", "01000000ffffffff", 1, 4294967295.0),
        numpys(">u4", "00000001ffffffff", 1, 4294967295.0),
        numpys(">i8", "ffe00000000000000020000000000000", -0x1p53, 0x1p53),
        numpys("<u8", "01000000000000000000000000002000", 1, 0x1p53),
        numpys(">u8", "00000000000000010020000000000000", 1, 0x1p53),
        numpys(
            "<f2",
            "003e0080ff7b01000004007c007e662e",
            1.5,
            -0.0,
            65504,
            0x1p-24,
            0x1p-14,
            Double.POSITIVE_INFINITY,
            Double.NaN,
            0.0999755859375),
        numpys(">f2", "3e008001", 1.5, -0x1p-24),
        numpys(">f4", "3dcccccd", 0.1f),
        numpys(">f8", "3fb999999999999a", 0.1));
  }

  private static Arguments numpys(String descr, String hex, double... values) {
    return Arguments.of(descr, hex, values);
  }

  /** What {@code numpy.save} wrote of these values, for every type and order that it has. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("numpysBytes")
  void theBytesAreNumpys(String descr, String hex, double[] values) throws IOException {
    String header =
        String.format(
            Locale.ROOT,
            "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }",
            descr,
            values.length);
    byte[] data = HexFormat.of().parseHex(hex);
    NpyArray array = read(file(1, header, data));
    assertArrayEquals(values, array.doubles());
    if (descr.charAt(0) != '>') {
      byte[] written = written(array);
      assertArrayEquals(
          data, Arrays.copyOfRange(written, written.length - data.length, written.length));
      assertTrue(new String(written, StandardCharsets.ISO_8859_1).contains(header));
    }
  }

  static Stream<NpyArray> arrays() {
    float[] floats = {0.1f, -0.0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 3e38f};
    double[] doubles = {0.1, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, 1e308};
    int[] ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 7, 8};
    long[] longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 7, 8};
    return Stream.of(
        NpyArray.of(floats, 2, 3),
        NpyArray.of(doubles, 6),
        NpyArray.of(ints, 1, 6, 1),
        NpyArray.of(longs, 3, 2),
        NpyArray.of(new double[] {2.5}),
        NpyArray.of(new int[0], 0),
        NpyArray.of(new float[0], 5, 0, 7));
  }

  @ParameterizedTest
  @MethodSource("arrays")
  void whatIsWrittenIsReadAgain(NpyArray array) throws IOException {
    Path path = folder.resolve("array.npy");
    Npy.write(path, array);
    assertSame(array, Npy.read(path));
    assertSame(array, read(written(array)));
  }

  @Test
  void arraysOfManyChunksAreReadAgain() throws IOException {
    // Three chunks of 64 KiB and a part, so that the memory for a stream grows more than once.
    long[] values = new long[3 * 8192 + 5];
    Arrays.setAll(values, i -> 31L * i);
    NpyArray array = NpyArray.of(values, values.length);
    assertArrayEquals(values, read(written(array)).longs());
    Path path = folder.resolve("long.npy");
    Npy.write(path, array);
    assertArrayEquals(values, Npy.read(path).longs());
  }

  @Test
  void writingReplacesALongerFile() throws IOException {
    Path path = folder.resolve("array.npy");
    Npy.write(path, NpyArray.of(new double[100], 100));
    Npy.write(path, NpyArray.of(new double[1], 1));
    assertArrayEquals(new int[] {1}, Npy.read(path).shape());
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path folderInTheWay = Files.createDirectory(folder.resolve("folder.npy"));
    assertThrows(IOException.class, () -> Npy.write(folderInTheWay, NpyArray.of(new double[1], 1)));
    assertTrue(Files.isDirectory(folderInTheWay));
    Path path = folder.resolve("array.npy");
    Npy.write(path, NpyArray.of(new double[] {1}, 1));
    Path other = Files.createLink(folder.resolve("other.npy"), path);
    Npy.write(path, NpyArray.of(new double[] {2}, 1));
    // Another file in its place, not its bytes changed one by one.
    assertEquals(1, Npy.read(other).doubles()[0]);
    assertEquals(2, Npy.read(path).doubles()[0]);
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.count());
    }
  }

  @Test
  void theDataBeginAtAMultipleOf64() throws IOException {
    for (int rank = 0; rank <= NpyArray.LARGEST_RANK; rank++) {
      int[] shape = new int[rank];
      Arrays.fill(shape, 1);
      byte[] bytes = written(NpyArray.of(new double[1], shape));
      assertEquals(8, bytes.length % 64);
      assertEquals('\n', bytes[bytes.length - 9]);
      assertArrayEquals(shape, read(bytes).shape());
    }
  }

  @Test
  void aStreamMayHoldOneArrayAfterAnother() throws IOException {
    var out = new ByteArrayOutputStream();
    Npy.write(out, NpyArray.of(new int[] {1, 2}, 2));
    Npy.write(out, NpyArray.of(new double[] {0.5}, 1));
    var in = new ByteArrayInputStream(out.toByteArray());
    assertArrayEquals(new int[] {1, 2}, Npy.read(in).ints());
    assertArrayEquals(new double[] {0.5}, Npy.read(in).doubles());
    assertEquals(0, in.available());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'shape':(2,3),'fortran_order':False,'descr':'<f8'}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }",
        "{\"descr\": \"<f8\", \"fortran_order\": False, \"shape\": (2, 3,),}",
        " { 'descr' : '<f8' , 'fortran_order' : False , 'shape' : ( 2 , 3 ) , } ",
      })
  void everySpellingOfTheDictionaryIsRead(String header) throws IOException {
    NpyArray array = read(file(1, header, new byte[48]));
    assertArrayEquals(new int[] {2, 3}, array.shape());
  }

  // ---- Files that are not as they should be

  static Stream<Arguments> badHeaders() {
    String types = "bool, int8 to int64, uint8 to uint64, float16, float32 or float64";
    String astype = types + "; in NumPy, save array.astype(numpy.float64)";
    return Stream.of(
        bad("", "header: the end of the header at character 1, want '{'"),
        bad("{", "header: the end of the header at character 2, want a quoted string"),
        bad("{}", "header: no 'descr' in {}"),
        bad("{,}", "header: ',' at character 1, want a quoted string"),
        bad("{'descr': '<f8'}", "header: no 'fortran_order' in {'descr': '<f8'}"),
        bad(
            "{'descr': '<f8', 'fortran_order': True}",
            "header: no 'shape' in {'descr': '<f8', 'fortran_order': True}"),
        bad(matrix("'descr': '<f8', 'shape': ()"), "header: 'descr' is there twice"),
        bad(
            matrix("'order': 'C'"),
            "header: key 'order', want only 'descr', 'fortran_order' and 'shape'"),
        bad(MATRIX_2X3 + "x", "header: 'x' at character 59, want nothing after the dictionary"),
        bad(
            MATRIX_2X3.replace("False", "false"),
            "header: 'f' at character 34, want True or False"),
        bad(MATRIX_2X3.replace("False", "0"), "header: '0' at character 34, want True or False"),
        bad(MATRIX_2X3.replace(", 'sh", " 'sh"), "header: ''' at character 40, want '}'"),
        bad(MATRIX_2X3.replace("r':", "r'"), "header: ''' at character 9, want ':'"),
        bad(
            MATRIX_2X3.replace("descr", "de\\x73cr"),
            "header: ''' at character 1, want a string without escapes"),
        bad("{'descr': '<f8", "header: ''' at character 10, want the string to end"),
        bad(MATRIX_2X3.replace("<f8", "|O"), "header: descr '|O', want that of " + astype),
        bad(MATRIX_2X3.replace("<f8", "<c16"), "header: descr '<c16', want that of " + astype),
        bad(MATRIX_2X3.replace("<f8", "f8"), "header: descr 'f8', want that of " + astype),
        bad(MATRIX_2X3.replace("<f8", ""), "header: descr '', want that of " + astype),
        bad(
            MATRIX_2X3.replace("'<f8'", "[('a', '<f8')]"),
            "header: the elements are records, want "
                + types
                + "; in NumPy, save one field: array['name']"),
        bad(shape("(2LL,)"), "header: 'L' at character 53, want ',' or ')'"),
        bad(shape("(L,)"), "header: 'L' at character 51, want a dimension"),
        bad(MATRIX_2X3.replace("<f8", "<f16"), "header: descr '<f16', want that of " + astype),
        bad(MATRIX_2X3.replace("<f8", "<U5"), "header: descr '<U5', want that of " + astype),
        bad(
            MATRIX_2X3.replace("<f8", "<M8[ns]"),
            "header: descr '<M8[ns]', want that of " + astype),
        bad(MATRIX_2X3.replace("<f8", "<b8"), "header: descr '<b8', want that of " + astype),
        bad(shape("(2)"), "header: shape (2) is not a tuple"),
        bad(shape("[2, 3]"), "header: '[' at character 50, want '('"),
        bad(shape("(2 3)"), "header: '3' at character 53, want ',' or ')'"),
        bad(shape("(,)"), "header: ',' at character 51, want a dimension"),
        bad(shape("(2,,3)"), "header: ',' at character 53, want a dimension"),
        bad(shape("(2.0,)"), "header: '.' at character 52, want ',' or ')'"),
        bad(shape("(-2, 3)"), "header: '-' at character 51, want a dimension of 0 or more"),
        bad(shape("(07,)"), "header: dimension 07 starts with 0"),
        bad(
            shape("(1099511627776,)"),
            "header: dimension 1099511627776 is more than a Java array holds, 2147483639"),
        bad(
            shape("(99999999999999999999999,)"),
            "header: dimension 99999999999999999999999 is more than a Java array holds,"
                + " 2147483639"),
        bad(
            shape("(2147483640,)"),
            "header: dimension 2147483640 is more than a Java array holds, 2147483639"),
        bad(
            shape("(65536, 65536)"),
            "shape [65536, 65536] has more elements than a Java array holds, 2147483639"),
        bad(
            shape("(2147483639, 2147483639, 2147483639)"),
            "shape [2147483639, 2147483639, 2147483639] has more elements than a Java array holds,"
                + " 2147483639"),
        bad(shape("(" + "1,".repeat(65) + ")"), "header: 65 dimensions, want at most 64"));
  }

  private static Arguments bad(String header, String message) {
    return Arguments.of(header, message);
  }

  private static String matrix(String added) {
    return MATRIX_2X3.replace(", }", ", " + added + "}");
  }

  private static String shape(String shape) {
    return MATRIX_2X3.replace("(2, 3)", shape);
  }

  @ParameterizedTest
  @MethodSource("badHeaders")
  void aBadHeaderIsNamed(String header, String message) throws IOException {
    byte[] bytes = file(1, header, new byte[48]);
    assertEquals(message, refused(bytes));
    Path path = Files.write(folder.resolve("bad.npy"), bytes);
    var e = assertThrows(NpyFormatException.class, () -> Npy.read(path));
    assertEquals(path + ": " + message, e.getMessage());
  }

  @Test
  void aBadStartIsNamed() {
    byte[] good = file(1, MATRIX_2X3, new byte[48]);
    assertEquals(
        "starts with 50 4b 03 04 14 00, want the magic of .npy, 93 4e 55 4d 50 59",
        refused(new byte[] {'P', 'K', 3, 4, 20, 0, 8, 0}));
    assertEquals("version 4.0, want 1.0, 2.0 or 3.0", refused(with(good, 6, 4)));
    assertEquals("version 0.0, want 1.0, 2.0 or 3.0", refused(with(good, 6, 0)));
    assertEquals("version 1.1, want 1.0, 2.0 or 3.0", refused(with(good, 7, 1)));
  }

  @Test
  void aHeaderTooLongIsRefusedBeforeItIsRead() {
    assertEquals(
        "a header of 65535 bytes, want at most 10000",
        refused(with(with(file(1, MATRIX_2X3, new byte[48]), 8, 255), 9, 255)));
    byte[] second = file(2, MATRIX_2X3, new byte[48]);
    for (int i = 8; i < 12; i++) {
      second = with(second, i, 255);
    }
    assertEquals("a header of 4294967295 bytes, want at most 10000", refused(second));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void everyTruncationIsNamed(int version) throws IOException {
    byte[] whole = file(version, MATRIX_2X3, new byte[48]);
    Path path = folder.resolve("part.npy");
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      String message = refused(part);
      int data = length - (whole.length - 48);
      assertTrue(
          data < 0
              ? message.startsWith("ends inside ")
              : message.equals(
                  "the data end after " + data + " bytes, want 48 for float64 of shape [2, 3]"),
          message);
      Files.write(path, part);
      var e = assertThrows(NpyFormatException.class, () -> Npy.read(path));
      assertTrue(
          e.getMessage()
              .endsWith(
                  data < 0
                      ? message
                      : data + " bytes of data, want 48 for float64 of shape [2, 3]"),
          e.getMessage());
    }
    assertEquals(6, read(whole).size());
  }

  @Test
  void bytesAfterTheDataOfAFileAreRefused() throws IOException {
    Path path = Files.write(folder.resolve("more.npy"), file(1, MATRIX_2X3, new byte[49]));
    var e = assertThrows(NpyFormatException.class, () -> Npy.read(path));
    assertEquals(path + ": 49 bytes of data, want 48 for float64 of shape [2, 3]", e.getMessage());
  }

  /** 16 GB, which the heap of a test does not have. */
  @Test
  void aShapeThatIsNotThereTakesNoMemory() throws IOException {
    for (boolean fortran : new boolean[] {false, true}) {
      String header = shape("(2000000000, 1)").replace("False", fortran ? "True" : "False");
      byte[] bytes = file(1, header, new byte[48]);
      assertEquals(
          "the data end after 48 bytes, want 16000000000 for float64 of shape [2000000000, 1]",
          refused(bytes));
      Path path = Files.write(folder.resolve("large.npy"), bytes);
      var e = assertThrows(NpyFormatException.class, () -> Npy.read(path));
      assertEquals(
          path + ": 48 bytes of data, want 16000000000 for float64 of shape [2000000000, 1]",
          e.getMessage());
    }
  }

  /** Any byte, or any two, may become any other: the array is read or refused, nothing else. */
  @Test
  void changedBytesAreReadOrRefused() throws IOException {
    var random = new NumpyRandom(2);
    Path path = folder.resolve("changed.npy");
    int refused = 0;
    for (int round = 0; round < 30_000; round++) {
      byte[] bytes = file(1 + random.randint(3), MATRIX_2X3, new byte[48]);
      for (int change = random.randint(2); change >= 0; change--) {
        bytes = with(bytes, random.randint(bytes.length - 48), random.randint(256));
      }
      try {
        NpyArray array = read(bytes);
        assertEquals(NpyArray.sizeOf(array.shape()), array.size());
      } catch (NpyFormatException e) {
        refused++;
      }
      if (round % 100 == 0) {
        Files.write(path, bytes);
        try {
          assertEquals(48, Npy.read(path).size() * Npy.read(path).elementType().bytes());
        } catch (NpyFormatException e) {
          assertTrue(e.getMessage().startsWith(path + ": "));
        }
      }
    }
    // Most of the header means something, its padding does not.
    assertTrue(refused > 15_000 && refused < 30_000, refused + " refused");
  }

  @Test
  void aFileThatIsNotThereIsAnIOExceptionOfItsOwn() {
    Path path = folder.resolve("nothing.npy");
    assertInstanceOf(
        NoSuchFileException.class, assertThrows(IOException.class, () -> Npy.read(path)));
  }

  // ---- Making and comparing

  private static NpyArray read(byte[] bytes) throws IOException {
    return Npy.read(new ByteArrayInputStream(bytes));
  }

  private static String refused(byte[] bytes) {
    return assertThrows(NpyFormatException.class, () -> read(bytes)).getMessage();
  }

  private static byte[] written(NpyArray array) throws IOException {
    var out = new ByteArrayOutputStream();
    Npy.write(out, array);
    return out.toByteArray();
  }

  private static byte[] with(byte[] bytes, int position, int value) {
    byte[] changed = bytes.clone();
    changed[position] = (byte) value;
    return changed;
  }

  /** A file put together by hand, so that the reader is not tested by the writer alone. */
  private static byte[] file(int version, String header, byte[] data) {
    byte[] text = (header + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer file =
        ByteBuffer.allocate(12 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      file.putShort((short) text.length);
    } else {
      file.putInt(text.length);
    }
    file.put(text).put(data);
    return Arrays.copyOf(file.array(), file.position());
  }

  private static void assertSame(NpyArray wanted, NpyArray found) {
    assertEquals(wanted.toString(), found.toString());
    switch (wanted.elementType()) {
      case FLOAT32 -> assertArrayEquals(wanted.floats(), found.floats());
      case FLOAT64 -> assertArrayEquals(wanted.doubles(), found.doubles());
      case INT32 -> assertArrayEquals(wanted.ints(), found.ints());
      case INT64 -> assertArrayEquals(wanted.longs(), found.longs());
      default -> throw new IllegalArgumentException(wanted.toString());
    }
  }
}
