package io.rowwise.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** The objective by iteration, and the validation loss where there is one. */
final class TrainingCurve {
  /** More cannot be told apart on the chart's width. */
  private static final int MOST_POINTS = 800;

  /** A curve that falls further than this is not to be read on a linear axis. */
  private static final double LARGE_RATIO = 10;

  private TrainingCurve() {}

  static void write(Markup html, List<CurvePoint> curve) {
    List<CurvePoint> objective = finite(curve, CurvePoint::objective);
    List<CurvePoint> validation = finite(curve, TrainingCurve::validationLoss);
    if (objective.isEmpty() && validation.isEmpty()) {
      html.open("section").element("h2", "The objective was never finite").close().line();
      return;
    }
    Axis across = iterations(curve);
    Axis upwards = losses(objective, validation);
    html.open("section").element("h2", finding(objective, validation)).line();
    Chart.open(html, "Objective by iteration", across, upwards);
    Chart.titles(
        html, "Iteration", upwards.isLogarithmic() ? "Objective, logarithmic" : "Objective");
    draw(html, validation, TrainingCurve::validationLoss, across, upwards, "validation");
    draw(html, objective, CurvePoint::objective, across, upwards, "objective");
    html.close().line();
    if (!validation.isEmpty()) {
      html.open("p", "class", "note").element("span", "", "class", "key objective");
      html.text(" objective on the training rows ");
      html.element("span", "", "class", "key validation").text(" loss on the validation rows");
      html.close().line();
    }
    html.close().line();
  }

  private static double validationLoss(CurvePoint point) {
    return point.validationLoss().orElse(Double.NaN);
  }

  private static List<CurvePoint> finite(
      List<CurvePoint> curve, ToDoubleFunction<CurvePoint> value) {
    return curve.stream().filter(point -> Double.isFinite(value.applyAsDouble(point))).toList();
  }

  private static Axis iterations(List<CurvePoint> curve) {
    double first = curve.stream().mapToInt(CurvePoint::iteration).min().orElseThrow();
    double last = curve.stream().mapToInt(CurvePoint::iteration).max().orElseThrow();
    return new Axis(first, Math.max(last, first + 1), Chart.LEFT, Chart.RIGHT, false);
  }

  private static Axis losses(List<CurvePoint> objective, List<CurvePoint> validation) {
    double[] values =
        DoubleStream.concat(
                objective.stream().mapToDouble(CurvePoint::objective),
                validation.stream().mapToDouble(TrainingCurve::validationLoss))
            .toArray();
    double least = DoubleStream.of(values).min().orElseThrow();
    double most = DoubleStream.of(values).max().orElseThrow();
    if (least > 0 && most / least >= LARGE_RATIO) {
      return new Axis(least / 1.1, most * 1.1, Chart.BOTTOM, Chart.TOP, true);
    }
    double room = most > least ? 0.05 * (most - least) : Math.max(1e-3, 0.05 * Math.abs(most));
    double from = least >= 0 ? Math.max(0, least - room) : least - room;
    return new Axis(from, most + room, Chart.BOTTOM, Chart.TOP, false);
  }

  private static void draw(
      Markup html,
      List<CurvePoint> points,
      ToDoubleFunction<CurvePoint> value,
      Axis across,
      Axis upwards,
      String style) {
    StringBuilder path = new StringBuilder();
    for (CurvePoint point : thinned(points)) {
      path.append(path.isEmpty() ? "M" : "L")
          .append(Numbers.pixels(across.position(point.iteration())))
          .append(' ')
          .append(Numbers.pixels(upwards.position(value.applyAsDouble(point))));
    }
    if (points.size() > 1) {
      html.empty("path", "d", path.toString(), "class", "curve " + style);
    } else if (!points.isEmpty()) {
      html.empty(
          "circle",
          "cx",
          Numbers.pixels(across.position(points.get(0).iteration())),
          "cy",
          Numbers.pixels(upwards.position(value.applyAsDouble(points.get(0)))),
          "r",
          "3",
          "class",
          "point " + style);
    }
  }

  /** Every so many, and the last. */
  private static List<CurvePoint> thinned(List<CurvePoint> points) {
    int apart = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
    if (apart <= 1) {
      return points;
    }
    List<CurvePoint> thinned = new ArrayList<>();
    for (int i = 0; i < points.size() - 1; i += apart) {
      thinned.add(points.get(i));
    }
    thinned.add(points.get(points.size() - 1));
    return thinned;
  }

  private static String finding(List<CurvePoint> objective, List<CurvePoint> validation) {
    if (objective.size() < 2) {
      return "The objective by iteration";
    }
    CurvePoint first = objective.get(0);
    CurvePoint last = objective.get(objective.size() - 1);
    String change =
        String.format(
            Locale.ROOT,
            "The objective %s from %s to %s",
            last.objective() <= first.objective() ? "fell" : "rose",
            Numbers.brief(first.objective()),
            Numbers.brief(last.objective()));
    if (validation.isEmpty()) {
      return change
          + String.format(Locale.ROOT, " in %,d iterations", last.iteration() - first.iteration());
    }
    CurvePoint best =
        validation.stream()
            .min(Comparator.comparingDouble(TrainingCurve::validationLoss))
            .orElseThrow();
    return change
        + String.format(
            Locale.ROOT,
            "; validation was best at %s, in iteration %,d",
            Numbers.brief(validationLoss(best)),
            best.iteration());
  }
}
