package io.rowwise.metric;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** A report as a table for people. */
final class ReportText {
  private static final int MOST_CLASSES_OF_CONFUSION = 20;
  private static final int LONGEST_NAME = 24;
  private static final int GAP = 2;
  private static final int CELL_WIDTH = 12;
  private static final String[] AVERAGES = {"accuracy", "macro average", "weighted average"};

  private final Report report;
  private final List<String> names;
  private final int nameWidth;
  private final StringBuilder text = new StringBuilder();

  private ReportText(Report report) {
    this.report = report;
    this.names = report.classNames().stream().map(ReportText::shown).toList();
    this.nameWidth =
        Math.max(AVERAGES[2].length(), names.stream().mapToInt(ReportText::width).max().orElse(0));
  }

  static String of(Report report) {
    ReportText table = new ReportText(report);
    table.classes();
    table.allRows();
    table.confusion();
    return table.text.toString();
  }

  private void classes() {
    line("", "precision", "recall", "f1-score", "support", "roc-auc");
    text.append('\n');
    for (int i = 0; i < names.size(); i++) {
      ClassReport each = report.classes().get(i);
      line(
          names.get(i),
          fraction(each.precision()),
          fraction(each.recall()),
          fraction(each.f1()),
          weight(each.support()),
          each.rocAuc().isPresent() ? fraction(each.rocAuc().orElseThrow()) : "-");
    }
    String total = weight(report.weight());
    text.append('\n');
    line(AVERAGES[0], "", "", fraction(report.accuracy()), total);
    line(
        AVERAGES[1],
        fraction(report.macroPrecision()),
        fraction(report.macroRecall()),
        fraction(report.macroF1()),
        total);
    line(
        AVERAGES[2],
        fraction(report.weightedPrecision()),
        fraction(report.weightedRecall()),
        fraction(report.weightedF1()),
        total);
  }

  private void allRows() {
    text.append('\n');
    OptionalDouble rocAuc = report.rocAuc();
    String area = rocAuc.isPresent() ? fraction(rocAuc.orElseThrow()) : whyNoRocAuc();
    text.append("rows                        ").append(report.rows()).append('\n');
    text.append("log-loss                    ").append(fraction(report.logLoss())).append('\n');
    text.append("Brier score                 ").append(fraction(report.brier())).append('\n');
    text.append("expected calibration error  ")
        .append(fraction(report.expectedCalibrationError()))
        .append('\n');
    text.append("ROC-AUC                     ").append(area).append('\n');
  }

  private String whyNoRocAuc() {
    if (names.size() == 1) {
      return "none, there is one class";
    }
    for (int i = 0; i < names.size(); i++) {
      if (report.classes().get(i).support() == 0) {
        return "none, no row is of class " + names.get(i);
      }
    }
    return "not computed, the probabilities are too many to be kept";
  }

  private void confusion() {
    text.append('\n');
    if (names.size() > MOST_CLASSES_OF_CONFUSION) {
      text.append("The confusion matrix of ")
          .append(names.size())
          .append(" classes is left out.\n");
      return;
    }
    text.append(
        "A row for each class that rows are of, a column for what they are predicted as:\n");
    int[] widths = new int[names.size()];
    for (int predicted = 0; predicted < widths.length; predicted++) {
      widths[predicted] = width(names.get(predicted));
      for (int actual = 0; actual < widths.length; actual++) {
        widths[predicted] =
            Math.max(widths[predicted], weight(report.confusion(actual, predicted)).length());
      }
    }
    text.append(" ".repeat(nameWidth));
    for (int predicted = 0; predicted < widths.length; predicted++) {
      cell(names.get(predicted), widths[predicted] + GAP);
    }
    text.append('\n');
    for (int actual = 0; actual < widths.length; actual++) {
      cell(names.get(actual), nameWidth);
      for (int predicted = 0; predicted < widths.length; predicted++) {
        cell(weight(report.confusion(actual, predicted)), widths[predicted] + GAP);
      }
      text.append('\n');
    }
  }

  private void line(String name, String... cells) {
    cell(name, nameWidth);
    for (String each : cells) {
      cell(each, CELL_WIDTH);
    }
    text.append('\n');
  }

  private void cell(String cell, int width) {
    text.append(" ".repeat(Math.max(0, width - width(cell)))).append(cell);
  }

  private String weight(double weight) {
    return String.format(Locale.ROOT, report.isWeighted() ? "%.2f" : "%.0f", weight);
  }

  private static String fraction(double fraction) {
    return String.format(Locale.ROOT, "%.4f", fraction);
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  /** On one line, and not too long. */
  private static String shown(String name) {
    String plain =
        name.codePoints()
            .map(c -> Character.isISOControl(c) ? ' ' : c)
            .limit(LONGEST_NAME)
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    return width(name) > LONGEST_NAME ? plain + "..." : plain;
  }
}
