package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.model.SoftmaxModel;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
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

  @ParameterizedTest
  @CsvSource({
    "--labels iris.csv, '--rows disk takes the labels in a column'",
    "--label species --missing median, --rows disk takes no medians",
    "--label x0 --format npy, '--rows disk takes CSV, and'",
  })
  void whatCannotBeOnDiskIsWrongUsage(String options, String start) throws IOException {
    String complaint = train("disk", iris(), options).complaint(2);
    assertContains(start, complaint);
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
}
