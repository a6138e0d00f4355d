package io.rowwise.cli.report;

import io.rowwise.metric.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What {@link HtmlReport} shows. All texts may be any Unicode. Immutable: each setting gives
 * another page.
 *
 * @param title the page's
 * @param report what the numbers are from
 * @param summary what the line below the title says, in order: model, data, features, when
 * @param parameters what the classifier was trained with, in order
 * @param curve the training's; empty if there is none
 * @param weights the classifier's, in any order; empty if they are not to be shown
 */
public record ReportPage(
    String title,
    Report report,
    List<Fact> summary,
    List<Fact> parameters,
    List<CurvePoint> curve,
    List<WeightBar> weights) {
  /**
   * Something with a name.
   *
   * @param name such as {@code learning rate}
   * @param value as it is to be read
   */
  public record Fact(String name, String value) {
    /** Neither is null. */
    public Fact {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(value, "value");
    }
  }

  /** Copies the lists. */
  public ReportPage {
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(report, "report");
    summary = List.copyOf(summary);
    parameters = List.copyOf(parameters);
    curve = List.copyOf(curve);
    weights = List.copyOf(weights);
  }

  /** A page of a report and nothing else. */
  public static ReportPage of(String title, Report report) {
    return new ReportPage(title, report, List.of(), List.of(), List.of(), List.of());
  }

  /** With one more fact in the line below the title, after those before. */
  public ReportPage summary(String name, String value) {
    return new ReportPage(
        title, report, with(summary, new Fact(name, value)), parameters, curve, weights);
  }

  /** With one more parameter, after those before. */
  public ReportPage parameter(String name, String value) {
    return new ReportPage(
        title, report, summary, with(parameters, new Fact(name, value)), curve, weights);
  }

  /** With the training's curve, by increasing iteration. */
  public ReportPage curve(List<CurvePoint> newCurve) {
    return new ReportPage(title, report, summary, parameters, newCurve, weights);
  }

  /** With weights, of which the largest of each class are shown. */
  public ReportPage weights(List<WeightBar> newWeights) {
    return new ReportPage(title, report, summary, parameters, curve, newWeights);
  }

  private static List<Fact> with(List<Fact> facts, Fact more) {
    List<Fact> all = new ArrayList<>(facts);
    all.add(more);
    return all;
  }
}
