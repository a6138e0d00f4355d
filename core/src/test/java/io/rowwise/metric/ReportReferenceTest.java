package io.rowwise.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rowwise.reference.ReferenceTables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every number beside scikit-learn's; reference/make_report.py made them. */
class ReportReferenceTest {
  /** Of sums of at most 178 terms, added in another order. */
  private static final double TOLERANCE = 1e-12;

  private static final JsonNode REFERENCE = ReferenceTables.json("report.json");

  @TestFactory
  Stream<DynamicTest> modelsAreJudgedAsByScikitLearn() {
    return elements(REFERENCE.get("models")).stream()
        .map(
            model ->
                DynamicTest.dynamicTest(
                    model.get("data").asText() + " " + model.get("features").asText(),
                    () -> {
                      JsonNode data = REFERENCE.get("data").get(model.get("data").asText());
                      // Rounding in the logits, up to 1000 in magnitude, is in the probabilities.
                      check(model, probabilities(model, data), data.get("labels"), 1e-9);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> tiesAndAbsentClassesAreJudgedAsByScikitLearn() {
    return elements(REFERENCE.get("tables")).stream()
        .map(
            table ->
                DynamicTest.dynamicTest(
                    table.get("confusion").size() + " classes",
                    () ->
                        check(
                            table,
                            rowMajor(table.get("probabilities")),
                            table.get("labels"),
                            TOLERANCE)));
  }

  private static void check(
      JsonNode expected, double[] probabilities, JsonNode labels, double tolerance)
      throws IOException {
    int[] actual = ReferenceTables.ints(labels);
    int classes = expected.get("confusion").size();
    List<String> names = IntStream.range(0, classes).mapToObj(i -> "class " + i).toList();
    Report report =
        expected.has("weights")
            ? Report.of(
                probabilities, actual, ReferenceTables.doubles(expected.get("weights")), names)
            : Report.of(probabilities, actual, names);

    JsonNode json = new ObjectMapper().readTree(report.toJson());
    for (String key :
        List.of("log_loss", "accuracy", "brier", "ece", "roc_auc", "confusion", "per_class")) {
      assertNear(key, expected.get(key), json.get(key), tolerance);
    }
    for (String key : List.of("precision", "recall", "f1")) {
      assertNear(key, expected.get("macro_" + key), json.get("macro_" + key), tolerance);
      assertNear(key, expected.get("weighted_" + key), json.get("weighted_" + key), tolerance);
    }
    assertEquals(actual.length, json.get("rows").intValue());
    assertEquals(names, elements(json.get("classes")).stream().map(JsonNode::asText).toList());

    assertEquals(json.get("log_loss").doubleValue(), report.logLoss());
    assertEquals(json.get("brier").doubleValue(), report.brier());
    assertEquals(json.get("ece").doubleValue(), report.expectedCalibrationError());
    assertEquals(json.get("macro_f1").doubleValue(), report.macroF1());
    assertEquals(json.get("weighted_f1").doubleValue(), report.weightedF1());
    assertEquals(json.get("roc_auc").isNull(), report.rocAuc().isEmpty());
    assertEquals(
        report.weight(),
        report.reliability().stream().mapToDouble(Report.Bin::rows).sum(),
        TOLERANCE * report.weight());
  }

  /** What the expected value has, the given one has as well. */
  private static void assertNear(String what, JsonNode expected, JsonNode given, double tolerance) {
    if (expected.isArray()) {
      assertEquals(expected.size(), given.size(), what);
      for (int i = 0; i < expected.size(); i++) {
        assertNear(what + " " + i, expected.get(i), given.get(i), tolerance);
      }
    } else if (expected.isObject()) {
      expected
          .fieldNames()
          .forEachRemaining(
              name ->
                  assertNear(what + " " + name, expected.get(name), given.get(name), tolerance));
    } else if (expected.isNull()) {
      assertTrue(given.isNull(), what);
    } else {
      assertEquals(expected.doubleValue(), given.doubleValue(), tolerance, what);
    }
  }

  /** {@code softmax(x w + b)}. */
  private static double[] probabilities(JsonNode model, JsonNode data) {
    List<double[]> x = rows(data.get("features"));
    if (model.get("features").asText().equals("standardised")) {
      standardise(x);
    }
    List<double[]> w = rows(model.get("w"));
    double[] b = ReferenceTables.doubles(model.get("b"));
    double[] probabilities = new double[x.size() * b.length];
    for (int row = 0; row < x.size(); row++) {
      double[] powers = b.clone();
      for (int feature = 0; feature < w.size(); feature++) {
        for (int j = 0; j < b.length; j++) {
          powers[j] += x.get(row)[feature] * w.get(feature)[j];
        }
      }
      double largest = IntStream.range(0, b.length).mapToDouble(j -> powers[j]).max().orElseThrow();
      double sum = 0;
      for (int j = 0; j < b.length; j++) {
        powers[j] = Math.exp(powers[j] - largest);
        sum += powers[j];
      }
      for (int j = 0; j < b.length; j++) {
        probabilities[row * b.length + j] = powers[j] / sum;
      }
    }
    return probabilities;
  }

  private static void standardise(List<double[]> x) {
    for (int column = 0; column < x.get(0).length; column++) {
      int j = column;
      double mean = x.stream().mapToDouble(row -> row[j]).average().orElseThrow();
      double variance =
          x.stream().mapToDouble(row -> Math.pow(row[j] - mean, 2)).average().orElseThrow();
      x.forEach(row -> row[j] = (row[j] - mean) / Math.sqrt(variance));
    }
  }

  private static double[] rowMajor(JsonNode matrix) {
    return rows(matrix).stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static List<double[]> rows(JsonNode matrix) {
    return elements(matrix).stream().map(ReferenceTables::doubles).toList();
  }

  private static List<JsonNode> elements(JsonNode list) {
    List<JsonNode> elements = new ArrayList<>();
    list.forEach(elements::add);
    return elements;
  }
}
