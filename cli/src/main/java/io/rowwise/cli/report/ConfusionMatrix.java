package io.rowwise.cli.report;

import io.rowwise.metric.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The confusion matrix in colours: a table with the numbers for few classes, a picture and a list
 * of what is confused most for many. A cell is as strong as the square root of its share of the
 * rows of its class, so that rare errors are seen.
 */
final class ConfusionMatrix {
  private static final int MOST_CLASSES_OF_TABLE = 20;
  private static final int PAIRS = 20;

  /** Above it a text is read better in the page's own colour. */
  private static final double STRONG = 0.78;

  /** Rows of one class that are predicted as another. */
  private record Pair(String actual, String predicted, double rows, double share) {}

  private ConfusionMatrix() {}

  static void write(Markup html, Report report) {
    List<Pair> pairs = pairs(report);
    html.open("section").element("h2", finding(report, pairs)).line();
    if (report.classNames().size() <= MOST_CLASSES_OF_TABLE) {
      table(html, report);
    } else {
      html.open("div", "class", "picture-and-list").line();
      ConfusionPicture.write(html, report);
      list(html, pairs.subList(0, Math.min(PAIRS, pairs.size())));
      html.close().line();
    }
    html.close().line();
  }

  private static List<Pair> pairs(Report report) {
    List<String> names = report.classNames();
    List<Pair> pairs = new ArrayList<>();
    for (int actual = 0; actual < names.size(); actual++) {
      double support = report.classes().get(actual).support();
      for (int predicted = 0; predicted < names.size(); predicted++) {
        double rows = report.confusion(actual, predicted);
        if (actual != predicted && rows > 0) {
          pairs.add(new Pair(names.get(actual), names.get(predicted), rows, rows / support));
        }
      }
    }
    pairs.sort(Comparator.comparingDouble(Pair::rows).thenComparingDouble(Pair::share).reversed());
    return pairs;
  }

  private static String finding(Report report, List<Pair> pairs) {
    String all = Numbers.rows(report.weight()) + (report.isWeighted() ? " weighted rows" : " rows");
    if (pairs.isEmpty()) {
      return "None of " + all + " is misclassified";
    }
    Pair most = pairs.get(0);
    double wrong = pairs.stream().mapToDouble(Pair::rows).sum();
    return Numbers.rows(wrong)
        + " of "
        + all
        + " are misclassified, most often "
        + most.actual()
        + " as "
        + most.predicted()
        + " ("
        + Numbers.rows(most.rows())
        + ")";
  }

  private static void table(Markup html, Report report) {
    List<String> names = report.classNames();
    html.open("div", "class", "wide").open("table", "class", "confusion").line();
    html.open("thead").open("tr").element("td", "");
    html.element("th", "Predicted", "scope", "colgroup", "colspan", Integer.toString(names.size()));
    html.close().open("tr").element("th", "Actual", "scope", "col", "class", "corner");
    for (String name : names) {
      html.element("th", name, "scope", "col", "title", name);
    }
    html.close().close().line().open("tbody").line();
    for (int actual = 0; actual < names.size(); actual++) {
      html.open("tr").element("th", names.get(actual), "scope", "row", "title", names.get(actual));
      for (int predicted = 0; predicted < names.size(); predicted++) {
        cell(
            html,
            report.confusion(actual, predicted),
            report.classes().get(actual).support(),
            actual == predicted);
      }
      html.close().line();
    }
    html.close().line().close().close().line();
  }

  private static void cell(Markup html, double rows, double support, boolean isRight) {
    if (rows == 0) {
      html.element("td", "0", "class", "none");
      return;
    }
    double share = rows / support;
    html.element(
        "td",
        Numbers.rows(rows),
        "class",
        strength(share) > STRONG ? "strong" : "weak",
        "style",
        "background-color: " + colour(share, isRight));
  }

  private static double strength(double share) {
    return 0.08 + 0.92 * Math.sqrt(share);
  }

  /** Of the style sheet's two. */
  static String colour(double share, boolean isRight) {
    return String.format(
        Locale.ROOT, "rgb(var(--%s) / %.3f)", isRight ? "right" : "wrong", strength(share));
  }

  private static void list(Markup html, List<Pair> pairs) {
    html.open("table", "class", "pairs").line().open("thead").open("tr");
    html.element("th", "Actual", "scope", "col").element("th", "Predicted", "scope", "col");
    html.element("th", "Rows", "scope", "col", "class", "number");
    html.element("th", "Of its class", "scope", "col", "class", "number");
    html.close().close().line().open("tbody").line();
    for (Pair pair : pairs) {
      html.open("tr").element("td", pair.actual()).element("td", pair.predicted());
      html.element("td", Numbers.rows(pair.rows()), "class", "number");
      html.element("td", Numbers.percent(pair.share()), "class", "number").close().line();
    }
    html.close().line().close().line();
  }
}
