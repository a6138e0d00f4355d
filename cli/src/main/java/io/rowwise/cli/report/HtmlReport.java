package io.rowwise.cli.report;

import io.rowwise.file.AtomicFile;
import io.rowwise.metric.Report;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A {@link ReportPage} as one HTML file that needs nothing else: no script, no font, no picture
 * from elsewhere. It is well-formed XML too, follows the reader's light or dark, and prints. The
 * same page gives the same bytes, on every machine. Thread-safe: it keeps nothing.
 */
public final class HtmlReport {
  private HtmlReport() {}

  /** The file's text. */
  public static String render(ReportPage page) {
    Markup html = new Markup();
    html.open("html", "lang", "en").line().open("head").line();
    html.empty("meta", "charset", "utf-8").line();
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    html.element("title", page.title()).line().style(sheet()).line().close().line();
    html.open("body").line().open("main").line();
    header(html, page);
    headline(html, page.report());
    ClassTable.write(html, page.report());
    ConfusionMatrix.write(html, page.report());
    html.open("div", "class", "pair").line();
    ReliabilityDiagram.write(html, page.report());
    if (!page.curve().isEmpty()) {
      TrainingCurve.write(html, page.curve());
    }
    html.close().line();
    if (!page.weights().isEmpty()) {
      LargestWeights.write(html, page.weights());
    }
    parameters(html, page.parameters());
    return html.close().line().close().line().close().line().toString();
  }

  /**
   * Writes the file in UTF-8, over what was there.
   *
   * @throws IOException if it cannot be written; then what was there is as it was
   */
  public static void write(ReportPage page, Path file) throws IOException {
    byte[] bytes = render(page).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(bytes));
  }

  private static void header(Markup html, ReportPage page) {
    html.open("header").element("h1", page.title());
    if (!page.summary().isEmpty()) {
      html.open("p", "class", "summary");
      for (ReportPage.Fact fact : page.summary()) {
        html.open("span", "class", "fact").text(fact.name() + " ");
        html.element("b", fact.value()).close().text(" ");
      }
      html.close();
    }
    html.close().line();
  }

  private static void headline(Markup html, Report report) {
    html.open("dl", "class", "headline").line();
    number(html, "Accuracy", Numbers.percent(report.accuracy()), "of rows are right");
    number(html, "Log-loss", Numbers.fraction(report.logLoss()), "nats a row, 0 is best");
    number(html, "Macro F1", Numbers.fraction(report.macroF1()), "classes count alike");
    number(
        html,
        "ROC-AUC",
        report.rocAuc().isPresent() ? Numbers.fraction(report.rocAuc().orElseThrow()) : "\u2013",
        report.rocAuc().isPresent() ? "one against the rest" : "not to be had from these rows");
    number(html, "Brier score", Numbers.fraction(report.brier()), "0 is best, 2 is worst");
    number(
        html,
        "Calibration error",
        Numbers.fraction(report.expectedCalibrationError()),
        "expected, in 15 bins");
    html.close().line();
  }

  private static void number(Markup html, String name, String value, String note) {
    html.open("div").element("dt", name).element("dd", value);
    html.element("dd", note, "class", "note").close().line();
  }

  private static void parameters(Markup html, List<ReportPage.Fact> parameters) {
    if (parameters.isEmpty()) {
      return;
    }
    html.open("section").element("h2", "What it was trained with").line();
    html.open("dl", "class", "card").line();
    for (ReportPage.Fact parameter : parameters) {
      html.open("div").element("dt", parameter.name()).element("dd", parameter.value());
      html.close().line();
    }
    html.close().close().line();
  }

  private static String sheet() {
    try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("report.css is in the same jar, and cannot be read", e);
    }
  }
}
