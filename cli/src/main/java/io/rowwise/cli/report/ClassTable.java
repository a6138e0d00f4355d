package io.rowwise.cli.report;

import io.rowwise.metric.ClassReport;
import io.rowwise.metric.Report;
import java.util.Comparator;
import java.util.List;

/** A line for each class. */
final class ClassTable {
  private ClassTable() {}

  static void write(Markup html, Report report) {
    html.open("section").element("h2", finding(report.classes())).line();
    html.open("div", "class", "wide").open("table", "class", "classes").line();
    html.open("thead").open("tr").element("th", "Class", "scope", "col");
    for (String column :
        List.of("Precision", "Recall", "F1", "ROC-AUC", report.isWeighted() ? "Weight" : "Rows")) {
      html.element("th", column, "scope", "col", "class", "number");
    }
    html.close().close().line().open("tbody").line();
    for (ClassReport each : report.classes()) {
      row(
          html,
          each.name(),
          each.precision(),
          each.recall(),
          each.f1(),
          each.rocAuc().isPresent() ? Numbers.fraction(each.rocAuc().orElseThrow()) : "\u2013",
          each.support());
    }
    html.close().line().open("tfoot").line();
    row(
        html,
        "Macro average",
        report.macroPrecision(),
        report.macroRecall(),
        report.macroF1(),
        report.rocAuc().isPresent() ? Numbers.fraction(report.rocAuc().orElseThrow()) : "\u2013",
        report.weight());
    row(
        html,
        "Weighted average",
        report.weightedPrecision(),
        report.weightedRecall(),
        report.weightedF1(),
        "",
        report.weight());
    html.close().line().close().close().line().close().line();
  }

  private static String finding(List<ClassReport> classes) {
    ClassReport worst =
        classes.stream()
            .filter(each -> each.support() > 0)
            .min(Comparator.comparingDouble(ClassReport::f1))
            .orElseThrow();
    return worst.f1() == 1
        ? "Every class is told apart without an error"
        : "The hardest class is "
            + worst.name()
            + ", with an F1 of "
            + Numbers.fraction(worst.f1());
  }

  private static void row(
      Markup html,
      String name,
      double precision,
      double recall,
      double f1,
      String rocAuc,
      double rows) {
    html.open("tr").element("th", name, "scope", "row");
    for (String cell :
        List.of(
            Numbers.fraction(precision),
            Numbers.fraction(recall),
            Numbers.fraction(f1),
            rocAuc,
            Numbers.rows(rows))) {
      html.element("td", cell, "class", "number");
    }
    html.close().line();
  }
}
