package io.rowwise.metric;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which classes a row may have, with a promise: of rows like those that it was made of, each set
 * has the true class with at least the probability of the coverage, however wrong the model is.
 * That is split conformal prediction with the score {@code 1 - p[true class]} (A. N. Angelopoulos
 * and S. Bates, A gentle introduction to conformal prediction, 2021, 1.1).
 *
 * <p>The promise is for all rows together, not for each class, and holds for rows that the model
 * was not trained on. It is exact where nothing else was chosen by the held-out rows either;
 * stopping early or a temperature by the same rows bend it a little.
 *
 * <p>A set may be empty, where no class is probable enough, and is all classes where the threshold
 * is infinite: there were too few rows for the coverage.
 *
 * @param coverage above 0 and below 1
 * @param threshold the largest score of a class of a set, infinite for all classes
 */
public record ConformalThreshold(double coverage, double threshold) {
  private static final String COVERAGE_FACT = "conformal_coverage";
  private static final String THRESHOLD_FACT = "conformal_threshold";

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the coverage is out of its range or the threshold NaN
   */
  public ConformalThreshold {
    if (!(coverage > 0 && coverage < 1)) {
      throw new IllegalArgumentException(
          "prediction sets: the coverage is %s, wanted one above 0 and below 1"
              .formatted(coverage));
    }
    if (Double.isNaN(threshold)) {
      throw new IllegalArgumentException("prediction sets: the threshold is NaN, wanted a number");
    }
  }

  /**
   * The threshold of held-out rows: of n scores in order the one at {@code ceil((n + 1) *
   * coverage)}.
   *
   * @param probabilities rows x classes, row-major
   * @param labels the class of each row, at least one row
   * @throws IllegalArgumentException if the sizes do not fit, a label is none of the classes, a
   *     probability of a label is NaN, or the coverage is out of its range
   */
  public static ConformalThreshold of(
      double[] probabilities, int classes, int[] labels, double coverage) {
    if (labels.length == 0
        || classes < 1
        || probabilities.length != (long) labels.length * classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "prediction sets: %d probabilities for %d rows of %d classes, wanted at least one"
                  + " row, and rows * classes",
              probabilities.length,
              labels.length,
              classes));
    }
    double[] scores = new double[labels.length];
    for (int i = 0; i < scores.length; i++) {
      int label = labels[i];
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "prediction sets: the label of row %d is %d, wanted 0 to %d",
                i,
                label,
                classes - 1));
      }
      scores[i] = 1 - probabilities[i * classes + label];
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "prediction sets: the probability of the label of row %d is NaN, wanted a number",
                i));
      }
    }
    Arrays.sort(scores);
    double place = Math.ceil((scores.length + 1) * coverage);
    double threshold = place > scores.length ? Double.POSITIVE_INFINITY : scores[(int) place - 1];
    return new ConformalThreshold(coverage, threshold);
  }

  /**
   * The classes that a row may have, in their order.
   *
   * @param probabilities one of each class
   */
  public int[] classes(double[] probabilities) {
    int[] classes = new int[probabilities.length];
    int count = 0;
    for (int j = 0; j < probabilities.length; j++) {
      if (contains(probabilities[j])) {
        classes[count] = j;
        count++;
      }
    }
    return Arrays.copyOf(classes, count);
  }

  /** Whether a class of some probability is in the set; one of NaN is not. */
  public boolean contains(double probability) {
    return 1 - probability <= threshold;
  }

  /** As facts of a model's card: {@code conformal_coverage}, {@code conformal_threshold}. */
  public Map<String, String> facts() {
    return Map.of(
        COVERAGE_FACT, Double.toString(coverage), THRESHOLD_FACT, Double.toString(threshold));
  }

  /**
   * The one of a model's card, if it has one.
   *
   * @param facts of the card
   * @throws IllegalArgumentException if a fact is no number, or out of its range
   */
  public static Optional<ConformalThreshold> ofFacts(Map<String, String> facts) {
    String coverage = facts.get(COVERAGE_FACT);
    String threshold = facts.get(THRESHOLD_FACT);
    return coverage == null || threshold == null
        ? Optional.empty()
        : Optional.of(
            new ConformalThreshold(Double.parseDouble(coverage), Double.parseDouble(threshold)));
  }
}
