package io.rowwise.dataset;

import java.util.Arrays;

/**
 * A data set on the host: a row of features for each sample, and the class that the sample belongs
 * to.
 *
 * <p>The arrays are neither copied on the way in nor on the way out; treat them as read-only. Then
 * an instance may be used by many threads.
 */
public final class LabelledData {
  private final double[] x;
  private final int features;
  private final int[] labels;
  private final int classes;

  /** The rows to learn from and the rows to judge by. */
  public record Split(LabelledData train, LabelledData validation) {}

  /**
   * Keeps the given arrays, not copies of them.
   *
   * @param x rows x features, row-major
   * @param features how many values a row of {@code x} has, at least 1
   * @param labels the class of each row, 0 to {@code classes - 1}; there is at least one row
   * @param classes how many classes there are, at least 1; not all of them need to occur
   * @throws IllegalArgumentException if the sizes do not fit each other, or a label is out of range
   */
  public LabelledData(double[] x, int features, int[] labels, int classes) {
    if (features < 1) {
      throw new IllegalArgumentException(
          "LabelledData: " + features + " features, want at least 1");
    }
    if (labels.length == 0) {
      throw new IllegalArgumentException("LabelledData: no labels, want at least one row");
    }
    if (x.length != (long) labels.length * features) {
      throw new IllegalArgumentException(
          "LabelledData: x has "
              + x.length
              + " values, want "
              + labels.length
              + " rows of "
              + features
              + " features, that is "
              + (long) labels.length * features);
    }
    OneHot.checkLabels("LabelledData", labels, classes);
    this.x = x;
    this.features = features;
    this.labels = labels;
    this.classes = classes;
  }

  /** The features: {@link #rows()} x {@link #features()}, row-major. Not a copy. */
  public double[] x() {
    return x;
  }

  /** How many samples there are, at least 1. */
  public int rows() {
    return labels.length;
  }

  /** How many values each row of {@link #x()} has, at least 1. */
  public int features() {
    return features;
  }

  /** The class of each row, 0 to {@link #classes()}{@code - 1}. Not a copy. */
  public int[] labels() {
    return labels;
  }

  /** How many classes there are, at least 1. */
  public int classes() {
    return classes;
  }

  /**
   * The first rows to train on, and all the others to validate with. The order is kept: shuffle
   * before, if it means something. Both parts are copies and know all the classes.
   *
   * @param trainRows how many rows to train on, 1 to {@code rows() - 1}
   * @throws IllegalArgumentException if one of the parts would be empty
   */
  public Split split(int trainRows) {
    if (trainRows < 1 || trainRows >= rows()) {
      throw new IllegalArgumentException(
          "split: "
              + trainRows
              + " training rows of "
              + rows()
              + ", want at least one row to train on and one to validate with");
    }
    return new Split(range(0, trainRows), range(trainRows, rows()));
  }

  private LabelledData range(int from, int to) {
    return new LabelledData(
        Arrays.copyOfRange(x, from * features, to * features),
        features,
        Arrays.copyOfRange(labels, from, to),
        classes);
  }

  /** The sizes, for logs: {@code LabelledData[10100 rows, 5 features, 3 classes]}. */
  @Override
  public String toString() {
    return "LabelledData[" + rows() + " rows, " + features + " features, " + classes + " classes]";
  }
}
