package io.rowwise.model;

import static io.rowwise.model.SafetensorsBytes.doubles;
import static io.rowwise.model.SafetensorsBytes.file;
import static io.rowwise.model.SafetensorsBytes.floats;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.reference.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a model is made of, and that it survives its files. */
final class SoftmaxModelTest {
  private static final ModelCard FULL =
      ModelCard.empty()
          .classNames(List.of("Kätzchen", "小狗", "\uD83E\uDD89 \"owl\"\n\u0000\\"))
          .seed(Long.MIN_VALUE)
          .training(new TrainingOptions(16, 0.1, 33))
          .dataDigest("sha256:9f86d081")
          .device("cuda:1")
          .version("1.2.3");

  @TempDir Path folder;

  private static SoftmaxModel model(
      ElementType type, int features, int classes, ModelCard card, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] weights = random.doubles((long) features * classes, -9, 9).toArray();
    double[] bias = random.doubles(classes, -9, 9).toArray();
    return SoftmaxModel.of(type, features, classes, weights, bias, card);
  }

  private static void assertSame(SoftmaxModel wanted, SoftmaxModel actual) {
    assertEquals(wanted.toString(), actual.toString());
    assertArrayEquals(wanted.weights(), actual.weights());
    assertArrayEquals(wanted.bias(), actual.bias());
    assertEquals(wanted.card(), actual.card());
  }

  private Path path(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("given.safetensors"), bytes);
  }

  private static byte[] pytorchsFile() throws IOException {
    try (InputStream in = SoftmaxModelTest.class.getResourceAsStream("linear.safetensors")) {
      return in.readAllBytes();
    }
  }

  // ---- Round trips

  static Stream<Arguments> shapes() {
    SplittableRandom random = new SplittableRandom(42);
    Stream<int[]> chosen =
        Stream.of(
            new int[] {1, 1},
            new int[] {1, 2},
            new int[] {7, 1},
            new int[] {1, 9},
            new int[] {4099, 5});
    Stream<int[]> drawn =
        IntStream.range(0, 10)
            .mapToObj(i -> new int[] {random.nextInt(1, 60), random.nextInt(1, 60)});
    return Stream.concat(chosen, drawn)
        .flatMap(
            shape ->
                ElementType.arithmetic().stream()
                    .map(type -> Arguments.of(type, shape[0], shape[1], random.nextLong())));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void whatIsSavedIsLoadedAgain(ElementType type, int features, int classes, long seed)
      throws IOException {
    List<String> names = IntStream.range(0, classes).mapToObj(i -> "klasse " + i + " ß").toList();
    SoftmaxModel model = model(type, features, classes, ModelCard.empty().classNames(names), seed);
    Path path = folder.resolve("model.safetensors");
    model.save(path);
    assertSame(model, SoftmaxModel.load(path));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theCardIsLoadedAgain(ElementType type) throws IOException {
    SoftmaxModel model = model(type, 5, 3, FULL, 1);
    Path path = folder.resolve("model.safetensors");
    model.save(path);
    assertSame(model, SoftmaxModel.load(path));
  }

  @Test
  void extremeNumbersSurvive() throws IOException {
    double[] weights = {-0.0, Double.MIN_VALUE, Double.MAX_VALUE, -Double.MIN_NORMAL};
    SoftmaxModel model =
        SoftmaxModel.of(ElementType.FLOAT64, 2, 2, weights, new double[2], ModelCard.empty());
    Path path = folder.resolve("model.safetensors");
    model.save(path);
    assertSame(model, SoftmaxModel.load(path));
  }

  // ---- Bytes

  @Test
  void theFileIsWhatTheFormatSays() throws IOException {
    double[] weights = {1, 2, 3, 4, 5, 6};
    ModelCard card =
        ModelCard.empty()
            .classNames(List.of("ä", "b", "c"))
            .training(new TrainingOptions(2, 0.25, 4));
    SoftmaxModel model =
        SoftmaxModel.of(ElementType.FLOAT32, 2, 3, weights, new double[] {7, 8, 9}, card);
    Path path = folder.resolve("model.safetensors");
    model.save(path);
    String header =
        "{\"__metadata__\":{\"format\":\"pt\",\"rowwise.class_names\":\"[\\\"ä\\\",\\\"b\\\",\\\"c\\\"]\","
            + "\"rowwise.epochs\":\"2\",\"rowwise.learning_rate\":\"0.25\",\"rowwise.batch_rows\":\"4\"},"
            + "\"bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
            + "\"weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[12,36]}}";
    // 273 bytes of UTF-8, filled up to a multiple of 8.
    byte[] wanted = file(header + " ".repeat(7), floats(7, 8, 9, 1, 4, 2, 5, 3, 6));
    assertArrayEquals(wanted, Files.readAllBytes(path));
  }

  @Test
  void pytorchsFileIsLoadedAndSavedByteForByte() throws IOException {
    byte[] pytorchs = pytorchsFile();
    SoftmaxModel model = SoftmaxModel.load(path(pytorchs));
    assertEquals("SoftmaxModel[float64, 5 features, 3 classes]", model.toString());
    assertArrayEquals(Reference.npy("notebook_42_w.npy").doubles(), model.weights());
    assertArrayEquals(Reference.npy("notebook_42_b.npy").doubles(), model.bias());
    assertEquals(ModelCard.empty(), model.card());
    Path path = folder.resolve("again.safetensors");
    model.save(path);
    assertArrayEquals(pytorchs, Files.readAllBytes(path));
  }

  // ---- Layers of other files

  private static final String LINEAR =
      "\"linear.bias\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
          + "\"linear.weight\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24]}";

  private static final String TWO_LAYERS =
      "{"
          + LINEAR
          + ",\"head.weight\":{\"data_offsets\":[24,28],\"shape\":[1,1],\"dtype\":\"F32\"}"
          + ",\"steps\":{\"data_offsets\":[28,36],\"shape\":[],\"dtype\":\"I64\"}}";

  private static byte[] twoLayers() {
    byte[] data = new byte[36];
    System.arraycopy(doubles(1, 2, 3), 0, data, 0, 24);
    System.arraycopy(floats(0.5f), 0, data, 24, 4);
    return file(TWO_LAYERS, data);
  }

  @Test
  void aPrefixIsFound() throws IOException {
    SoftmaxModel model = SoftmaxModel.load(path(file("{" + LINEAR + "}", doubles(1, 2, 3))));
    assertArrayEquals(new double[] {2, 3}, model.weights());
    assertArrayEquals(new double[] {1}, model.bias());
  }

  @Test
  void aLayerIsChosenByName() throws IOException {
    Path path = path(twoLayers());
    assertArrayEquals(new double[] {2, 3}, SoftmaxModel.load(path, "linear").weights());
    SoftmaxModel head = SoftmaxModel.load(path, "head");
    assertEquals("SoftmaxModel[float32, 1 features, 1 classes]", head.toString());
    assertArrayEquals(new double[] {0.5}, head.weights());
    assertArrayEquals(new double[] {0}, head.bias());
    assertArrayEquals(
        SoftmaxModel.load(path(pytorchsFile())).weights(),
        SoftmaxModel.load(path(pytorchsFile()), "").weights());
  }

  @Test
  void severalLayersAreAnErrorThatListsThem() throws IOException {
    Path path = path(twoLayers());
    String message =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path)).getMessage();
    assertEquals(
        path
            + ": 2 tensors called 'weight' or '....weight', wanted one; they are 'linear.weight',"
            + " 'head.weight'; if one is a linear layer, name it:"
            + " load(path, \"linear\") takes 'linear.weight' and 'linear.bias'",
        message);
    message =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path, "tail"))
            .getMessage();
    assertTrue(message.contains("no tensor 'tail.weight'; the file has 'linear.bias',"), message);
  }

  /** A file of the layer with its data, and what is added to the header and the data. */
  private static byte[] linearAnd(String header, byte[] more) {
    byte[] data = Arrays.copyOf(doubles(1, 2, 3), 24 + more.length);
    System.arraycopy(more, 0, data, 24, more.length);
    return file("{" + LINEAR + header + "}", data);
  }

  @Test
  void tensorsBesidesTheOnlyLayerArePassedOver() throws IOException {
    byte[] bytes =
        linearAnd(
            ",\"norm.weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}"
                + ",\"norm.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}"
                + ",\"norm.running_mean\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[40,42]}"
                + ",\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[42,50]}",
            new byte[26]);
    for (SoftmaxModel model :
        List.of(
            SoftmaxModel.load(path(bytes)), SoftmaxModel.load(new ByteArrayInputStream(bytes)))) {
      assertArrayEquals(new double[] {2, 3}, model.weights());
      assertArrayEquals(new double[] {1}, model.bias());
    }
  }

  @Test
  void aBiasThatMayBeTheLayersIsNotPassedOverInSilence() throws IOException {
    String bare =
        "{\"norm.bias\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"a.weight\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[8,24]}}";
    Path path = path(file(bare, doubles(1, 2, 3)));
    String message =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.load(path)).getMessage();
    assertTrue(message.contains("'norm.bias' may be the bias of 'a.weight'"), message);
    assertTrue(message.endsWith("name the layer: load(..., 'a')"), message);
    assertArrayEquals(new double[1], SoftmaxModel.load(path, "a").bias());
  }

  @Test
  void whatTheLibraryWritesByDefaultIsLoaded() throws IOException {
    for (String header :
        List.of(
            ",\"__metadata__\":null",
            ",\"__metadata__\":{}",
            ",\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[24,24]}",
            ",\"x\":{\"new\":{\"a\":[1,{\"dtype\":null}]},\"dtype\":\"U8\",\"old\":1e9,"
                + "\"shape\":[0],\"data_offsets\":[24,24],\"z\":\"\",\"z\":\"\"}")) {
      SoftmaxModel model = SoftmaxModel.load(path(linearAnd(header, new byte[0])));
      assertArrayEquals(new double[] {2, 3}, model.weights());
    }
  }

  @Test
  void halfPrecisionIsAModelOfFloat32() throws IOException {
    // 1.5, -2 and 2^-24 as float16; 1.5, -2 and 2^-133 as bfloat16; the bias is 0.25.
    for (Object[] each :
        List.of(
            new Object[] {"F16", "003e00c00100", 0x1p-24},
            new Object[] {"BF16", "c03f00c00100", 0x1p-133})) {
      String header =
          ("{\"weight\":{\"dtype\":\"%s\",\"shape\":[1,3],\"data_offsets\":[0,6]},"
                  + "\"bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[6,10]}}")
              .formatted(each[0]);
      byte[] data = HexFormat.of().parseHex(each[1] + "0000803e");
      SoftmaxModel model = SoftmaxModel.load(path(file(header, data)));
      assertEquals(ElementType.FLOAT32, model.type());
      assertArrayEquals(new double[] {1.5, -2, (double) each[2]}, model.weights());
      assertArrayEquals(new double[] {0.25}, model.bias());
      assertSame(model, SoftmaxModel.load(new ByteArrayInputStream(file(header, data)), ""));
    }
  }

  @Test
  void aModelOf16BitsIsSavedInThem() throws IOException {
    SoftmaxModel trained = model(ElementType.FLOAT32, 300, 20, FULL.classNames(List.of()), 4);
    Path path = folder.resolve("model.safetensors");
    trained.save(path);
    long size = Files.size(path);
    for (ElementType type : new ElementType[] {ElementType.BFLOAT16, ElementType.FLOAT16}) {
      SoftmaxModel rounded = trained.type(type);
      assertEquals(type, rounded.type());
      double[] weights = trained.weights();
      for (int i = 0; i < weights.length; i++) {
        weights[i] = type.rounded(weights[i]);
      }
      assertArrayEquals(weights, rounded.weights());
      rounded.save(path);
      long saved = size - Files.size(path);
      assertTrue(Math.abs(saved - 2L * 301 * 20) <= 32, () -> saved + " bytes saved");
      SoftmaxModel loaded = SoftmaxModel.load(path);
      assertEquals(ElementType.FLOAT32, loaded.type());
      assertSame(rounded, loaded.type(type));

      ByteArrayOutputStream exported = new ByteArrayOutputStream();
      ByteArrayOutputStream exportedWide = new ByteArrayOutputStream();
      rounded.exportOnnx(exported);
      loaded.exportOnnx(exportedWide);
      assertArrayEquals(exportedWide.toByteArray(), exported.toByteArray());
    }
  }

  @Test
  void whatIsNotFiniteInATypeIsRefused() {
    SoftmaxModel model =
        SoftmaxModel.of(
            ElementType.FLOAT32, 1, 1, new double[] {65520}, new double[1], ModelCard.empty());
    String message =
        assertThrows(IllegalArgumentException.class, () -> model.type(ElementType.FLOAT16))
            .getMessage();
    assertTrue(message.contains("weights[0] is 65520.0, wanted a finite float16"), message);
    assertEquals(65536, model.type(ElementType.BFLOAT16).weights()[0]);
  }

  // ---- Streams

  private static final class Unclosable extends ByteArrayOutputStream {
    private boolean flushed;

    @Override
    public void flush() {
      flushed = true;
    }

    @Override
    public void close() {
      throw new IllegalStateException("the stream is not Rowwise's to close");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void streamsHoldWhatFilesHold(ElementType type) throws IOException {
    SoftmaxModel model = model(type, 300, 100, FULL.classNames(List.of()), 3);
    Path path = folder.resolve("model");
    Unclosable out = new Unclosable();
    model.exportOnnx(out);
    model.exportOnnx(path);
    assertTrue(out.flushed);
    assertArrayEquals(Files.readAllBytes(path), out.toByteArray());

    Unclosable saved = new Unclosable();
    model.save(saved);
    model.save(path);
    assertTrue(saved.flushed);
    assertArrayEquals(Files.readAllBytes(path), saved.toByteArray());
  }

  @Test
  void aStreamMayHoldOneModelAfterAnother() throws IOException {
    SoftmaxModel first = model(ElementType.FLOAT64, 200, 100, ModelCard.empty(), 1);
    SoftmaxModel second = model(ElementType.FLOAT32, 5, 3, FULL, 2);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    first.save(out);
    second.save(out);
    out.write(7);
    InputStream in =
        new ByteArrayInputStream(out.toByteArray()) {
          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            // As a network does: a little at a time.
            return super.read(into, offset, Math.min(length, 1000));
          }

          @Override
          public void close() {
            throw new IllegalStateException("the stream is not Rowwise's to close");
          }
        };
    assertSame(first, SoftmaxModel.load(in));
    assertSame(second, SoftmaxModel.load(in, ""));
    assertEquals(7, in.read());
  }

  @Test
  void aCardTooLongForTheFormatLeavesTheStreamEmpty() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SoftmaxModel model =
        model(ElementType.FLOAT64, 1, 1, ModelCard.empty().dataDigest("x".repeat(100_000_000)), 1);
    assertThrows(IllegalArgumentException.class, () -> model.save(out));
    assertEquals(0, out.size());
  }

  @Test
  void theNamesOfAHundredThousandClassesAreSavedAndLoaded() throws IOException {
    int classes = 100_000;
    String common = "a class with a \"name\" of more than 200 characters ".repeat(4);
    List<String> names = IntStream.range(0, classes).mapToObj(i -> common + i + "ß").toList();
    SoftmaxModel model =
        model(ElementType.FLOAT32, 1, classes, ModelCard.empty().classNames(names), 1);
    Path path = folder.resolve("model");
    model.save(path);
    assertSame(model, SoftmaxModel.load(path));
    try (InputStream in = Files.newInputStream(path)) {
      assertSame(model, SoftmaxModel.load(in));
    }
  }

  @Test
  void anInterruptedThreadLoadsAndSaves() throws IOException {
    SoftmaxModel model = model(ElementType.FLOAT32, 100, 100, FULL.classNames(List.of()), 1);
    Path path = folder.resolve("model");
    Thread.currentThread().interrupt();
    try {
      model.save(path);
      assertSame(model, SoftmaxModel.load(path));
      model.exportOnnx(path);
      assertTrue(Thread.currentThread().isInterrupted());
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void aFileThatIsNotThereIsSaidToBeSo() {
    assertThrows(
        NoSuchFileException.class, () -> SoftmaxModel.load(folder.resolve("none.safetensors")));
    assertThrows(IOException.class, () -> SoftmaxModel.load(folder));
  }

  // ---- To and from a classifier

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aLoadedClassifierPredictsTheSame(ElementType type) throws IOException {
    Path path = folder.resolve("model.safetensors");
    try (Backend backend = new ReferenceBackend();
        SoftmaxClassifier trained = new SoftmaxClassifier(backend, type, 4, 3, 42)) {
      SoftmaxModel.of(trained, FULL).save(path);
      try (SoftmaxClassifier loaded = SoftmaxModel.load(path).classifier(backend);
          Matrix x = backend.matrix(type, 2, 4, new double[] {1, -2, 3, -4, 0, 0.5, 0.25, 9});
          Matrix wanted = trained.predict(x);
          Matrix actual = loaded.predict(x)) {
        assertEquals(type, loaded.type());
        assertArrayEquals(wanted.toDoubles(), actual.toDoubles());
      }
    }
  }

  @Test
  void theCardSaysWhatItWasTrainedOnUnlessItIsSaid() {
    try (Backend backend = new ReferenceBackend();
        SoftmaxClassifier trained = new SoftmaxClassifier(backend, ElementType.FLOAT32, 4, 3, 42)) {
      assertEquals(Optional.of("reference"), SoftmaxModel.of(trained).card().device());
      assertEquals(FULL, SoftmaxModel.of(trained, FULL).card());
    }
  }

  @Test
  void parametersAreCopiedAndRounded() {
    double[] weights = {0.1};
    SoftmaxModel model =
        SoftmaxModel.of(ElementType.FLOAT32, 1, 1, weights, new double[1], ModelCard.empty());
    assertEquals(0.1, weights[0]);
    assertEquals(0.1f, model.weights()[0]);
    model.weights()[0] = 7;
    assertEquals(0.1f, model.weights()[0]);
  }

  @Test
  void parametersMayBeFloats() {
    float[] weights = {0.1f, -3};
    float[] bias = {0.5f, 1e-40f};
    for (ElementType type : ElementType.arithmetic()) {
      SoftmaxModel model = SoftmaxModel.of(type, 1, 2, weights, bias, ModelCard.empty());
      assertEquals(type, model.type());
      assertArrayEquals(new double[] {0.1f, -3}, model.weights());
      assertArrayEquals(new double[] {0.5f, 1e-40f}, model.bias());
    }
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    SoftmaxModel.of(
                        ElementType.FLOAT32,
                        1,
                        2,
                        new float[] {0, Float.NaN},
                        bias,
                        ModelCard.empty()))
            .getMessage();
    assertTrue(message.contains("weights[1] is NaN"), message);
  }

  @Test
  void whatIsNotAModelIsRefused() {
    ModelCard one = ModelCard.empty().classNames(List.of("a"));
    assertRefused("wanted at least 1 each", ElementType.FLOAT64, 0, ModelCard.empty());
    assertRefused(
        "weights has 4 values, wanted 6", ElementType.FLOAT64, 3, ModelCard.empty(), 1, 2, 3, 4);
    assertRefused("weights[1] is NaN", ElementType.FLOAT64, 1, ModelCard.empty(), 0, Double.NaN);
    assertRefused("wanted a finite float32", ElementType.FLOAT32, 1, ModelCard.empty(), 0, 1e39);
    assertRefused("1 class names, the model has 2", ElementType.FLOAT64, 1, one, 0, 0);
    assertThrows(
        IllegalArgumentException.class, () -> ModelCard.empty().classNames(List.of("\uD83E")));
  }

  private static void assertRefused(
      String wanted, ElementType type, int features, ModelCard card, double... weights) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> SoftmaxModel.of(type, features, 2, weights, new double[2], card))
            .getMessage();
    assertTrue(message.contains(wanted), message);
  }

  // ---- Writing

  @Test
  void aCardTooLongForTheFileLeavesTheOldOne() throws IOException {
    Path path = folder.resolve("model");
    Files.writeString(path, "old");
    SoftmaxModel model =
        model(ElementType.FLOAT64, 1, 1, ModelCard.empty().dataDigest("x".repeat(100_000_000)), 1);
    assertThrows(IllegalArgumentException.class, () -> model.save(path));
    assertEquals("old", Files.readString(path));
    assertOnlyFile(path);
  }

  @Test
  void aSavedFileReplacesTheOldOne() throws IOException {
    Path path = folder.resolve("model");
    model(ElementType.FLOAT64, 50, 50, FULL.classNames(List.of()), 1).save(path);
    SoftmaxModel second = model(ElementType.FLOAT32, 2, 3, FULL, 2);
    second.save(path);
    assertSame(second, SoftmaxModel.load(path));
    second.exportOnnx(path);
    assertOnlyFile(path);
    assertThrows(IOException.class, () -> second.save(folder.resolve("none/model")));
  }

  private void assertOnlyFile(Path path) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(path), files.toList());
    }
  }
}
