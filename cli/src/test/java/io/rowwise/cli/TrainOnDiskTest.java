package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.cli.parquet.ParquetReader;
import io.rowwise.dataset.Npy;
import io.rowwise.dataset.NpyArray;
import io.rowwise.model.SoftmaxModel;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code rowwise train} on rows that stay on disk. */
class TrainOnDiskTest extends CommandLineTest {
  private static final int LARGE_ROWS = 200_000;

  private Path model(String name) {
    return folder.resolve(name + ".safetensors");
  }

  private Result train(String place, Path file, String options) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("train", file.toString(), "--rows", place));
    arguments.addAll(List.of("--model", model(place).toString()));
    if (!options.isEmpty()) {
      arguments.addAll(List.of(options.split(" ", -1)));
    }
    return run(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "--label species",
    "--label species --standardize --type float32",
    "--label species --weights petal_width_(cm) --l1 0.01",
    "--label species --solver sgd --epochs 3 --validation 0.2 --calibrate",
    "--label species --solver adam --validation iris.csv --patience 3",
  })
  void theModelAndWhatIsSaidAreThoseOfRowsInMemory(String options) throws IOException {
    String given = options.replace("iris.csv", iris().toString());
    String memory = train("memory", iris(), given).said();
    String disk = train("disk", iris(), given).said();
    SoftmaxModel expected = SoftmaxModel.load(model("memory"));
    SoftmaxModel found = SoftmaxModel.load(model("disk"));
    // Of weights near 1, that the optimum's tolerance leaves free.
    double tolerance = options.contains("float32") ? 1e-3 : 1e-5;
    assertArrayEquals(expected.weights(), found.weights(), tolerance);
    assertEquals(expected.card().facts().keySet(), found.card().facts().keySet());
    assertEquals(memory.lines().findFirst(), disk.lines().findFirst());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.count());
    }
  }

  @Test
  void aWrongCellIsNamedByFileLineAndColumn() throws IOException {
    String text = Files.readString(iris());
    String broken = text.replaceFirst("(?m)^7.0,", "inf,");
    Path file = file("broken.csv", broken);
    String complaint = train("memory", file, "--label species").complaint(1);
    assertContains("broken.csv, line 52, column 'sepal_length_(cm)' is Infinity", complaint);
    assertEquals(complaint, train("disk", file, "--label species").complaint(1));
    String ofValidation =
        train("disk", iris(), "--label species --validation " + file).complaint(1);
    assertContains("broken.csv, line 52, column 'sepal_length_(cm)' is Infinity", ofValidation);
    Path unknown = file("unknown.csv", text.replaceFirst("virginica", "lily"));
    assertContains(
        "unknown.csv, line 102, column 'species': no class 'lily'",
        train("disk", iris(), "--label species --validation " + unknown).complaint(1));
  }

  /** Missing cells in a column of numbers, of which there are an even number then. */
  @Test
  void mediansAreThoseOfRowsInMemory() throws IOException {
    String text = Files.readString(iris());
    Path gaps =
        file("gaps.csv", text.replaceFirst("(?m)^7.0,", ",").replaceFirst("(?m)^6.3,", ","));
    String options = "--label species --missing median --solver sgd --epochs 2";
    train("memory", gaps, options).said();
    train("disk", gaps, options).said();
    assertSame();
  }

  private void assertSame() throws IOException {
    SoftmaxModel expected = SoftmaxModel.load(model("memory"));
    SoftmaxModel found = SoftmaxModel.load(model("disk"));
    assertArrayEquals(expected.weights(), found.weights());
    assertArrayEquals(expected.bias(), found.bias());
    assertEquals(
        expected.card().encoding().orElseThrow().toJson(),
        found.card().encoding().orElseThrow().toJson());
    assertEquals(expected.card().classNames(), found.card().classNames());
  }

  /** Fills rows with small whole numbers, most of them 0 if so wanted, and gives their classes. */
  private static long[] fill(float[] x, int features, boolean areSparse) {
    SplittableRandom random = new SplittableRandom(7);
    long[] y = new long[x.length / features];
    for (int row = 0; row < y.length; row++) {
      y[row] = random.nextInt(3);
      for (int k = 0; k < features; k++) {
        boolean isZero = areSparse && random.nextInt(25) > 0 && k % 10 != y[row];
        x[row * features + k] = isZero ? 0 : random.nextInt(200) + 10 * y[row];
      }
    }
    return y;
  }

  private static byte[] idx(int code, ByteBuffer values, int... shape) {
    ByteBuffer file = ByteBuffer.allocate(4 + 4 * shape.length + values.remaining());
    file.put((byte) 0).put((byte) 0).put((byte) code).put((byte) shape.length);
    Arrays.stream(shape).forEach(file::putInt);
    return file.put(values).array();
  }

  private static ByteBuffer bytes(int count, IntUnaryOperator value) {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    for (int i = 0; i < count; i++) {
      bytes.put((byte) value.applyAsInt(i));
    }
    return bytes.flip();
  }

  private void gzip(Path path, byte[] bytes) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
      out.write(bytes);
    }
  }

  private static String libSvm(float[] x, int features, long[] y) {
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < y.length; row++) {
      text.append(y[row]);
      for (int k = 0; k < features; k++) {
        float value = x[row * features + k];
        text.append(value == 0 ? "" : " " + (k + 1) + ":" + value);
      }
      text.append('\n');
    }
    return text.toString();
  }

  /** Writes a file in a format, with its labels where these are apart. */
  private List<String> write(String format, int rows, int features) throws IOException {
    float[] x = new float[rows * features];
    long[] y = fill(x, features, format.equals("sparse"));
    Path labels = folder.resolve("y." + (format.equals("idx") ? "idx.gz" : "npy"));
    switch (format) {
      case "npy" -> {
        Path path = folder.resolve("x.npy");
        Npy.write(path, NpyArray.of(x, rows, features));
        Npy.write(labels, NpyArray.of(y, rows));
        return List.of(path.toString(), "--labels", labels.toString());
      }
      case "idx" -> {
        Path path = folder.resolve("x.idx.gz");
        gzip(path, idx(8, bytes(x.length, i -> (int) x[i]), rows, 1, features));
        gzip(labels, idx(8, bytes(rows, row -> (int) y[row]), rows));
        return List.of(path.toString(), "--labels", labels.toString());
      }
      default -> {
        return List.of(file("x.svm", libSvm(x, features, y)).toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "npy, --standardize",
    "npy, --validation 0.2 --patience 2",
    "idx, --divide-by 255 --type float32",
    "svm, --divide-by 100",
    "sparse, --divide-by 100",
    "sparse, --standardize --type float32",
    "sparse, --divide-by 50 --validation 0.2 --class-weights balanced",
  })
  void everyFormatIsTrainedOnAsInMemory(String format, String options) throws IOException {
    List<String> rows = write(format, 500, 40);
    Path file = Path.of(rows.get(0));
    String more = String.join(" ", rows.subList(1, rows.size()));
    String solver = " --solver sgd --epochs 2 --batch 32 --learning-rate 0.01";
    String memory = train("memory", file, (more + " " + options + solver).strip()).said();
    String disk = train("disk", file, (more + " " + options + solver).strip()).said();
    assertSame();
    assertEquals(memory.lines().findFirst(), disk.lines().findFirst());
    train("memory", file, (more + " " + options).strip()).said();
    train("disk", file, (more + " " + options).strip()).said();
    double tolerance = options.contains("float32") ? 2e-2 : 1e-4;
    assertArrayEquals(
        SoftmaxModel.load(model("memory")).weights(),
        SoftmaxModel.load(model("disk")).weights(),
        tolerance);
    List<String> evaluate = new ArrayList<>(List.of("evaluate"));
    evaluate.addAll(rows);
    evaluate.addAll(List.of("--model", model("disk").toString()));
    assertContains("500", run(evaluate.toArray(String[]::new)).said());
    String predicted = run("predict", rows.get(0), "--model", model("disk").toString()).said();
    assertEquals(501, predicted.lines().count());
  }

  /** In a part of the rows or of a file apart, some columns are 0 throughout. */
  @Test
  void columnsThatLibSvmLeavesOutAreZero() throws IOException {
    Path all = Path.of(write("svm", 100, 6).get(0));
    Path fewer = file("fewer.svm", "1 1:3 2:4\n0 1:7\n2 2:1\n");
    for (String place : List.of("memory", "disk")) {
      train(place, all, "--solver sgd --divide-by 100 --validation " + fewer).said();
    }
    assertSame();
    Path start = model("start");
    Files.copy(model("memory"), start);
    for (String place : List.of("memory", "disk")) {
      train(place, fewer, "--solver sgd --divide-by 100 --init " + start).said();
    }
    assertSame();
    assertEquals(
        4, run("predict", fewer.toString(), "--model", start.toString()).said().lines().count());
  }

  @Test
  void labelsAreAsManyAsRows() throws IOException {
    List<String> rows = write("npy", 100, 4);
    Path labels = Path.of(rows.get(2));
    for (int count : new int[] {99, 101}) {
      Npy.write(labels, NpyArray.of(new int[count], count));
      String complaint = train("disk", Path.of(rows.get(0)), "--labels " + labels).complaint(1);
      assertContains(count + " labels for a table of 100 rows", complaint);
    }
  }

  @Test
  void whatCannotBeReadAgainIsNotOnDisk() {
    Path nothing = Path.of("/dev/null");
    assumeTrue(Files.exists(nothing));
    assertContains(
        "--rows disk takes a file that can be read again, and /dev/null cannot",
        train("disk", nothing, "--label x0").complaint(2));
  }

  @ParameterizedTest
  @CsvSource({"npy, 100000, 80", "sparse, 30000, 300"})
  void anyFormatMayBeLargerThanTheHeap(String format, int rows, int features)
      throws IOException, InterruptedException {
    List<String> options = new ArrayList<>(write(format, rows, features));
    Path file = Path.of(options.remove(0));
    options.addAll(List.of("--solver", "sgd", "--epochs", "1", "--batch", "256"));
    options.addAll(List.of("--divide-by", "100", "--type", "float32"));
    String said = trainInSmallHeap(file, options, 0);
    assertContains(
        String.format(Locale.ROOT, "%,d rows, %d features, 3 classes (0, 1, 2)", rows, features),
        said);
  }

  @Test
  void aFileLargerThanTheHeapIsTrainedOn() throws IOException, InterruptedException {
    Path file = large();
    assertTrue(Files.size(file) > 30_000_000);
    List<String> options =
        List.of("--label", "class", "--solver", "sgd", "--epochs", "2", "--batch", "256");
    List<String> inMemory = new ArrayList<>(options);
    inMemory.addAll(List.of("--rows", "memory"));
    assertContains("needs more memory", trainInSmallHeap(file, inMemory, 1));
    String said = trainInSmallHeap(file, options, 0);
    assertContains("200,000 rows, 20 features, 2 classes (no, yes)", said);
    assertEquals("2", SoftmaxModel.load(model("small")).card().facts().get("iterations"));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.count());
    }
  }

  private Path large() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    Path file = folder.resolve("large.csv");
    try (BufferedWriter text = Files.newBufferedWriter(file)) {
      text.write("class");
      for (int column = 0; column < 20; column++) {
        text.write(",x" + column);
      }
      text.write('\n');
      for (int row = 0; row < LARGE_ROWS; row++) {
        boolean is = random.nextBoolean();
        text.write(is ? "yes" : "no");
        for (int column = 0; column < 20; column++) {
          text.write("," + (random.nextInt(1_000_000) + (is ? 100_000 : 0)) / 1e6);
        }
        text.write('\n');
      }
    }
    return file;
  }

  private String trainInSmallHeap(Path file, List<String> options, int code)
      throws IOException, InterruptedException {
    Path said = folder.resolve("said.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx24m", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=error", Main.class.getName()));
    command.addAll(List.of("train", file.toString(), "--model", model("small").toString()));
    command.addAll(options);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    process.getOutputStream().close();
    int found = process.waitFor();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertEquals(code, found, text);
    return text;
  }

  @ParameterizedTest
  @CsvSource({"memory", "disk"})
  void parquetIsAsCsv(String rows) throws IOException {
    Path parquet = folder.resolve("iris.parquet");
    try (InputStream in = ParquetReader.class.getResourceAsStream("iris.parquet")) {
      Files.copy(in, parquet);
    }
    train(rows, iris(), "--label species --standardize").said();
    SoftmaxModel expected = SoftmaxModel.load(model(rows));
    train(rows, parquet, "--label species --standardize --validation " + parquet).said();
    SoftmaxModel found = SoftmaxModel.load(model(rows));
    assertArrayEquals(expected.weights(), found.weights());
    String trained = model(rows).toString();
    assertEquals(
        run("evaluate", iris() + "", "--model", trained).said(),
        run("evaluate", parquet + "", "--model", trained).said());
    assertEquals(
        run("predict", iris() + "", "--model", trained).said(),
        run("predict", parquet + "", "--model", trained).said());
  }
}
