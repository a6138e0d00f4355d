package io.rowwise.benchmarks.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rowwise.Rowwise;
import io.rowwise.benchmarks.pytorch.PyTorch;
import io.rowwise.reference.Reference;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The main job, run as a user would, with the output caught. */
final class NotebookTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private int run(String... arguments) {
    CommandLine commandLine =
        Notebook.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    return commandLine.execute(arguments);
  }

  private JsonNode report(Path json) throws IOException {
    return new ObjectMapper().readTree(json.toFile());
  }

  private static void assumePyTorch() {
    PyTorch.unavailableReason().ifPresent(reason -> assumeTrue(false, reason));
  }

  @Test
  void printsTheNotebooksRunInItsOrder() {
    assumePyTorch();
    assertEquals(0, run(), err::toString);
    List<String> lines = out.toString().lines().toList();
    assertTrue(lines.get(0).startsWith("device: cpu"), lines.get(0));
    assertEquals("x: (10100, 5), y: (10100,)", lines.get(1));
    assertEquals("y one-hot: (10100, 3)", lines.get(2));
    assertEquals("train: x (100, 5), y (100, 3)", lines.get(3));
    assertEquals("valid: x (10000, 5), y (10000, 3)", lines.get(4));
    double[] history = Reference.npy("notebook_42_history.npy").doubles();
    List<String> epochs =
        IntStream.range(0, 16)
            .mapToObj(
                i ->
                    String.format(
                        Locale.ROOT,
                        "epoch: %d - CE: %.4f - CE_v: %.4f - acc_v: %.4f",
                        i,
                        history[3 * i],
                        history[3 * i + 1],
                        history[3 * i + 2]))
            .toList();
    List<String> printed = lines.stream().filter(line -> line.startsWith("epoch:")).toList();
    assertEquals(48, printed.size());
    assertEquals(epochs, printed.subList(0, 16), "PyTorch's");
    assertEquals(epochs, printed.subList(16, 32), "Rowwise's");
    assertEquals(epochs, printed.subList(32, 48), "the Jacobian's");
    assertEquals(8, lines.stream().filter(line -> line.startsWith("MAPE of ")).count());
    assertEquals("", err.toString());
  }

  @ParameterizedTest
  @CsvSource({"float64, 1e-14, 1e-12", "float32, 1e-5, 1e-5"})
  void writesEverythingAtFullPrecision(String type, double mape, double tolerance)
      throws IOException {
    assumePyTorch();
    Path json = folder.resolve("run.json");
    assertEquals(0, run("--type", type, "--json", json.toString()), err::toString);
    JsonNode report = report(json);
    assertEquals(
        "{\"samples\":10100,\"features\":5,\"classes\":3,\"train\":100,\"epochs\":16,"
            + "\"learning_rate\":0.01,\"batch\":33,\"seed\":42,\"type\":\""
            + type
            + "\"}",
        report.get("arguments").toString());
    assertEquals("cpu", report.at("/backend/chosen").textValue());
    assertEquals("auto", report.at("/backend/requested").textValue());
    assertTrue(report.at("/backend/device").textValue().startsWith("cpu"));
    assertTrue(report.at("/backend").has("reason"));
    assertEquals("[1,2,0,1,2,1,2,0,0,0]", report.get("labels").toString());
    double[] expected = Reference.npy("notebook_42_history.npy").doubles();
    for (String name : List.of("pytorch", "rowwise", "jacobian")) {
      JsonNode history = report.at("/history/" + name);
      double[] numbers = new double[48];
      for (int i = 0; i < 48; i++) {
        numbers[i] = history.get(i / 3).get(i % 3).doubleValue();
      }
      // Two programs, 64 steps, rounded in different orders.
      assertArrayEquals(expected, numbers, tolerance, name);
      assertTrue(report.at("/seconds/" + name).doubleValue() > 0);
    }
    for (String name : List.of("predict_after_copy", "ce", "predict", "w", "b", "jacobian_w")) {
      double value = report.at("/mape/" + name).doubleValue();
      assertTrue(value >= 0 && value <= mape, name + " is " + value);
    }
    assertTrue(report.at("/mape/jacobian_b").doubleValue() <= mape);
    assertTrue(report.at("/mape/predict_before_copy").doubleValue() > 0.1);
  }

  @Test
  void goesOnWithoutAJacobianThatDoesNotFit() throws IOException {
    assumePyTorch();
    Path json = folder.resolve("run.json");
    int status =
        run(
            "--samples",
            "60001",
            "--train",
            "60000",
            "--batch",
            "60000",
            "--epochs",
            "1",
            "--json",
            json.toString());
    assertEquals(0, status, err::toString);
    assertTrue(out.toString().contains("180000 x 180000"), out::toString);
    assertTrue(out.toString().contains("going on without it"), out::toString);
    assertFalse(report(json).get("history").has("jacobian"));
  }

  @Test
  void saysWhichVersionItIs() {
    assertEquals(0, run("--version"));
    String version = Rowwise.version().orElseThrow();
    assertTrue(version.matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"), version);
    assertTrue(out.toString().startsWith("rowwise " + version), out::toString);
  }

  @Test
  void helps() {
    assertEquals(0, run("--help"));
    for (String option :
        List.of(
            "--samples",
            "--features",
            "--classes",
            "--train",
            "--epochs",
            "--learning-rate",
            "--batch",
            "--seed",
            "--type",
            "--json",
            "-Dbackend=auto|cpu|cuda|cuda:N")) {
      assertTrue(out.toString().contains(option), option);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--colour | red | Unknown options: '--colour', 'red'",
        "--epochs | many | Invalid value for option '--epochs': 'many' is not an int",
        "--epochs | 0 | --epochs is 0, wanted at least 1",
        "--batch | 0 | --batch is 0, wanted at least 1",
        "--train | 0 | --train is 0, wanted at least 1",
        "--train | 20000 | --samples is 10100 and --train 20000; wanted more samples",
        "--learning-rate | -1 | --learning-rate is -1.0, wanted a positive number",
        "--learning-rate | NaN | --learning-rate is NaN, wanted a positive number",
        "--seed | -1 | --seed is -1, wanted at least 0",
        "--seed | 4294967296 | Invalid value for option '--seed'",
        "--classes | 1 | --classes is 1, wanted at least 2",
        "--features | 1 | --features is 1, wanted at least 2",
        "--classes | 9 | classes",
        "--type | float16 | element type 'float16' is not one to compute in: choose float32 or"
            + " float64",
        "--json | /nowhere/at/all.json | wanted a file in a folder that exists"
      })
  void badArgumentsAreRefusedWithStatus2(String option, String value, String message) {
    assertEquals(2, run(option, value));
    assertTrue(err.toString().contains(message), err::toString);
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "banana | true | 2 | -Dbackend=banana: choose auto, cpu, cuda or cuda:N",
        "cuda:999 | false | 1 | cuda:999 is not usable: ",
        "cpu | maybe | 2 | -Dbackend.fallback=maybe: choose true or false"
      })
  void aBackendThatIsNotToBeHadIsOneLine(
      String backend, String fallback, int status, String message) {
    System.setProperty("backend", backend);
    System.setProperty("backend.fallback", fallback);
    try {
      assertEquals(status, run("--epochs", "1"));
    } finally {
      System.clearProperty("backend");
      System.clearProperty("backend.fallback");
    }
    assertTrue(err.toString().startsWith(message), err::toString);
    assertEquals(1, err.toString().lines().count(), err::toString);
  }

  /** All of its epochs are the backend contract's matter. */
  @Test
  void runsOnNd4jWhereItIsAskedFor() throws IOException {
    assumePyTorch();
    System.setProperty("backend", "nd4j");
    Path json = folder.resolve("run.json");
    try {
      assertEquals(0, run("--epochs", "2", "--json", json.toString()), err::toString);
    } finally {
      System.clearProperty("backend");
    }
    JsonNode report = report(json);
    assertEquals("nd4j", report.at("/backend/chosen").textValue());
    for (String name : List.of("predict_after_copy", "ce", "predict", "w", "b", "jacobian_w")) {
      double value = report.at("/mape/" + name).doubleValue();
      assertTrue(value >= 0 && value <= 1e-14, name + " is " + value);
    }
  }

  @Test
  void saysWhyItIsNotOnTheDeviceAskedFor() throws IOException {
    System.setProperty("backend", "cuda:999");
    Path json = folder.resolve("run.json");
    try {
      assertEquals(0, run("--epochs", "1", "--json", json.toString()), err::toString);
    } finally {
      System.clearProperty("backend");
    }
    String device = out.toString().lines().findFirst().orElseThrow();
    assertTrue(device.startsWith("device: cpu"), device);
    String reason = report(json).at("/backend/reason").textValue();
    assertTrue(reason.startsWith("cuda:999 is not usable: "), reason);
    assertTrue(device.endsWith("(" + reason + ")"), device);
    assertEquals("cuda:999", report(json).at("/backend/requested").textValue());
    assertTrue(Files.size(json) > 0);
  }
}
