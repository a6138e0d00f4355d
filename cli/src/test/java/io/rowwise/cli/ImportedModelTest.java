package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Models of other programs, and of files that say little about themselves. */
class ImportedModelTest extends CommandLineTest {
  private Path onnx(ModelCard card) throws IOException {
    Path path = folder.resolve("iris.onnx");
    SoftmaxModel.load(irisModel()).card(card).exportOnnx(path);
    return path;
  }

  /** The rows of iris without names, the classes as numbers. */
  private Path nameless() throws IOException {
    List<String> classes = List.of("setosa", "versicolor", "virginica");
    StringBuilder rows = new StringBuilder();
    for (String line : Files.readAllLines(iris()).subList(1, 151)) {
      int comma = line.lastIndexOf(',');
      rows.append(line, 0, comma + 1).append(classes.indexOf(line.substring(comma + 1)));
      rows.append('\n');
    }
    return file("rows.csv", rows.toString());
  }

  @Test
  void anExportIsTheModel() throws IOException {
    Path onnx = onnx(SoftmaxModel.load(irisModel()).card());
    assertEquals(
        run("evaluate", iris() + "", "--model", irisModel() + "").said(),
        run("evaluate", iris() + "", "--model", onnx + "").said());
  }

  @Test
  void oneWithoutNamesTakesColumnsByTheirPlace() throws IOException {
    String onnx = onnx(ModelCard.empty()).toString();
    String rows = nameless().toString();
    String said = run("predict", rows, "--no-header", "--model", onnx).said();
    assertTrue(
        said.startsWith("prediction,probability_0,probability_1,probability_2\n0,0.9"), said);
    assertContains(
        "0.97", run("evaluate", rows, "--no-header", "--label", "x4", "--model", onnx).said());
    Path trained = folder.resolve("trained.safetensors");
    run("train", rows, "--no-header", "--label", "x4", "--init", onnx, "--model", trained + "")
        .said();
    SoftmaxModel model = SoftmaxModel.load(trained);
    assertEquals(List.of("0", "1", "2"), model.card().classNames());
    assertEquals(4, model.features());
  }

  @Test
  void aDamagedOneIsOneLine() throws IOException {
    Path damaged = file("damaged.onnx", "no model");
    assertContains(
        "damaged.onnx", run("predict", iris() + "", "--model", damaged + "").complaint(1));
  }

  @Test
  void aCoverageIsKeptInTheModel() throws IOException {
    String model = folder.resolve("sets.safetensors").toString();
    String rows = iris().toString();
    run(
            "train",
            rows,
            "--label",
            "species",
            "--model",
            model,
            "--validation",
            "0.3",
            "--coverage",
            "0.9")
        .said();
    assertEquals("0.9", SoftmaxModel.load(Path.of(model)).card().facts().get("conformal_coverage"));
    assertContains(
        "--coverage needs rows to validate with",
        run("train", rows, "--label", "species", "--model", model, "--coverage", "0.9")
            .complaint(2));
  }
}
