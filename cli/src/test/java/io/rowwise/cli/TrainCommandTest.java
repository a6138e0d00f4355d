package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.Npy;
import io.rowwise.dataset.NpyArray;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainCommandTest extends CommandLineTest {
  /** By Newton's method to a gradient of 1e-16, for a penalty of 1 / 150. */
  private static final double OBJECTIVE = 0.19257544402728333;

  private static final Pattern ACCURACY = Pattern.compile("\"accuracy\" ?: ?([0-9.]+)");

  private static final double[] WEIGHTS = {
    -0.4235099201227102, 0.5344615089959167, -0.110951588873217,
    0.967350579571553, -0.32158785519193184, -0.645762724379623,
    -2.5171523776092064, -0.20639207129486334, 2.723544448904087,
    -1.0793366485007176, -0.9442984653963389, 2.023635113897053
  };

  private static final double[] BIAS = {9.849568050482109, 2.237205632203211, -12.086773682685319};

  /** The numbers and words of an object, and of a list in it the words. */
  private static Map<String, Object> json(String text) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      assertEquals(JsonToken.START_OBJECT, parser.nextToken());
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.START_ARRAY) {
          StringBuilder words = new StringBuilder();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            words.append(parser.getText()).append(' ');
          }
          values.put(name, words.toString().strip());
        } else {
          values.put(name, token.isNumeric() ? (Object) parser.getDoubleValue() : parser.getText());
        }
      }
    }
    return values;
  }

  private Path model() {
    return folder.resolve("model.safetensors");
  }

  private Result train(Path file, String... more) {
    String[] arguments = new String[more.length + 4];
    arguments[0] = "train";
    arguments[1] = file.toString();
    arguments[2] = "--model";
    arguments[3] = model().toString();
    System.arraycopy(more, 0, arguments, 4, more.length);
    return run(arguments);
  }

  @Test
  void theOptimumIsFound() throws IOException {
    String said = train(iris(), "--label", "species").said();
    assertContains("150 rows, 4 features, 3 classes (setosa, versicolor, virginica)", said);
    assertContains("trained on cpu in ", said);
    assertContains("objective 0.1925754440, penalty 0.00666667", said);
    assertContains("model.safetensors: saved", said);

    SoftmaxModel model = SoftmaxModel.load(model());
    assertArrayEquals(WEIGHTS, model.weights(), 1e-6);
    assertArrayEquals(BIAS, model.bias(), 1e-6);
    assertEquals("species", model.card().label().orElseThrow());
    assertFalse(Curve.of(model.card()).isEmpty());
  }

  @Test
  void programsGetJson() throws IOException {
    Path path = folder.resolve("run.json");
    train(iris(), "--label", "species", "--json", path + "").said();
    Map<String, Object> run = json(Files.readString(path));
    assertEquals(OBJECTIVE, (double) run.get("objective"), 1e-10);
    assertTrue((double) run.get("gradient_norm") <= 1e-8);
    assertTrue((double) run.get("evaluations") >= (double) run.get("iterations"));
    assertEquals("tolerance", run.get("stop_reason"));
    assertTrue((double) run.get("seconds") > 0);
    assertEquals("cpu", run.get("backend"));
    assertEquals("setosa versicolor virginica", run.get("classes"));
    assertEquals(4.0, run.get("features"));

    String alone = train(iris(), "--label", "species", "--json", "-").said();
    assertEquals(run.keySet(), json(alone).keySet());
    assertEquals(1, alone.lines().count());
  }

  @Test
  void aDivisorIsFoldedIntoTheWeights() throws IOException {
    StringBuilder tenfold = new StringBuilder();
    List<String> lines = Files.readAllLines(iris());
    tenfold.append(lines.get(0)).append('\n');
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      for (int c = 0; c < 4; c++) {
        tenfold.append(10 * Double.parseDouble(cells[c])).append(',');
      }
      tenfold.append(cells[4]).append('\n');
    }
    train(file("tenfold.csv", tenfold + ""), "--label", "species", "--divide-by", "10").said();
    double[] weights = SoftmaxModel.load(model()).weights();
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= 10;
    }
    assertArrayEquals(WEIGHTS, weights, 1e-6);
  }

  @Test
  void labelsMayBeApartAndDataNumPys() throws IOException {
    Path data = folder.resolve("x.npy");
    Path labels = folder.resolve("y.npy");
    Npy.write(data, NpyArray.of(new double[] {0, 1, 1, 0, 5, 6, 6, 5}, 4, 2));
    Npy.write(labels, NpyArray.of(new int[] {0, 0, 1, 1}, 4));
    train(data, "--labels", labels + "", "--type", "float32").said();
    SoftmaxModel model = SoftmaxModel.load(model());
    assertEquals(ElementType.FLOAT32, model.type());
    assertEquals(List.of("0", "1"), model.card().classNames());

    String report =
        run("evaluate", data + "", "--labels", labels + "", "--model", model() + "").said();
    assertContains("accuracy                              1.0000", report);
    for (int count : new int[] {3, 5}) {
      Npy.write(labels, NpyArray.of(new int[count], count));
      String complaint = "y.npy: has " + count + " labels, and " + data + " 4 rows";
      assertContains(complaint, train(data, "--labels", labels + "").complaint(1));
      assertContains(
          complaint,
          run("evaluate", data + "", "--labels", labels + "", "--model", model() + "")
              .complaint(1));
    }
  }

  @Test
  void columnsThatLibSvmLeavesOutAreZeros() throws IOException {
    Path data = file("a.libsvm", "1 1:0.5 3:1\n-1 2:2\n1 1:1\n-1 2:1\n");
    Path fewer = file("b.libsvm", "1 1:0.5\n-1 1:-2\n");
    String model = folder.resolve("a.safetensors").toString();
    run("train", data + "", "--model", model, "--validation", fewer + "").said();
    String more = folder.resolve("b.safetensors").toString();
    run("train", fewer + "", "--init", model, "--model", more).said();
    assertEquals(3, SoftmaxModel.load(Path.of(more)).features());
  }

  @Test
  void libSvmHasItsLabels() throws IOException {
    Path data = file("a.libsvm", "1 1:0.5 3:1\n-1 2:2\n1 1:1\n-1 2:1\n");
    train(data).said();
    assertEquals(List.of("-1", "1"), SoftmaxModel.load(model()).card().classNames());
    Path fewer = file("b.libsvm", "1 1:0.5\n-1 2:2\n");
    assertContains("1.0000", run("evaluate", fewer + "", "--model", model() + "").said());
  }

  @Test
  void wordsBecomeAFeatureEach() throws IOException {
    Path data = file("c.csv", "colour;size;kind\nred;1;a\nblue;2;b\nred;3;a\nblue;1;b\n");
    train(data, "--label", "kind", "--unknown", "zeros").said();
    assertEquals(
        List.of("colour=blue", "colour=red", "size"),
        SoftmaxModel.load(model()).card().featureNames());
    String scored =
        runWithInput("size,colour\n1,red\n2,green\n", "predict", "--model", model() + "").said();
    assertContains("\na,", scored);
    assertEquals(3, scored.lines().count());
  }

  @Test
  void classesAndRowsCountByTheirWeights() throws IOException {
    Path weights = file("weights.csv", "class,weight\na,2\nb,0.5\n");
    Path once = file("once.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n");
    Path weighted = file("w.csv", "x,n,y\n1,2,a\n2,0.5,b\n3,2,a\n4,0.5,b\n");
    train(once, "--label", "y", "--class-weights", weights + "", "--penalty", "0.1").said();
    double[] byClass = SoftmaxModel.load(model()).weights();
    train(weighted, "--label", "y", "--weights", "n", "--penalty", "0.1").said();
    assertArrayEquals(byClass, SoftmaxModel.load(model()).weights(), 1e-7);
    assertContains(
        "no class 'c'",
        train(once, "--label", "y", "--class-weights", file("v.csv", "class,weight\nc,2\n") + "")
            .complaint(1));
  }

  @Test
  void aStartKeepsItsClasses() throws IOException {
    Path first = irisModel();
    String said = train(iris(), "--label", "species", "--init", first + "", "--json", "-").said();
    assertEquals(0.0, json(said).get("iterations"));
    assertContains(
        "--missing and --unknown are those of the model",
        train(iris(), "--label", "species", "--init", first + "", "--missing", "mean")
            .complaint(2));
  }

  @Test
  void whatDidNotConvergeIsSavedWithAWarning() throws IOException {
    Result result = train(iris(), "--label", "species", "--max-iterations", "2");
    assertContains("objective", result.said());
    assertContains("WARN not converged after 2 iterations", result.err());
    assertTrue(Files.exists(model()));
  }

  @Test
  void aWrongCellIsTold() throws IOException {
    // The third row begins on line 6: one row has two lines, and one line is empty.
    Path gap = file("gap.csv", "x,note,y\n1,\"two\nlines\",a\n\n2,b,b\n,c,a\n");
    assertContains(
        "gap.csv, line 6, column 'x' is missing, want a number; take such rows out, or train with"
            + " --missing mean or median",
        train(gap, "--label", "y").complaint(1));
    train(gap, "--label", "y", "--missing", "median").said();
    assertContains(
        "label.csv, line 3, column 'y' is missing, want a label",
        train(file("label.csv", "x,y\n1,a\n2,\n"), "--label", "y").complaint(1));
    assertContains(
        "weight.csv, line 3, column 'w' is -1.0, want a number of 0 or more",
        train(file("weight.csv", "x,w,y\n1,1,a\n2,-1,b\n"), "--label", "y", "--weights", "w")
            .complaint(1));
    assertContains(
        "infinite.csv, line 2, column 'x' is Infinity, want a finite number",
        train(file("infinite.csv", "x,y\ninf,a\n2,b\n"), "--label", "y").complaint(1));
  }

  @Test
  void aColumnThatIsNotThereIsTold() throws IOException {
    assertContains(
        "iris.csv: no column 'specie'; there are 'sepal_length_(cm)'",
        train(iris(), "--label", "specie").complaint(1));
    assertContains(
        "none.csv: there is no such file",
        train(folder.resolve("none.csv"), "--label", "y").complaint(1));
  }

  @Test
  void wrongUsageIsTold() throws IOException {
    assertContains("by --label, or which file by --labels", train(iris()).complaint(2));
    assertContains("--model", run("train", iris() + "", "--label", "y").complaint(2));
    assertContains("'--solver'", train(iris(), "--label", "y", "--solver", "x").complaint(2));
    assertContains(
        "'float16' is not one to compute in: choose float32 or float64",
        train(iris(), "--label", "y", "--type", "float16").complaint(2));
    assertContains(
        "penalty is -1.0", train(iris(), "--label", "y", "--penalty", "-1").complaint(2));
    assertContains(
        "backend 'x'", train(iris(), "--label", "species", "--backend", "x").complaint(2));
    assertContains(
        "--separator is 'ab'", train(iris(), "--separator", "ab", "--label", "y").complaint(2));
    assertContains("a command is missing", run().complaint(2));
    assertContains("'--nonsense'", run("devices", "--nonsense").complaint(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--epochs 3",
        "--batch 8",
        "--learning-rate 0.1",
        "--schedule cosine",
        "--momentum 0.9",
        "--patience 3",
        "--calibrate",
        "--tolerance 1e-3 --solver sgd",
        "--l1 0.1 --solver adam",
        "--momentum 0.9 --solver adam",
        "--schedule sideways --solver sgd",
        "--validation 1.5"
      })
  void whatDoesNotGoTogetherIsWrongUsage(String options) throws IOException {
    String[] more = ("--label species " + options).split(" ");
    String complaint = train(iris(), more).complaint(2);
    assertFalse(complaint.isEmpty());
    assertFalse(Files.exists(model()));
  }

  @ParameterizedTest
  @CsvSource({
    "--solver sgd --epochs 30 --batch 10 --learning-rate 0.05 --momentum 0.9 --seed 7, epochs",
    "--solver sgd --epochs 60 --learning-rate 0.5 --schedule warmup:5:cosine, epochs",
    "--solver adam --epochs 100 --learning-rate 0.05, epochs",
    "--l1 0.01, tolerance",
    "--validation 0.2 --calibrate --seed 3, tolerance",
    "--solver sgd --epochs 10000 --learning-rate 2 --validation 0.2 --patience 5, early_stopping"
  })
  void otherWaysToTrainReachAGoodModel(String options, String stopReason) throws IOException {
    String[] more = ("--label species --standardize --json - " + options).split(" ");
    Map<String, Object> run = json(train(iris(), more).said());
    assertEquals(stopReason, run.get("stop_reason"));
    Path numbers = folder.resolve("report.json");
    run("evaluate", iris() + "", "--model", model() + "", "--json", numbers + "").said();
    Matcher accuracy = ACCURACY.matcher(Files.readString(numbers));
    assertTrue(accuracy.find());
    assertTrue(Double.parseDouble(accuracy.group(1)) > 0.9, options);
  }

  @Test
  void rowsToValidateWithMayBeAFile() throws IOException {
    train(iris(), "--label", "species", "--validation", iris() + "", "--patience", "3").said();
    SoftmaxModel model = SoftmaxModel.load(model());
    assertEquals("150", model.card().facts().get("validation_rows"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "disk"})
  void aWrongCellToValidateWithIsNamedByItsOwnFile(String rows) throws IOException {
    Path good = file("good.csv", "x,kind\n1,a\n2,b\n3,a\n4,b\n");
    Path bad = file("bad.csv", "x,kind\n1,a\n,b\n");
    assertContains(
        bad + ", line 3, column 'x' is missing",
        train(good, "--label", "kind", "--rows", rows, "--validation", bad + "").complaint(1));
    Path other = file("other.csv", "x,kind\n1,a\n2,b\n5,c\n");
    assertContains(
        other + ", line 4, column 'kind'",
        train(good, "--label", "kind", "--rows", rows, "--validation", other + "").complaint(1));
  }
}
