package io.rowwise.classifier;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.ElementType;
import java.util.Locale;

/**
 * How to train. With its numbers by name:
 *
 * <pre>{@code
 * TrainingOptions.ofEpochs(16).learningRate(0.01).batchRows(33)
 * }</pre>
 *
 * @param epochs passes over the training data, at least 1
 * @param learningRate what the gradient is multiplied by in each step; finite and not negative.
 *     Rounded to the classifier's type it must be finite, too
 * @param batchRows rows of one mini-batch, at least 1; the last batch of an epoch may be smaller
 */
public record TrainingOptions(int epochs, double learningRate, int batchRows) {
  private static final double DEFAULT_LEARNING_RATE = 0.01;
  private static final int DEFAULT_BATCH_ROWS = 32;

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
    Arguments.requireLearningRate("training options", learningRate, ElementType.FLOAT64);
    if (batchRows < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "a batch has %d rows, wanted at least 1", batchRows));
    }
  }

  /**
   * So many epochs, a learning rate of 0.01 and batches of 32 rows, unless the methods below say
   * otherwise.
   *
   * @throws IllegalArgumentException if there is not at least one
   */
  public static TrainingOptions ofEpochs(int epochs) {
    return new TrainingOptions(epochs, DEFAULT_LEARNING_RATE, DEFAULT_BATCH_ROWS);
  }

  /** The same with another {@link #epochs()}. */
  public TrainingOptions epochs(int newEpochs) {
    return new TrainingOptions(newEpochs, learningRate, batchRows);
  }

  /** The same with another {@link #learningRate()}. */
  public TrainingOptions learningRate(double newLearningRate) {
    return new TrainingOptions(epochs, newLearningRate, batchRows);
  }

  /** The same with another {@link #batchRows()}. */
  public TrainingOptions batchRows(int newBatchRows) {
    return new TrainingOptions(epochs, learningRate, newBatchRows);
  }
}
