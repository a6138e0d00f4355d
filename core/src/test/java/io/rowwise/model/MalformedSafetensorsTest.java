package io.rowwise.model;

import static io.rowwise.model.SafetensorsBytes.doubles;
import static io.rowwise.model.SafetensorsBytes.file;
import static io.rowwise.model.SafetensorsBytes.floats;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.rowwise.backend.ElementType;
import io.rowwise.classifier.TrainingOptions;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad files: one clear error, and no more memory than the file's size justifies. */
final class MalformedSafetensorsTest {
  /** Buffers, messages and what the JVM allocates besides, beyond some times the file's size. */
  private static final long FREE_BYTES = 1 << 20;

  /** In all, most of it freed at once: a text of the header takes ten bytes in the file. */
  private static final long MOST_PER_BYTE = 32;

  private static final String BIAS =
      "\"bias\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}";
  private static final String WEIGHT =
      "\"weight\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24]}";
  private static final String NO_NUMBERS =
      "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
  private static final byte[] DATA = doubles(1, 2, 3);

  @TempDir Path folder;

  /** A header with the weight as it should be and another bias. */
  private static byte[] withBias(String bias, int dataBytes) {
    return file("{" + WEIGHT + ",\"bias\":" + bias + "}", new byte[dataBytes]);
  }

  private static byte[] withWeight(String dtype, String shape, String offsets, int dataBytes) {
    String header =
        "{\"weight\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}"
            .formatted(dtype, shape, offsets);
    return file(header, new byte[dataBytes]);
  }

  private static byte[] withMetadata(String metadata) {
    return file("{\"__metadata__\":" + metadata + "," + BIAS + "," + WEIGHT + "}", DATA);
  }

  private static byte[] good() {
    return file("{" + BIAS + "," + WEIGHT + "}", DATA);
  }

  private static byte[] badUtf8() {
    byte[] header =
        ("{\"\u00ff\":1," + BIAS + "," + WEIGHT + "}").getBytes(StandardCharsets.ISO_8859_1);
    return file(header, DATA);
  }

  private static byte[] manyTensors() {
    StringBuilder header = new StringBuilder("{\"weight\":" + NO_NUMBERS);
    for (int i = 0; i < 20_000; i++) {
      header.append(String.format(Locale.ROOT, ",\"%d\":%s", i, NO_NUMBERS));
    }
    return file(header + ",\"a.weight\":" + NO_NUMBERS + "}", new byte[0]);
  }

  private static byte[] manyTexts() {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"\":\"\"");
    for (int i = 0; i < 100_000; i++) {
      header.append(String.format(Locale.ROOT, ",\"%x\":\"\"", i));
    }
    return file(header + "}}", new byte[0]);
  }

  static Stream<Arguments> malformed() {
    byte[] good = good();
    return Stream.of(
        bad("nothing", "0 bytes, wanted at least the 8", new byte[0]),
        bad("half a length", "4 bytes, wanted at least the 8", new byte[4]),
        bad("no header", "does not start with '{'", new byte[8]),
        bad("ends in the header", "the file is cut off", Arrays.copyOf(good, 60)),
        bad(
            "ends in the data",
            "16 bytes of data, wanted 24",
            Arrays.copyOf(good, good.length - 8)),
        bad("more data", "25 bytes of data, wanted 24", Arrays.copyOf(good, good.length + 1)),
        bad("length -1", "a header of 18446744073709551615 bytes", file(-1, new byte[0], DATA)),
        bad(
            "length 2^63",
            "a header of 9223372036854775808",
            file(Long.MIN_VALUE, new byte[0], DATA)),
        bad("length 2^62", "a header of 4611686018427387904", file(1L << 62, new byte[0], DATA)),
        bad("length 2^32", "a header of 4294967296 bytes", file(1L << 32, new byte[0], DATA)),
        bad("length 100 MB", "but only 24 follow", file(100_000_000, new byte[0], DATA)),
        bad("more than 100 MB", "at most 100000000", file(100_000_001, new byte[0], DATA)),
        bad(
            "a pickle",
            "not a safetensors file",
            "\u0080\u0002}q\u0000.......".getBytes(StandardCharsets.ISO_8859_1)),
        bad("not UTF-8", "not UTF-8", badUtf8()),
        bad(
            "UTF-16",
            "does not start with '{'",
            file("{}".getBytes(StandardCharsets.UTF_16), DATA)),
        bad("an array", "does not start with '{'", file("[]", DATA)),
        bad("spaces first", "does not start with '{'", file("  {}", DATA)),
        bad("no JSON", "not the JSON", file("{weight}", DATA)),
        bad("open JSON", "not the JSON", file("{" + BIAS + ",", DATA)),
        bad("two objects", "nothing but spaces", file("{" + BIAS + "," + WEIGHT + "} {}", DATA)),
        bad(
            "deep nesting",
            "an object of dtype, shape",
            file("{\"a\":" + "[".repeat(100_000), DATA)),
        bad("deep shape", "whole numbers", withWeight("\"F64\"", "[".repeat(100_000), "[]", 16)),
        bad(
            "deep objects",
            "wanted an object of texts",
            file("{\"__metadata__\":" + "{\"a\":".repeat(9999), DATA)),
        bad("many tensors", "2 tensors called 'weight'", manyTensors()),
        bad("many texts", "the file has no tensors", manyTexts()),
        bad("no tensors", "the file has no tensors", file("{}", new byte[0])),
        bad("no weight", "the file has 'bias'", file("{" + BIAS + "}", doubles(1))),
        bad("two weights", "two tensors 'weight'", file("{" + WEIGHT + "," + WEIGHT + "}", DATA)),
        bad(
            "bias of another prefix",
            "'a.bias' may be the bias of 'weight' or no part of the linear layer, wanted 'bias'",
            file("{" + BIAS.replace("bias", "a.bias") + "," + WEIGHT + "}", DATA)),
        bad("two shapes", "another 'shape'", withBias("{\"shape\":[1],\"shape\":[1]}", 24)),
        bad("two types", "another 'dtype'", withBias("{\"dtype\":\"F64\",\"dtype\":\"F64\"}", 24)),
        bad(
            "two offsets",
            "another 'data_offsets'",
            withBias("{\"data_offsets\":[0,8],\"data_offsets\":[0,8]}", 24)),
        bad("only another field", "an object of dtype", withBias("{\"stride\":[1]}", 24)),
        bad("deep other field", "not the JSON", withBias("{\"x\":" + "[".repeat(100_000), 24)),
        bad("open other field", "not the JSON", withBias("{\"x\":{\"y\":[", 24)),
        bad(
            "no offsets",
            "an object of dtype, shape",
            withBias("{\"dtype\":\"F64\",\"shape\":[1]}", 24)),
        bad("a tensor of text", "an object of dtype, shape", withBias("\"F64\"", 24)),
        bad("null", "an object of dtype, shape", withBias("null", 24)),
        bad("one offset", "two of them", withWeight("\"F64\"", "[1,2]", "[0]", 16)),
        bad("three offsets", "at most 2 whole", withWeight("\"F64\"", "[1,2]", "[0,16,32]", 16)),
        bad("offsets of text", "whole numbers", withWeight("\"F64\"", "[1,2]", "[\"0\",16]", 16)),
        bad("fractions", "whole numbers", withWeight("\"F64\"", "[1.5,2]", "[0,16]", 16)),
        bad(
            "offsets swapped",
            "ends at byte 0, before",
            withWeight("\"F64\"", "[1,2]", "[16,0]", 16)),
        bad("negative offset", "no negative", withWeight("\"F64\"", "[1,2]", "[-8,8]", 16)),
        bad("negative shape", "no negative", withWeight("\"F64\"", "[-1,-2]", "[0,16]", 16)),
        bad(
            "offset 2^64",
            "not the JSON",
            withWeight("\"F64\"", "[1,2]", "[0,18446744073709551616]", 16)),
        bad(
            "long number",
            "not the JSON",
            withWeight("\"F64\"", "[1,2]", "[0," + "9".repeat(5000) + "]", 16)),
        bad(
            "beyond the file",
            "wanted 9223372036854775807",
            withWeight("\"F64\"", "[1,2]", "[0,9223372036854775807]", 16)),
        bad(
            "a hole at the start",
            "begins at byte 8 of the data, wanted 0",
            withWeight("\"F64\"", "[1,2]", "[8,24]", 24)),
        bad(
            "an overlap",
            "begins at byte 8 of the data, wanted 16",
            withBias("{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}", 24)),
        bad(
            "the same place",
            "of the data, wanted 8",
            file(
                "{"
                    + BIAS
                    + ",\"weight\":{\"dtype\":\"F64\",\"shape\":[1,1],\"data_offsets\":[0,8]}}",
                new byte[8])),
        bad(
            "a hole",
            "begins at byte 8 of the data, wanted 4",
            withBias("{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", 24)),
        bad(
            "fewer bytes than the shape",
            "16 bytes, wanted 24",
            withWeight("\"F64\"", "[1,3]", "[0,16]", 16)),
        bad(
            "huge shape",
            "at most 2147483639",
            withWeight("\"F64\"", "[9223372036854775807,9223372036854775807]", "[0,16]", 16)),
        bad(
            "shape that wraps to 2",
            "at most 2147483639",
            withWeight("\"F64\"", "[4294967296,4294967296]", "[0,0]", 0)),
        bad(
            "large shape",
            "wanted 8000000000",
            withWeight("\"F64\"", "[1000000,1000]", "[0,16]", 16)),
        bad("no classes", "at least 1 each", withWeight("\"F64\"", "[0,2]", "[0,0]", 0)),
        bad(
            "a vector",
            "has shape [2], wanted [classes, features]",
            withWeight("\"F64\"", "[2]", "[0,16]", 16)),
        bad(
            "three dimensions",
            "has shape [1, 1, 2]",
            withWeight("\"F64\"", "[1,1,2]", "[0,16]", 16)),
        bad(
            "many dimensions",
            "at most 64",
            withWeight("\"F64\"", "[1" + ",1".repeat(100) + "]", "[0,8]", 8)),
        bad("quarters", "'F8_E4M3', wanted F32", withWeight("\"F8_E4M3\"", "[1,2]", "[0,2]", 2)),
        bad("halves of 4 bytes", "8 bytes, wanted 4", withWeight("\"F16\"", "[1,2]", "[0,8]", 8)),
        bad(
            "infinite half",
            "number 1 is Infinity",
            file(
                "{\"weight\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]}}",
                new byte[] {0, 0, 0, 0x7C})),
        bad(
            "half NaN",
            "number 0 is NaN",
            file(
                "{\"weight\":{\"dtype\":\"BF16\",\"shape\":[1,1],\"data_offsets\":[0,2]}}",
                new byte[] {(byte) 0xC0, (byte) 0xFF})),
        bad(
            "integers",
            "'I64', wanted F32, F64, F16 or BF16",
            withWeight("\"I64\"", "[1,2]", "[0,16]", 16)),
        bad(
            "dtype of a number",
            "dtype is not as it should be",
            withWeight("64", "[1,2]", "[0,16]", 16)),
        bad(
            "long dtype",
            "...', wanted F32, F64, F16 or BF16",
            withWeight("\"" + "x\\n".repeat(5000) + "\"", "[1,2]", "[0,16]", 16)),
        bad(
            "bias too long",
            "has shape [2], wanted [1]",
            file(
                "{\"bias\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},\"weight\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[16,32]}}",
                new byte[32])),
        bad(
            "bias with fewer bytes",
            "'bias' has 4 bytes, wanted 8",
            file(
                "{\"bias\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,4]},\"weight\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[4,20]}}",
                new byte[20])),
        bad(
            "two types of number",
            "wanted one type for both",
            file(
                "{\"bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"weight\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[4,20]}}",
                new byte[20])),
        bad(
            "NaN weight",
            "'weight': number 1 is NaN",
            file("{" + BIAS + "," + WEIGHT + "}", doubles(1, 2, Double.NaN))),
        bad(
            "infinite bias",
            "'bias': number 0 is -Infinity",
            file("{" + BIAS + "," + WEIGHT + "}", doubles(Double.NEGATIVE_INFINITY, 2, 3))),
        bad(
            "infinite float32",
            "number 0 is Infinity",
            file(
                "{\"weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}",
                floats(Float.POSITIVE_INFINITY))),
        bad("metadata of numbers", "an object of texts", withMetadata("{\"a\":1}")),
        bad("metadata of null text", "an object of texts", withMetadata("{\"a\":null}")),
        bad("metadata of a list", "an object of texts", withMetadata("[]")),
        bad("two of a text", "has two texts 'a'", withMetadata("{\"a\":\"1\",\"a\":\"1\"}")),
        bad("two metadata", "a second __metadata__", withMetadata("{},\"__metadata__\":{}")),
        bad(
            "names of no array",
            "wanted a JSON array of 1 names",
            withMetadata("{\"rowwise.class_names\":\"{}\"}")),
        bad("names of no JSON", "is not JSON", withMetadata("{\"rowwise.class_names\":\"[\"}")),
        bad(
            "more names",
            "wanted a JSON array of 1 names",
            withMetadata("{\"rowwise.class_names\":\"[\\\"a\\\",\\\"b\\\"]\"}")),
        bad(
            "fewer names",
            "wanted a JSON array of 1 names",
            withMetadata("{\"rowwise.class_names\":\"[]\"}")),
        bad(
            "numbers as names",
            "wanted a JSON array of 1 names",
            withMetadata("{\"rowwise.class_names\":\"[1]\"}")),
        bad(
            "half a surrogate pair",
            "half of a surrogate pair",
            withMetadata("{\"rowwise.data_digest\":\"\\ud83e\"}")),
        bad("seed of text", "rowwise.seed is 'x'", withMetadata("{\"rowwise.seed\":\"x\"}")),
        bad("half a training", "some are missing", withMetadata("{\"rowwise.epochs\":\"1\"}")),
        bad(
            "a rate of text",
            "wanted numbers",
            withMetadata(
                "{\"rowwise.epochs\":\"1\",\"rowwise.learning_rate\":\"x\",\"rowwise.batch_rows\":\"1\"}")),
        bad(
            "a rate of NaN",
            "the learning rate is NaN",
            withMetadata(
                "{\"rowwise.epochs\":\"1\",\"rowwise.learning_rate\":\"NaN\",\"rowwise.batch_rows\":\"1\"}")),
        bad(
            "no epochs",
            "epochs is 0",
            withMetadata(
                "{\"rowwise.epochs\":\"0\",\"rowwise.learning_rate\":\"1\",\"rowwise.batch_rows\":\"1\"}")));
  }

  private static Arguments bad(String what, String wanted, byte[] bytes) {
    return Arguments.of(what, wanted, bytes);
  }

  @Test
  void whatTheOthersAreMadeOfIsGood() throws IOException {
    SoftmaxModel.load(Files.write(folder.resolve("good"), good()));
    SoftmaxModel.load(Files.write(folder.resolve("good"), withMetadata("{\"a\":\"1\"}")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void isAnErrorThatSaysWhatIsWrong(String what, String wanted, byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve("bad.safetensors"), bytes);
    String message =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path)).getMessage();
    assertTrue(message.startsWith(path + ": "), message);
    assertTrue(message.contains(wanted), message);
    assertTrue(message.length() < 600 && message.indexOf('\n') < 0, message);
  }

  /** A stream may hold more, and ends where it likes: what a file's size tells, its end does. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void isAnErrorInAStreamToo(String what, String wanted, byte[] bytes) throws IOException {
    InputStream in = new ByteArrayInputStream(bytes);
    if (what.equals("more data")) {
      SoftmaxModel.load(in);
      assertEquals(1, in.readAllBytes().length);
      return;
    }
    String message =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(in)).getMessage();
    assertTrue(
        message.contains(wanted)
            || message.contains("the data end ")
            || message.contains("has 16 bytes, wanted")
            || message.contains("has 9223372036854775807 bytes, wanted 16"),
        message);
    assertTrue(message.length() < 600 && message.indexOf('\n') < 0, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void aStreamCostsNoMoreMemoryThanItJustifies(String what, String wanted, byte[] bytes)
      throws IOException {
    for (int round = 0; round < 2; round++) {
      InputStream in = new ByteArrayInputStream(bytes);
      long before = allocated();
      try {
        SoftmaxModel.load(in);
      } catch (ModelFormatException e) {
        // As it should be; the test before this one looks at it.
      }
      if (round == 1) {
        assertBounded(allocated() - before, bytes.length);
      }
    }
  }

  /** 17 GB of numbers and as many more besides, of which nothing comes. */
  @Test
  void aStreamThatClaimsMuchIsNotBelieved() {
    String header =
        "{\"weight\":{\"dtype\":\"F64\",\"shape\":[2147483639,1],\"data_offsets\":[0,17179869112]},"
            + "\"other\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[17179869112,999999999999]}}";
    InputStream in = new ByteArrayInputStream(file(header, new byte[1000]));
    String message =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(in)).getMessage();
    assertTrue(message.contains("the data end at byte 1000, inside 'weight'"), message);
    String small = header.replace("2147483639,1", "1,1").replace("17179869112", "8");
    InputStream more = new ByteArrayInputStream(file(small, new byte[1000]));
    message = assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(more)).getMessage();
    assertTrue(message.contains("the data end before byte 999999999999"), message);
  }

  @Test
  void aFileThatWasCutOffIsAnErrorAsAStreamToo() throws IOException {
    byte[] full = full(ElementType.FLOAT32);
    for (int length = 0; length < full.length; length++) {
      Path path = Files.write(folder.resolve("cut"), Arrays.copyOf(full, length));
      // Which skips beyond its end, unlike one of bytes.
      try (InputStream in = new FileInputStream(path.toFile())) {
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(in));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void costsNoMoreMemoryThanTheFileJustifies(String what, String wanted, byte[] bytes)
      throws IOException {
    Path path = Files.write(folder.resolve("bad.safetensors"), bytes);
    assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path));
    long before = allocated();
    assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path));
    assertBounded(allocated() - before, bytes.length);
  }

  /** A good file of both types, with everything in its card. */
  private byte[] full(ElementType type) throws IOException {
    double[] weights = new SplittableRandom(7).doubles(12, -2, 2).toArray();
    ModelCard card =
        ModelCard.empty()
            .classNames(List.of("ä", "b", "\uD83E\uDD89"))
            .seed(42)
            .training(new TrainingOptions(3, 0.25, 8))
            .dataDigest("sha256:00");
    Path path = folder.resolve("full.safetensors");
    SoftmaxModel.of(type, 4, 3, weights, new double[3], card).save(path);
    return Files.readAllBytes(path);
  }

  @Test
  void everyTruncationIsAnError() throws IOException {
    for (ElementType type : ElementType.arithmetic()) {
      byte[] full = full(type);
      for (int length = 0; length < full.length; length++) {
        Path path = Files.write(folder.resolve("cut"), Arrays.copyOf(full, length));
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path));
      }
    }
  }

  @Test
  void flippedBitsGiveAModelOrAnError() throws IOException {
    SplittableRandom random = new SplittableRandom(42);
    int errors = 0;
    for (ElementType type : ElementType.arithmetic()) {
      byte[] full = full(type);
      for (int round = 0; round < 3_000; round++) {
        byte[] damaged = full.clone();
        int flips = random.nextInt(1, 4);
        for (int flip = 0; flip < flips; flip++) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Path path = Files.write(folder.resolve("damaged"), damaged);
        long before = allocated();
        try {
          SoftmaxModel.load(path);
        } catch (ModelFormatException e) {
          errors++;
        }
        assertBounded(allocated() - before, damaged.length);
      }
    }
    // Most of the file is a header in which few bits are free; if not, this tests nothing.
    assertTrue(errors > 3_000, "only " + errors + " errors");
  }

  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  private static void assertBounded(long allocated, int fileBytes) {
    assertTrue(
        allocated <= FREE_BYTES + MOST_PER_BYTE * fileBytes,
        () ->
            String.format(
                Locale.ROOT, "%d bytes were allocated for a file of %d", allocated, fileBytes));
  }
}
