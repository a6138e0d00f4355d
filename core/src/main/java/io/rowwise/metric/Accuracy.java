package io.rowwise.metric;

import io.rowwise.backend.Matrix;

/** The fraction of predictions that are right. Thread-safe: it keeps nothing. */
public final class Accuracy {
  private Accuracy() {}

  /**
   * How many of the predicted labels equal the actual ones, divided by how many there are.
   *
   * @param predicted the class that was predicted for each row; a negative one is none, and wrong
   * @param actual the class that each row has
   * @return 0 (none is right) to 1 (all are)
   * @throws IllegalArgumentException if the lengths differ or are 0
   */
  public static double of(int[] predicted, int[] actual) {
    if (predicted.length != actual.length) {
      throw new IllegalArgumentException(
          "Accuracy: "
              + predicted.length
              + " predicted labels for "
              + actual.length
              + " actual ones, want as many");
    }
    if (actual.length == 0) {
      throw new IllegalArgumentException("Accuracy: no labels, want at least one");
    }
    int equal = 0;
    for (int i = 0; i < actual.length; i++) {
      if (predicted[i] == actual[i] && predicted[i] >= 0) {
        equal++;
      }
    }
    return (double) equal / actual.length;
  }

  /**
   * In how many rows the largest probability is that of the actual class, divided by how many rows
   * there are; the first of equals is taken. A row with a NaN has no class and counts as wrong.
   * Waits for the device.
   *
   * @param probabilities or logits: a row for each sample, a column for each class
   * @param actual the class that each row has
   * @return 0 (none is right) to 1 (all are)
   * @throws IllegalArgumentException if there are more or fewer rows than labels, or none
   */
  public static double of(Matrix probabilities, int[] actual) {
    if (probabilities.rows() != actual.length) {
      throw new IllegalArgumentException(
          "Accuracy: "
              + probabilities.rows()
              + " rows of probabilities for "
              + actual.length
              + " actual labels, want as many");
    }
    int columns = probabilities.columns();
    double[] values = probabilities.toDoubles();
    int[] predicted = new int[actual.length];
    for (int i = 0; i < predicted.length; i++) {
      predicted[i] = largest(values, i * columns, columns);
    }
    return of(predicted, actual);
  }

  /** Where the largest is, or -1 if there is a NaN or nothing at all. */
  private static int largest(double[] values, int from, int count) {
    int best = -1;
    for (int j = 0; j < count; j++) {
      double value = values[from + j];
      if (Double.isNaN(value)) {
        return -1;
      }
      if (best < 0 || value > values[from + best]) {
        best = j;
      }
    }
    return best;
  }
}
