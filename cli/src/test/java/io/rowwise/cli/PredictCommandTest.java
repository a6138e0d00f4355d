package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class PredictCommandTest extends CommandLineTest {
  private static final String HEADER =
      "sepal_length_(cm),sepal_width_(cm),petal_length_(cm),petal_width_(cm)\n";

  @Test
  void everyClassHasAColumn() throws IOException {
    Path scored = folder.resolve("scored.csv");
    String said =
        run("predict", iris() + "", "--model", irisModel() + "", "--output", scored + "").said();
    assertEquals("", said);
    List<String> lines = Files.readAllLines(scored);
    assertEquals(
        "prediction,probability_setosa,probability_versicolor,probability_virginica", lines.get(0));
    assertEquals(151, lines.size());
    String[] cells = lines.get(1).split(",", -1);
    assertEquals("setosa", cells[0]);
    double sum = 0;
    for (int c = 1; c < cells.length; c++) {
      sum += Double.parseDouble(cells[c]);
    }
    assertEquals(1, sum, 1e-12);
  }

  @Test
  void theMostProbableClassesComeFirst() throws IOException {
    String row = HEADER + "5.1,3.5,1.4,0.2\n";
    String said =
        runWithInput(row, "predict", "-", "--top", "2", "--model", irisModel() + "").said();
    List<String> lines = said.lines().toList();
    assertEquals("class_1,probability_1,class_2,probability_2", lines.get(0));
    assertTrue(lines.get(1).startsWith("setosa,0.9"), said);
    assertContains(",versicolor,0.0", lines.get(1));
    assertContains("--top is 0", run("predict", "--top", "0", "--model", "m").complaint(2));
    assertContains(
        "--backend: backend 'cuda:all' is several devices, which are for the class Predictor;"
            + " choose one here: cuda or cuda:N",
        run("predict", iris() + "", "--model", irisModel() + "", "--backend", "cuda:all")
            .complaint(2));
  }

  @Test
  void setsAreWrittenWhereTheModelPromisesThem() throws IOException {
    String model = folder.resolve("sets.safetensors").toString();
    run(
            "train",
            iris() + "",
            "--label",
            "species",
            "--validation",
            "0.4",
            "--seed",
            "2",
            "--coverage",
            "0.9",
            "--model",
            model)
        .said();
    List<String> lines =
        run("predict", iris() + "", "--model", model, "--set", "0.9").said().lines().toList();
    assertTrue(lines.get(0).endsWith("probability_virginica,set"), lines.get(0));
    assertTrue(lines.get(1).endsWith(",setosa"), lines.get(1));
    long withTrueClass =
        IntStream.range(1, lines.size())
            .filter(i -> lines.get(i).substring(lines.get(i).lastIndexOf(',')).contains(name(i)))
            .count();
    assertTrue(withTrueClass > 0.85 * 150, "of 150 sets " + withTrueClass + " have the class");
    String top = run("predict", iris() + "", "--model", model, "--set", "0.5", "--top", "1").said();
    assertEquals("class_1,probability_1,set", top.lines().findFirst().orElseThrow());

    assertContains(
        "--set is 1.0, want a share above 0 and below 1",
        run("predict", iris() + "", "--model", model, "--set", "1").complaint(2));
    assertContains(
        "promises a coverage of up to 0.9, and --set is 0.95",
        run("predict", iris() + "", "--model", model, "--set", "0.95").complaint(1));
    assertContains(
        "has no threshold for prediction sets; train it with --validation and --coverage 0.9",
        run("predict", iris() + "", "--model", irisModel() + "", "--set", "0.9").complaint(1));
  }

  /** Of the flower of a line of iris.csv. */
  private static String name(int line) {
    return line <= 50 ? "setosa" : line <= 100 ? "versicolor" : "virginica";
  }

  @Test
  void classesThatWouldBeTwoInASetAreRefused() throws IOException {
    StringBuilder rows = new StringBuilder("x,kind\n");
    for (int i = 0; i < 20; i++) {
      rows.append(i).append(i < 10 ? ",a|b\n" : ",c\n");
    }
    Path data = file("bars.csv", rows.toString());
    String model = folder.resolve("bars.safetensors").toString();
    run(
            "train",
            data + "",
            "--label",
            "kind",
            "--model",
            model,
            "--validation",
            "0.5",
            "--coverage",
            "0.5")
        .said();
    assertContains(
        "has the class 'a|b', and --set writes | between classes",
        run("predict", data + "", "--model", model, "--set", "0.5").complaint(1));
  }

  /** Otherwise this would wait for ever. */
  @Test
  void aPipeIsAnsweredRowByRow() throws IOException {
    String model = irisModel().toString();
    PipedOutputStream rows = new PipedOutputStream();
    PipedInputStream answers = new PipedInputStream();
    PipedOutputStream answering = new PipedOutputStream(answers);
    try (PipedInputStream in = new PipedInputStream(rows)) {
      Thread command =
          new Thread(
              () -> {
                try (PrintStream out = new PrintStream(answering, false, StandardCharsets.UTF_8)) {
                  Main.run(new String[] {"predict", "--model", model}, in, out, System.err);
                }
              });
      command.setDaemon(true);
      command.start();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(answers, StandardCharsets.UTF_8));
      Assertions.assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> {
            rows.write((HEADER + "5.1,3.5,1.4,0.2\n").getBytes(StandardCharsets.UTF_8));
            rows.flush();
            assertTrue(lines.readLine().startsWith("prediction,"));
            assertTrue(lines.readLine().startsWith("setosa,"));
            rows.write("6.3,3.3,6.0,2.5\n".getBytes(StandardCharsets.UTF_8));
            rows.flush();
            assertTrue(lines.readLine().startsWith("virginica,"));
            rows.close();
            assertEquals(null, lines.readLine());
          });
    }
  }

  @Test
  void aWrongRowIsToldAfterTheOnesBefore() throws IOException {
    Path model = irisModel();
    String rows = HEADER + "5.1,3.5,1.4,0.2\n5.1,3.5,,0.2\n5.1,3.5,1.4,0.2\n";
    Result piped = runWithInput(rows, "predict", "--model", model + "");
    assertEquals(2, piped.out().lines().count());
    assertContains(
        "standard input, line 3, column 'petal_length_(cm)' is missing", piped.complaint(1));
    assertContains(
        "bad.csv, line 2, column 'sepal_width_(cm)': 'wide' is not a number",
        run("predict", file("bad.csv", HEADER + "5.1,wide,1.4,0.2\n") + "", "--model", model + "")
            .complaint(1));
    Path output = folder.resolve("scored.csv");
    assertContains(
        "gap.csv, line 3",
        run("predict", file("gap.csv", rows) + "", "--model", model + "", "--output", output + "")
            .complaint(1));
    assertFalse(Files.exists(output));
  }

  @Test
  void withoutAHeaderColumnsAreNumbered() throws IOException {
    Path model = folder.resolve("m.safetensors");
    Path data = file("d.csv", "1\ta\n2\ta\n8\tb\n9\tb\n");
    run(
            "train",
            data + "",
            "--no-header",
            "--separator",
            "tab",
            "--label",
            "x1",
            "--model",
            model + "")
        .said();
    String said = runWithInput("9\n", "predict", "--no-header", "--model", model + "").said();
    assertContains("\nb,", said);
  }

  @Test
  void devicesAreDescribed() {
    assertContains("cpu: cpu ", run("devices").said());
    assertContains("Usage: rowwise predict", run("predict", "--help").said());
    assertContains("rowwise ", run("--version").said());
  }
}
