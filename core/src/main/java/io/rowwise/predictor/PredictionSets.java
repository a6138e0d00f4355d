package io.rowwise.predictor;

import io.rowwise.metric.ConformalThreshold;
import io.rowwise.model.ModelCard;
import java.util.List;

/** The classes that a row may have, by the threshold of a model's card. */
final class PredictionSets {
  private PredictionSets() {}

  /**
   * The threshold for a coverage: that of the card keeps the promise of any lower one, too.
   *
   * @throws IllegalArgumentException if the coverage is out of its range, or more than the card's
   * @throws IllegalStateException if the card has no threshold
   */
  static ConformalThreshold threshold(ModelCard card, double coverage) {
    if (!(coverage > 0 && coverage < 1)) {
      throw new IllegalArgumentException(
          "set: the coverage is " + coverage + ", wanted one above 0 and below 1");
    }
    ConformalThreshold known =
        ConformalThreshold.ofFacts(card.facts())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "set: this model's card has no threshold for prediction sets; train it"
                            + " with rows to validate with and a coverage:"
                            + " SoftmaxTrainer.validation(0.2).coverage("
                            + coverage
                            + ")"));
    if (coverage > known.coverage()) {
      throw new IllegalArgumentException(
          "set: the coverage is "
              + coverage
              + ", this model's card promises up to "
              + known.coverage()
              + "; train it with SoftmaxTrainer.coverage("
              + coverage
              + ")");
    }
    return known;
  }

  /** The most probable first. */
  static List<ClassProbability> of(
      double[] probabilities, ConformalThreshold threshold, List<String> names) {
    return TopClasses.of(probabilities, probabilities.length, names).stream()
        .filter(each -> threshold.contains(each.probability()))
        .toList();
  }
}
