package io.rowwise.classifier;

import java.util.Locale;

/**
 * How to train.
 *
 * @param epochs passes over the training data, at least 1
 * @param learningRate what the gradient is multiplied by in each step; finite and not negative
 * @param batchRows rows of one mini-batch, at least 1; the last batch of an epoch may be smaller
 */
public record TrainingOptions(int epochs, double learningRate, int batchRows) {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public TrainingOptions {
    if (epochs < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "epochs is %d, wanted at least 1", epochs));
    }
    requireLearningRate("training options", learningRate);
    if (batchRows < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "a batch has %d rows, wanted at least 1", batchRows));
    }
  }

  static void requireLearningRate(String operation, double learningRate) {
    if (!(learningRate >= 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "%s: the learning rate is %s, wanted a finite number that is not negative"
              .formatted(operation, learningRate));
    }
  }
}
