package io.rowwise.metric;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
  private static final List<String> ABC = List.of("a", "b", "c");

  @Test
  void oneRow() {
    Report report = Report.of(new double[] {0.25, 0.5, 0.25}, new int[] {1}, ABC);
    assertEquals(1, report.rows());
    assertEquals(Math.log(2), report.logLoss(), 1e-15);
    assertEquals(1, report.accuracy());
    assertEquals(0.375, report.brier());
    assertEquals(0.5, report.expectedCalibrationError());
    // The other two classes are nowhere, and scikit-learn leaves them out.
    assertEquals(1, report.macroF1());
    assertEquals(OptionalDouble.empty(), report.rocAuc());
    assertArrayEquals(new double[][] {{0, 0, 0}, {0, 1, 0}, {0, 0, 0}}, report.confusion());
    assertEquals(1, report.confusion(1, 1));
    assertEquals(new ClassReport("b", 1, 1, 1, 1, OptionalDouble.empty()), report.classes().get(1));
    assertEquals(new ClassReport("a", 0, 0, 0, 0, OptionalDouble.empty()), report.classes().get(0));
  }

  @Test
  void oneClass() {
    Report report = Report.of(new double[] {1, 1}, new int[] {0, 0}, List.of("only"));
    assertEquals(1, report.accuracy());
    assertEquals(1, report.macroPrecision());
    assertEquals(0, report.logLoss(), 1e-15);
    assertEquals(0, report.brier());
    assertEquals(OptionalDouble.empty(), report.rocAuc());
    assertTrue(report.toText().contains("none, there is one class"), report.toText());
  }

  @Test
  void theFirstOfEqualProbabilitiesIsPredicted() {
    Report report = Report.of(new double[] {0.5, 0.5, 0, 0, 0.5, 0.5}, new int[] {0, 2}, ABC);
    assertArrayEquals(new double[][] {{1, 0, 0}, {0, 0, 0}, {0, 1, 0}}, report.confusion());
  }

  @Test
  void anImpossibleRowCostsWhatScikitLearnSaysAndACertainOneNothing() {
    assertEquals(
        52 * Math.log(2),
        Report.of(new double[] {1, 0}, new int[] {1}, ABC.subList(0, 2)).logLoss());
    double certain = Report.of(new double[] {1, 0}, new int[] {0}, ABC.subList(0, 2)).logLoss();
    assertEquals(Math.ulp(1.0), certain, 1e-30);
  }

  @Test
  void anEqualProbabilityCountsHalfInRocAuc() {
    // Of the four pairs of a "b" and an "a", 0.8 and 0.5 are above 0.2, 0.8 above 0.5, 0.5 equal.
    Report report =
        Report.of(
            new double[] {0.8, 0.2, 0.5, 0.5, 0.5, 0.5, 0.2, 0.8},
            new int[] {0, 0, 1, 1},
            List.of("a", "b"));
    assertEquals(3.5 / 4, report.rocAuc().orElseThrow());
    assertEquals(3.5 / 4, report.classes().get(0).rocAuc().orElseThrow());
  }

  @Test
  void minusZeroIsZero() {
    Report report = Report.of(new double[] {1, -0.0, 1, 0.0}, new int[] {1, 0}, List.of("a", "b"));
    assertEquals(0.5, report.rocAuc().orElseThrow());
  }

  @Test
  void binsIncludeTheirUpperEnd() {
    Report report =
        Report.of(
            new double[] {0.6, 0.4, 0.6 + 1e-9, 0.4 - 1e-9}, new int[] {0, 1}, ABC.subList(0, 2));
    List<Report.Bin> bins = report.reliability();
    assertEquals(15, bins.size());
    assertEquals(new Report.Bin(8 / 15.0, 9 / 15.0, 1, 0.6, 1), bins.get(8));
    assertEquals(new Report.Bin(9 / 15.0, 10 / 15.0, 1, 0.6 + 1e-9, 0), bins.get(9));
    assertTrue(Double.isNaN(bins.get(0).confidence()));
    assertEquals((0.4 + 0.6) / 2, report.expectedCalibrationError(), 1e-8);
  }

  @Test
  void wholeWeightsAreRepeatedRows() {
    Random random = new Random(7);
    int rows = 200;
    double[] probabilities = probabilities(random, rows, 3);
    int[] labels = random.ints(rows, 0, 3).toArray();
    int[] counts = random.ints(rows, 0, 4).toArray();
    int[] repeated =
        IntStream.range(0, rows)
            .flatMap(i -> IntStream.range(0, counts[i]).map(unused -> i))
            .toArray();
    Report once =
        Report.of(
            probabilities,
            labels,
            Arrays.stream(counts).mapToDouble(count -> count).toArray(),
            ABC);
    Report often =
        Report.of(
            IntStream.range(0, 3 * repeated.length)
                .mapToDouble(i -> probabilities[3 * repeated[i / 3] + i % 3])
                .toArray(),
            Arrays.stream(repeated).map(i -> labels[i]).toArray(),
            ABC);
    assertSame(often, once);
    assertEquals(rows, once.rows());
    assertEquals(repeated.length, once.weight());
  }

  @Test
  void partsAreOneWhole() {
    Random random = new Random(8);
    int rows = 1000;
    double[] probabilities = probabilities(random, rows, 3);
    int[] labels = random.ints(rows, 0, 3).toArray();
    double[] weights = random.doubles(rows, 0, 2).toArray();
    ReportAccumulator parts = new ReportAccumulator(ABC);
    ReportAccumulator unweighted = new ReportAccumulator(ABC);
    for (int from = 0; from < rows; ) {
      int count = Math.min(random.nextInt(40), rows - from);
      // Longer than asked for.
      double[] p = Arrays.copyOfRange(probabilities, from * 3, rows * 3);
      int[] y = Arrays.copyOfRange(labels, from, rows);
      parts.add(p, y, Arrays.copyOfRange(weights, from, rows), count);
      unweighted.add(p, y, count);
      from += count;
    }
    assertSame(Report.of(probabilities, labels, weights, ABC), parts.report());
    Report whole = Report.of(probabilities, labels, ABC);
    assertSame(whole, unweighted.report());
    assertEquals(whole.toText(), unweighted.report().toText());
  }

  @Test
  void withTooManyProbabilitiesThereIsNoRocAucAndTheTextSaysSo() {
    double[] probabilities = {0.7, 0.3, 0.4, 0.6};
    int[] labels = {0, 1};
    ReportAccumulator enough = new ReportAccumulator(List.of("a", "b"), 8);
    ReportAccumulator tooMany = new ReportAccumulator(List.of("a", "b"), 7);
    for (ReportAccumulator each : List.of(enough, tooMany)) {
      each.add(probabilities, labels, 2);
      each.add(probabilities, labels, 2);
    }
    assertEquals(1, enough.report().rocAuc().orElseThrow());
    assertEquals(OptionalDouble.empty(), tooMany.report().rocAuc());
    assertEquals(4, tooMany.report().rows());
    String text = tooMany.report().toText();
    assertTrue(text.contains("ROC-AUC                     not computed"), text);
  }

  @Test
  void rowsAfterARefusedPartAreCountedAsIfItHadNotBeen() {
    ReportAccumulator rows = new ReportAccumulator(ABC);
    rows.add(new double[] {1, 0, 0}, new int[] {0}, 1);
    assertRefused(
        "row 2 has NaN as its probability of class 1, want 0 to 1",
        () -> rows.add(new double[] {1, 0, 0, 1, Double.NaN, 0}, new int[2], 2));
    assertEquals(1, rows.report().rows());
    assertEquals(1, rows.report().weight());
  }

  @Test
  void aMillionRowsAreAddedUpTo12Digits() {
    int rows = 1_000_000;
    double[] probabilities = new double[2 * rows];
    int[] labels = new int[rows];
    double[] weights = new double[rows];
    for (int row = 0; row < rows; row++) {
      probabilities[2 * row] = 0.9;
      probabilities[2 * row + 1] = 0.1;
      labels[row] = row % 10 == 0 ? 1 : 0;
      weights[row] = 0.1;
    }
    Report report = Report.of(probabilities, labels, weights, List.of("a", "b"));
    double expected = -(0.9 * Math.log(0.9) + 0.1 * Math.log(0.1));
    assertEquals(expected, report.logLoss(), 1e-15);
    assertEquals(0.18, report.brier(), 1e-15);
    assertEquals(0, report.expectedCalibrationError(), 1e-15);
    assertEquals(100_000, report.weight(), 1e-10);
    assertEquals(0.5, report.rocAuc().orElseThrow(), 1e-15);
  }

  @Test
  void whatIsWrongIsSaid() {
    double[] two = {1, 0, 0, 0, 1, 0};
    assertRefused(
        "5 probabilities for 2 rows of 3 classes, want 6",
        () -> Report.of(new double[5], new int[2], ABC));
    assertRefused(
        "1 weights for 2 rows, want one for each",
        () -> Report.of(two, new int[2], new double[1], ABC));
    assertRefused("no rows, want at least one", () -> Report.of(new double[0], new int[0], ABC));
    assertRefused(
        "2 rows that all have weight 0, want at least one that counts",
        () -> Report.of(two, new int[2], new double[2], ABC));
    assertRefused(
        "0 class names, want 1 to 46340", () -> Report.of(new double[0], new int[2], List.of()));
    assertRefused(
        "row 1 has label 3, want 0 to 2, a class of these 3",
        () -> Report.of(two, new int[] {2, 3}, ABC));
    assertRefused(
        "row 0 has label -1, want 0 to 2, a class of these 3",
        () -> Report.of(two, new int[] {-1, 3}, ABC));
    for (double weight : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertRefused(
          "row 1 has weight " + weight + ", want a finite one of 0 or more",
          () -> Report.of(two, new int[2], new double[] {1, weight}, ABC));
    }
    ReportAccumulator rows = new ReportAccumulator(ABC);
    assertRefused("3 rows of 2 labels, want 0 to all of them", () -> rows.add(two, new int[2], 3));
    assertRefused(
        "-1 rows of 2 labels, want 0 to all of them", () -> rows.add(two, new int[2], -1));
    assertRefused(
        "6 probabilities for 3 rows of 3 classes, want 9", () -> rows.add(two, new int[3], 3));
    assertRefused(
        "1 weights for 2 rows, want one for each",
        () -> rows.add(two, new int[2], new double[1], 2));
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, 1, 0, row 1 has NaN as its probability of class 0",
    "-0.5, 1, 0.5, row 1 has -0.5 as its probability of class 0",
    "0, 0, 1.5, row 1 has 1.5 as its probability of class 2",
    "Infinity, 0, 0, row 1 has Infinity as its probability of class 0",
    "0.5, 0.25, 0.125, row 1 has probabilities that add up to 0.875",
    "0.5, 0.5, 0.00011, row 1 has probabilities that add up to 1.00011"
  })
  void whatAreNoProbabilitiesIsRefused(double a, double b, double c, String message) {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Report.of(new double[] {1, 0, 0, a, b, c}, new int[2], ABC));
    assertTrue(e.getMessage().startsWith("Report: " + message + ", want "), e.getMessage());
  }

  @Test
  void whatFloat32RoundsIsNotRefused() {
    Report report = Report.of(new double[] {0.5, 0.5, 0.00009}, new int[] {0}, ABC);
    assertEquals(1, report.accuracy());
  }

  @Test
  void theTextIsATable() {
    Report report =
        Report.of(
            new double[] {0.75, 0.25, 0, 0.5, 0.25, 0.25, 0.125, 0.75, 0.125, 0, 0.25, 0.75},
            new int[] {0, 1, 1, 2},
            List.of("setosa", "versi\ncolor", "a name of more than 24 characters"));
    assertEquals(
        """
                                      precision      recall    f1-score     support     roc-auc

                             setosa      0.5000      1.0000      0.6667           1      1.0000
                        versi color      1.0000      0.5000      0.6667           2      0.7500
        a name of more than 24 c...      1.0000      1.0000      1.0000           1      1.0000

                           accuracy                              0.7500           4
                      macro average      0.8333      0.8333      0.7778           4
                   weighted average      0.8750      0.7500      0.7500           4

        rows                        4
        log-loss                    0.5623
        Brier score                 0.3047
        expected calibration error  0.3125
        ROC-AUC                     0.9167

        A row for each class that rows are of, a column for what they are predicted as:
                                     setosa  versi color  a name of more than 24 c...
                             setosa       1            0                            0
                        versi color       1            1                            0
        a name of more than 24 c...       0            0                            1
        """,
        report.toText());
  }

  @Test
  void aConfusionMatrixOfManyClassesIsLeftOut() {
    double[] probabilities = new double[21];
    probabilities[20] = 1;
    List<String> names = IntStream.range(0, 21).mapToObj(Integer::toString).toList();
    String text = Report.of(probabilities, new int[] {20}, names).toText();
    assertTrue(text.endsWith("The confusion matrix of 21 classes is left out.\n"), text);
    assertTrue(text.contains("none, no row is of class 0\n"), text);
  }

  @Test
  void theJsonHasNullsWhereThereIsNoNumber() throws IOException {
    Report report = Report.of(new double[] {0.75, 0.25}, new int[] {0}, List.of("\"a\"", "<b>"));
    assertEquals(-1, report.toJson().indexOf('\n'));
    JsonNode json = new ObjectMapper().readTree(report.toJson());
    assertTrue(json.get("roc_auc").isNull());
    assertEquals("[[1,0],[0,0]]", json.get("confusion").toString());
    assertEquals("[\"\\\"a\\\"\",\"<b>\"]", json.get("classes").toString());
    assertEquals("1", json.get("rows").toString());
    assertEquals(
        "{\"name\":\"<b>\",\"precision\":0,\"recall\":0,\"f1\":0,\"support\":0,\"roc_auc\":null}",
        json.get("per_class").get(1).toString());
    assertTrue(json.get("reliability").get(0).get("accuracy").isNull());
    assertEquals(1, json.get("reliability").get(11).get("accuracy").intValue());
  }

  private static void assertSame(Report expected, Report given) {
    assertEquals(expected.logLoss(), given.logLoss(), 1e-15);
    assertEquals(expected.brier(), given.brier(), 1e-15);
    assertEquals(expected.expectedCalibrationError(), given.expectedCalibrationError(), 1e-15);
    assertEquals(expected.rocAuc().orElseThrow(), given.rocAuc().orElseThrow(), 1e-15);
    assertEquals(expected.accuracy(), given.accuracy(), 1e-15);
    assertEquals(expected.macroF1(), given.macroF1(), 1e-15);
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(expected.confusion()[i], given.confusion()[i], 1e-12);
    }
  }

  private static double[] probabilities(Random random, int rows, int classes) {
    double[] probabilities = new double[rows * classes];
    for (int row = 0; row < rows; row++) {
      double[] powers = random.doubles(classes).map(x -> Math.exp(4 * x)).toArray();
      double sum = Arrays.stream(powers).sum();
      for (int j = 0; j < classes; j++) {
        probabilities[row * classes + j] = powers[j] / sum;
      }
    }
    return probabilities;
  }

  private static void assertRefused(String message, Runnable call) {
    var e = assertThrows(IllegalArgumentException.class, call::run);
    assertEquals("Report: " + message, e.getMessage());
  }
}
