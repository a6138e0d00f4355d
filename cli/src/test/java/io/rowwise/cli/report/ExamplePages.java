package io.rowwise.cli.report;

import io.rowwise.metric.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;

/** Pages of classifiers that were never trained: their logits are drawn. */
final class ExamplePages {
  private static final List<String> FEATURES =
      List.of("petal length (cm)", "petal width (cm)", "sepal length (cm)", "sepal width (cm)");

  private ExamplePages() {}

  /** All that a page may have, of three classes. */
  static ReportPage three() {
    return page(
        "Iris, three species by four measurements",
        150,
        List.of("setosa", "versicolor", "virginica"));
  }

  /** More classes than fit into a table. */
  static ReportPage forty() {
    return page(
        "Forty kinds of leaves",
        12_000,
        IntStream.range(0, 40)
            .mapToObj(i -> i % 7 == 3 ? "a leaf of kind " + i : "leaf " + i)
            .toList());
  }

  /** Of classes with these names. */
  static ReportPage page(String title, int rows, List<String> names) {
    Random random = new Random(42);
    int[] labels = random.ints(rows, 0, names.size()).toArray();
    List<CurvePoint> curve = new ArrayList<>();
    for (int i = 0; i <= 60; i++) {
      double objective = 0.04 + 1.06 * Math.exp(-i / 9.0);
      double validation = 0.09 + 1.01 * Math.exp(-i / 8.0) + 0.0007 * i;
      curve.add(new CurvePoint(i, objective, OptionalDouble.of(validation)));
    }
    List<WeightBar> weights = new ArrayList<>();
    for (String name : names) {
      for (String feature : FEATURES) {
        weights.add(new WeightBar(feature, name, 2 * random.nextGaussian()));
      }
    }
    return ReportPage.of(
            title, Report.of(probabilities(random, labels, names.size()), labels, names))
        .summary("Model", "iris.safetensors")
        .summary("Data", "iris.csv")
        .summary("Rows", rows + "")
        .summary("Features", "4")
        .summary("Classes", names.size() + "")
        .summary("When", "2026-11-30 01:40 UTC")
        .parameter("Penalty", "0.01")
        .parameter("Solver", "L-BFGS")
        .parameter("Iterations", "60")
        .parameter("Seed", "42")
        .parameter("Device", "cpu")
        .parameter("Features", "standardised")
        .curve(curve)
        .weights(weights);
  }

  private static double[] probabilities(Random random, int[] labels, int classes) {
    double[] probabilities = new double[labels.length * classes];
    for (int row = 0; row < labels.length; row++) {
      double[] powers = random.doubles(classes).map(x -> Math.exp(3 * x)).toArray();
      powers[labels[row]] *= 60;
      // The next class is like this one, which the matrix is to show.
      powers[(labels[row] + 1) % classes] *= random.nextInt(5) == 0 ? 60 : 1;
      double sum = Arrays.stream(powers).sum();
      for (int j = 0; j < classes; j++) {
        probabilities[row * classes + j] = powers[j] / sum;
      }
    }
    return probabilities;
  }
}
