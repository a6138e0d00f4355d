package io.rowwise.classifier;

import java.util.Locale;

/**
 * What one epoch of training came to.
 *
 * @param epoch which one, counted from 0
 * @param crossEntropy the mean of the batches' cross-entropies, each before its update
 * @param validationCrossEntropy the cross-entropy of the validation data after the epoch; NaN where
 *     there was none
 * @param validationAccuracy the accuracy on the validation data after the epoch, from 0 to 1; NaN
 *     where there was none
 */
public record EpochResult(
    int epoch, double crossEntropy, double validationCrossEntropy, double validationAccuracy) {
  /**
   * The notebook's line: {@code epoch: 0 - CE: 1.1524 - CE_v: 1.1952 - acc_v: 0.4487}; without
   * validation data {@code epoch: 0 - CE: 1.1524}.
   */
  @Override
  public String toString() {
    String training = String.format(Locale.ROOT, "epoch: %d - CE: %.4f", epoch, crossEntropy);
    // Of validation data at least the accuracy is a number, whatever has become of the parameters.
    if (Double.isNaN(validationCrossEntropy) && Double.isNaN(validationAccuracy)) {
      return training;
    }
    return String.format(
        Locale.ROOT,
        "%s - CE_v: %.4f - acc_v: %.4f",
        training,
        validationCrossEntropy,
        validationAccuracy);
  }
}
