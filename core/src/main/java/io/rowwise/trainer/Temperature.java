package io.rowwise.trainer;

import io.rowwise.model.SoftmaxModel;
import java.util.Locale;

/**
 * The one number by which logits are divided so that the probabilities of rows that were not
 * trained on are as good as they get (C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On
 * calibration of modern neural networks, 2017): the one of the lowest mean cross-entropy. Above 1
 * it makes them more cautious, below 1 bolder; which class is the most probable stays.
 *
 * @param value above 0
 * @param lossBefore the mean cross-entropy of the rows with a temperature of 1
 * @param lossAfter that with this temperature; never higher
 */
public record Temperature(double value, double lossBefore, double lossAfter) {
  /** Where all rows are right, or wrong, the best would be 0, or infinite. */
  private static final double HIGHEST = 100;

  private static final int MOST_STEPS = 200;
  private static final double CLOSE_ENOUGH = 1e-14;

  /**
   * Finds it, between 0.01 and 100.
   *
   * <p>The cross-entropy is convex in {@code b = 1 / temperature}: its derivative is the mean of
   * the logits' expectation less the logit of the row's class, the second one their variance.
   * Newton's steps go to its zero, and halves of what is left where they would leave it.
   *
   * @param logits rows x classes, row-major, finite
   * @param classes how many there are
   * @param labels the class of each row
   * @param weights how much each row counts, not negative and not all 0; null if all count once
   * @throws IllegalArgumentException if there are no rows, the sizes do not fit, a label is none of
   *     the classes, or a logit is not finite
   */
  public static Temperature of(double[] logits, int classes, int[] labels, double[] weights) {
    requireFitting(logits, classes, labels, weights);
    HeldOutRows rows = new HeldOutRows(logits, classes, labels, weights);
    double low = 1 / HIGHEST;
    double high = HIGHEST;
    double inverse = 1;
    for (int i = 0; i < MOST_STEPS && high - low > CLOSE_ENOUGH * high; i++) {
      rows.evaluate(inverse);
      if (rows.slope > 0) {
        high = inverse;
      } else {
        low = inverse;
      }
      double step = rows.slope / rows.curvature;
      double next = inverse - step;
      // Also where it is NaN.
      if (!(next > low && next < high)) {
        next = (low + high) / 2;
      }
      if (Math.abs(next - inverse) <= CLOSE_ENOUGH * inverse) {
        break;
      }
      inverse = next;
    }
    double before = rows.evaluate(1);
    double after = rows.evaluate(inverse);
    return after < before
        ? new Temperature(1 / inverse, before, after)
        : new Temperature(1, before, before);
  }

  private static void requireFitting(double[] logits, int classes, int[] labels, double[] weights) {
    if (labels.length == 0) {
      throw new IllegalArgumentException("temperature: no rows, wanted at least one");
    }
    if (classes < 1 || logits.length != (long) labels.length * classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "temperature: %d logits for %d rows of %d classes, wanted rows * classes",
              logits.length,
              labels.length,
              classes));
    }
    if (weights != null && weights.length != labels.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "temperature: %d weights for %d rows, wanted one for each",
              weights.length,
              labels.length));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "temperature: the label of row %d is %d, wanted 0 to %d",
                i,
                labels[i],
                classes - 1));
      }
    }
    for (int i = 0; i < logits.length; i++) {
      if (!Double.isFinite(logits[i])) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "temperature: logit %d of row %d is %s, wanted a finite number",
                i % classes,
                i / classes,
                logits[i]));
      }
    }
  }

  /**
   * The same model with its weights and bias divided by the temperature, which is then the fact
   * {@code temperature} of its card, multiplied with one that was there.
   */
  public SoftmaxModel applyTo(SoftmaxModel model) {
    double[] weights = model.weights();
    double[] bias = model.bias();
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= value;
    }
    for (int j = 0; j < bias.length; j++) {
      bias[j] /= value;
    }
    String fact = model.card().facts().get("temperature");
    double all = fact == null ? value : Double.parseDouble(fact) * value;
    return SoftmaxModel.of(
        model.type(),
        model.features(),
        model.classes(),
        weights,
        bias,
        model.card().fact("temperature", Double.toString(all)));
  }

  /** The rows' cross-entropy as a function of the inverse of the temperature. */
  private static final class HeldOutRows {
    private final double[] logits;
    private final int classes;
    private final int[] labels;
    private final double[] weights;
    private double slope;
    private double curvature;

    HeldOutRows(double[] logits, int classes, int[] labels, double[] weights) {
      this.logits = logits;
      this.classes = classes;
      this.labels = labels;
      this.weights = weights;
    }

    double evaluate(double inverse) {
      double loss = 0;
      double total = 0;
      slope = 0;
      curvature = 0;
      for (int i = 0; i < labels.length; i++) {
        double weight = weights == null ? 1 : weights[i];
        total += weight;
        loss += weight * add(i, weight, inverse);
      }
      slope /= total;
      curvature /= total;
      return loss / total;
    }

    private double add(int row, double weight, double inverse) {
      int at = row * classes;
      double largest = logits[at];
      for (int j = 1; j < classes; j++) {
        largest = Math.max(largest, logits[at + j]);
      }
      double sum = 0;
      double first = 0;
      double second = 0;
      for (int j = 0; j < classes; j++) {
        double below = logits[at + j] - largest;
        double share = Math.exp(inverse * below);
        sum += share;
        first += share * below;
        second += share * below * below;
      }
      double mean = first / sum;
      double wanted = logits[at + labels[row]] - largest;
      slope += weight * (mean - wanted);
      curvature += weight * Math.max(0, second / sum - mean * mean);
      return Math.log(sum) - inverse * wanted;
    }
  }
}
