package io.rowwise.metric;

/** The fraction of predictions that are right. Thread-safe: it keeps nothing. */
public final class Accuracy {
  private Accuracy() {}

  /**
   * How many of the predicted labels equal the actual ones, divided by how many there are.
   *
   * @param predicted the class that was predicted for each row
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
      if (predicted[i] == actual[i]) {
        equal++;
      }
    }
    return (double) equal / actual.length;
  }
}
