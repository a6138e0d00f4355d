package io.rowwise.metric;

import io.rowwise.array.ArrayLength;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/** The probabilities of a stream's rows, as long as they are few enough to be kept and sorted. */
final class KeptScores {
  private final int classes;
  private final int most;
  private double[] scores = {};
  private int[] labels = {};
  private double[] weights = {};
  private int rows;
  private boolean isFull;

  /**
   * Keeps nothing yet.
   *
   * @param most how many probabilities are kept; with one more, none is
   */
  KeptScores(int classes, int most) {
    this.classes = classes;
    this.most = most;
  }

  /** Keeps copies. */
  void add(double[] probabilities, int[] newLabels, double[] newWeights, int count) {
    if (isFull || ((long) rows + count) * classes > most) {
      isFull = true;
      scores = new double[0];
      labels = new int[0];
      weights = new double[0];
      return;
    }
    int wanted = rows + count;
    if (wanted > labels.length) {
      int room = Math.min(ArrayLength.grown(labels.length, wanted), most / classes);
      scores = Arrays.copyOf(scores, room * classes);
      labels = Arrays.copyOf(labels, room);
      weights = Arrays.copyOf(weights, room);
    }
    System.arraycopy(probabilities, 0, scores, rows * classes, count * classes);
    System.arraycopy(newLabels, 0, labels, rows, count);
    if (newWeights == null) {
      Arrays.fill(weights, rows, wanted, 1);
    } else {
      System.arraycopy(newWeights, 0, weights, rows, count);
    }
    rows = wanted;
  }

  /** For each class; all are empty if there were too many probabilities to keep. */
  List<OptionalDouble> rocAucs() {
    return isFull
        ? Collections.nCopies(classes, OptionalDouble.empty())
        : RocAuc.ofEachClass(scores, labels, weights, rows, classes);
  }
}
