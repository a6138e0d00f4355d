package io.rowwise.cli.report;

import io.rowwise.metric.Report;
import java.util.List;
import java.util.stream.IntStream;

/** The confusion matrix of many classes as a picture, neighbouring classes together if too many. */
final class ConfusionPicture {
  private static final int MOST_LABELS = 60;
  private static final int MOST_CELLS = 120;
  private static final int SIZE = 480;
  private static final int ROOM_FOR_LABELS = 92;
  private static final int ROOM_FOR_TITLES = 20;
  private static final int LONGEST_LABEL = 18;

  private final Markup html;
  private final Report report;
  private final int classes;
  private final int classesOfCell;
  private final int left;
  private final double side;

  private ConfusionPicture(Markup html, Report report) {
    this.html = html;
    this.report = report;
    classes = report.classNames().size();
    classesOfCell = (classes + MOST_CELLS - 1) / MOST_CELLS;
    left = ROOM_FOR_TITLES + (classes <= MOST_LABELS ? ROOM_FOR_LABELS : 0);
    side = (double) SIZE / cells();
  }

  static void write(Markup html, Report report) {
    new ConfusionPicture(html, report).write();
  }

  private int cells() {
    return (classes + classesOfCell - 1) / classesOfCell;
  }

  private void write() {
    int all = left + SIZE;
    html.open(
        "svg",
        "viewBox",
        "0 0 " + (all + 1) + " " + (all + 1),
        "class",
        "chart",
        "role",
        "img",
        "aria-label",
        "Confusion matrix of " + classes + " classes");
    Chart.text(html, left + SIZE / 2.0, 12, "middle", title("Predicted"), "axis-title");
    html.element(
        "text",
        title("Actual"),
        "transform",
        "translate(12 " + (left + SIZE / 2) + ") rotate(-90)",
        "text-anchor",
        "middle",
        "class",
        "axis-title");
    if (classes <= MOST_LABELS) {
      labels();
    }
    Chart.rectangle(html, left, left, SIZE, SIZE, "class", "frame");
    for (int row = 0; row < cells(); row++) {
      for (int column = 0; column < cells(); column++) {
        cell(row, column);
      }
    }
    html.close().line();
  }

  private String title(String axis) {
    if (classesOfCell > 1) {
      return axis + ", " + classesOfCell + " of " + classes + " classes in each cell";
    }
    return classes <= MOST_LABELS ? axis : axis + ", classes 1 to " + classes;
  }

  private void labels() {
    for (int i = 0; i < classes; i++) {
      String label = label(report.classNames().get(i));
      double middle = left + (i + 0.5) * side;
      Chart.text(html, left - 4, middle + 3, "end", label, "small");
      html.element(
          "text",
          label,
          "transform",
          "translate(" + Numbers.pixels(middle + 3) + " " + (left - 4) + ") rotate(-90)",
          "class",
          "small");
    }
  }

  private static String label(String name) {
    return name.codePointCount(0, name.length()) <= LONGEST_LABEL
        ? name
        : name.substring(0, name.offsetByCodePoints(0, LONGEST_LABEL - 1)) + "\u2026";
  }

  /** As strong as the share of the rows of its classes. */
  private void cell(int row, int column) {
    double support = 0;
    double right = 0;
    double wrong = 0;
    List<Integer> columns = classesOf(column);
    for (int actual : classesOf(row)) {
      support += report.classes().get(actual).support();
      for (int predicted : columns) {
        if (actual == predicted) {
          right += report.confusion(actual, predicted);
        } else {
          wrong += report.confusion(actual, predicted);
        }
      }
    }
    if (right + wrong > 0) {
      Chart.rectangle(
          html,
          left + column * side,
          left + row * side,
          side,
          side,
          "style",
          "fill: " + ConfusionMatrix.colour((right + wrong) / support, right >= wrong));
    }
  }

  private List<Integer> classesOf(int cell) {
    int from = cell * classesOfCell;
    return IntStream.range(from, Math.min(from + classesOfCell, classes)).boxed().toList();
  }
}
