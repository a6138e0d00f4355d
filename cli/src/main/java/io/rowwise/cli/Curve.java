package io.rowwise.cli;

import io.rowwise.cli.report.CurvePoint;
import io.rowwise.model.ModelCard;
import io.rowwise.trainer.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The training's curve as a fact of a model's card, {@code 0:1.09861 1:0.83221:0.84012 ...}: of
 * some iterations the objective and, where there is one, the validation loss.
 */
final class Curve {
  /** The fact's name. */
  static final String FACT = "curve";

  private static final int MOST_POINTS = 200;

  private Curve() {}

  /** The first, the last and, at equal distances, as many between as keep the card small. */
  static String of(List<Progress> history) {
    List<String> points = new ArrayList<>();
    int count = Math.min(MOST_POINTS, history.size());
    long last = history.size() - 1L;
    for (int i = 0; i < count; i++) {
      Progress progress = history.get(count == 1 ? 0 : (int) (i * last / (count - 1)));
      String point =
          String.format(Locale.ROOT, "%d:%.6g", progress.iteration(), progress.objective());
      points.add(
          Double.isNaN(progress.validationLoss())
              ? point
              : point + String.format(Locale.ROOT, ":%.6g", progress.validationLoss()));
    }
    return String.join(" ", points);
  }

  /** What a card has of it: nothing, if it has none, or one of another form. */
  static List<CurvePoint> of(ModelCard card) {
    List<CurvePoint> curve = new ArrayList<>();
    String text = card.facts().getOrDefault(FACT, "");
    if (text.isEmpty()) {
      return curve;
    }
    try {
      for (String point : text.split(" ", -1)) {
        String[] numbers = point.split(":", -1);
        curve.add(
            new CurvePoint(
                Integer.parseInt(numbers[0]),
                Double.parseDouble(numbers[1]),
                numbers.length > 2
                    ? OptionalDouble.of(Double.parseDouble(numbers[2]))
                    : OptionalDouble.empty()));
      }
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return List.of();
    }
    return curve;
  }
}
