package io.rowwise.cli;

import io.rowwise.cli.report.ReportPage;
import io.rowwise.cli.report.WeightBar;
import io.rowwise.metric.Report;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The page of an evaluation: its numbers, and what the model's card says. */
final class EvaluationPage {
  /** One more than are shown, so that the page says that there are more. */
  private static final int WEIGHTS_OF_A_CLASS = 11;

  private static final int DIGITS = 6;

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT);

  private EvaluationPage() {}

  static ReportPage of(Path modelFile, SoftmaxModel model, Path data, Report report) {
    ModelCard card = model.card();
    ReportPage page =
        ReportPage.of(modelFile.getFileName() + " on " + data.getFileName(), report)
            .summary("Model", modelFile.getFileName().toString())
            .summary("Data", data.getFileName().toString())
            .summary("Rows", Long.toString(report.rows()))
            .summary("Features", Integer.toString(model.features()))
            .summary("Classes", Integer.toString(model.classes()))
            .summary("When", MINUTE.format(Instant.now().atOffset(ZoneOffset.UTC)));
    for (var fact : card.facts().entrySet()) {
      if (!fact.getKey().equals(Curve.FACT)) {
        page = page.parameter(capitalized(fact.getKey()), shortened(fact.getValue()));
      }
    }
    page = page.parameter("Type", model.type().toString().toLowerCase(Locale.ROOT));
    if (card.label().isPresent()) {
      page = page.parameter("Label", card.label().get());
    }
    if (card.device().isPresent()) {
      page = page.parameter("Device", card.device().get());
    }
    if (card.version().isPresent()) {
      page = page.parameter("Rowwise", card.version().get());
    }
    return page.curve(Curve.of(card)).weights(largestWeights(model, report.classNames()));
  }

  /** A number with the digits that a reader wants; any other word as it is. */
  private static String shortened(String fact) {
    try {
      BigDecimal number = new BigDecimal(fact);
      return number.precision() <= DIGITS
          ? fact
          : number.round(new MathContext(DIGITS)).stripTrailingZeros().toString();
    } catch (NumberFormatException e) {
      return fact;
    }
  }

  private static String capitalized(String key) {
    String words = key.replace('_', ' ');
    return words.isEmpty() ? words : Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  private static List<WeightBar> largestWeights(SoftmaxModel model, List<String> classNames) {
    List<String> features = model.card().featureNames();
    double[] weights = model.weights();
    int classes = model.classes();
    List<WeightBar> bars = new ArrayList<>();
    for (int j = 0; j < classes; j++) {
      int column = j;
      IntStream.range(0, model.features())
          .boxed()
          .sorted(
              Comparator.comparingDouble((Integer k) -> -Math.abs(weights[k * classes + column])))
          .limit(WEIGHTS_OF_A_CLASS)
          .forEach(
              k ->
                  bars.add(
                      new WeightBar(
                          features.get(k), classNames.get(column), weights[k * classes + column])));
    }
    return bars;
  }
}
