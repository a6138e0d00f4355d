package io.rowwise.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The weight of the rows of each class that are predicted as each class. Immutable. */
final class Confusion {
  private final int classes;

  /** A row for each class that rows are of, a column for each that they are predicted as. */
  private final double[] cells;

  private final double[] actual;
  private final double[] predicted;

  /** Takes the cells over. */
  Confusion(int classes, double[] cells) {
    this.classes = classes;
    this.cells = cells;
    CompensatedSums sumsOfRows = new CompensatedSums(classes);
    CompensatedSums sumsOfColumns = new CompensatedSums(classes);
    for (int row = 0; row < classes; row++) {
      for (int column = 0; column < classes; column++) {
        sumsOfRows.add(row, cell(row, column));
        sumsOfColumns.add(column, cell(row, column));
      }
    }
    actual = sumsOfRows.toArray();
    predicted = sumsOfColumns.toArray();
  }

  double cell(int row, int column) {
    return cells[row * classes + column];
  }

  double[][] toArray() {
    double[][] rows = new double[classes][classes];
    for (int row = 0; row < classes; row++) {
      System.arraycopy(cells, row * classes, rows[row], 0, classes);
    }
    return rows;
  }

  double total() {
    return CompensatedSums.of(actual);
  }

  double accuracy() {
    return CompensatedSums.of(IntStream.range(0, classes).mapToDouble(i -> cell(i, i)).toArray())
        / total();
  }

  List<ClassReport> classReports(List<String> names, List<OptionalDouble> rocAucs) {
    List<ClassReport> reports = new ArrayList<>(classes);
    for (int i = 0; i < classes; i++) {
      reports.add(
          new ClassReport(
              names.get(i),
              orZero(cell(i, i), predicted[i]),
              orZero(cell(i, i), actual[i]),
              orZero(2 * cell(i, i), predicted[i] + actual[i]),
              actual[i],
              rocAucs.get(i)));
    }
    return List.copyOf(reports);
  }

  private static double orZero(double numerator, double denominator) {
    return denominator == 0 ? 0 : numerator / denominator;
  }

  /** Over the classes that rows are of or are predicted as: scikit-learn leaves out the others. */
  double macro(List<ClassReport> reports, ToDoubleFunction<ClassReport> number) {
    return CompensatedSums.of(
            IntStream.range(0, classes)
                .filter(i -> actual[i] + predicted[i] > 0)
                .mapToDouble(i -> number.applyAsDouble(reports.get(i)))
                .toArray())
        / IntStream.range(0, classes).filter(i -> actual[i] + predicted[i] > 0).count();
  }

  /** Over all classes, each as much as its support. */
  double weighted(List<ClassReport> reports, ToDoubleFunction<ClassReport> number) {
    return CompensatedSums.of(
            reports.stream()
                .mapToDouble(each -> number.applyAsDouble(each) * each.support())
                .toArray())
        / total();
  }
}
