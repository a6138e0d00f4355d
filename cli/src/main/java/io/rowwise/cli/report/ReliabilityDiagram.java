package io.rowwise.cli.report;

import io.rowwise.metric.Report;
import java.util.List;

/** How often rows are predicted right, by how probable their predicted class was said to be. */
final class ReliabilityDiagram {
  private static final double SMALLEST = 2.5;
  private static final double LARGEST = 9;

  /** Below it, confidence is as good as right. */
  private static final double SMALL = 0.01;

  private static final Axis ACROSS = new Axis(0, 1, Chart.LEFT, Chart.RIGHT, false);
  private static final Axis UPWARDS = new Axis(0, 1, Chart.BOTTOM, Chart.TOP, false);

  private ReliabilityDiagram() {}

  static void write(Markup html, Report report) {
    html.open("section").element("h2", finding(report)).line();
    Chart.open(html, "Accuracy by confidence", ACROSS, UPWARDS);
    Chart.titles(
        html, "Confidence: the largest probability", "Accuracy of the rows of that confidence");
    Chart.line(
        html,
        ACROSS.position(0),
        UPWARDS.position(0),
        ACROSS.position(1),
        UPWARDS.position(1),
        "ideal");
    List<Report.Bin> bins = report.reliability().stream().filter(bin -> bin.rows() > 0).toList();
    double most = bins.stream().mapToDouble(Report.Bin::rows).max().orElseThrow();
    for (Report.Bin bin : bins) {
      double x = ACROSS.position(bin.confidence());
      Chart.line(
          html, x, UPWARDS.position(bin.confidence()), x, UPWARDS.position(bin.accuracy()), "gap");
    }
    for (Report.Bin bin : bins) {
      html.open(
          "circle",
          "cx",
          Numbers.pixels(ACROSS.position(bin.confidence())),
          "cy",
          Numbers.pixels(UPWARDS.position(bin.accuracy())),
          "r",
          Numbers.pixels(Math.max(SMALLEST, LARGEST * Math.sqrt(bin.rows() / most))),
          "class",
          "point");
      html.element(
          "title",
          Numbers.rows(bin.rows())
              + " rows, confidence "
              + Numbers.fraction(bin.confidence())
              + ", accuracy "
              + Numbers.fraction(bin.accuracy()));
      html.close();
    }
    html.close().line();
    html.element(
        "p",
        "Each point is a fifteenth of the range of confidence, its area the rows in it. On the "
            + "dashed line, what is said to be right 80 % of the time is right 80 % of the time.",
        "class",
        "note");
    html.close().line();
  }

  private static String finding(Report report) {
    double confidence =
        report.reliability().stream()
                .filter(bin -> bin.rows() > 0)
                .mapToDouble(bin -> bin.rows() * bin.confidence())
                .sum()
            / report.weight();
    double excess = confidence - report.accuracy();
    String finding =
        Math.abs(excess) < SMALL
            ? "Confidence is right on average"
            : excess > 0 ? "Overconfident" : "Underconfident";
    return finding
        + ": "
        + Numbers.percent(confidence)
        + " sure, "
        + Numbers.percent(report.accuracy())
        + " right";
  }
}
