package io.rowwise.spark;

import io.rowwise.backend.ElementType;
import io.rowwise.file.Quoted;
import java.io.Serializable;
import java.util.Locale;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;

/** A model's parameters, as executors get them, and its arithmetic of one row. Immutable. */
final class RowScorer implements Serializable {
  private static final long serialVersionUID = 1;

  private final ElementType type;
  private final int features;
  private final int classes;
  private final double[] weights;
  private final double[] bias;

  /**
   * @param weights features x classes, row-major
   */
  RowScorer(ElementType type, int features, int classes, double[] weights, double[] bias) {
    this.type = type;
    this.features = features;
    this.classes = classes;
    this.weights = weights;
    this.bias = bias;
  }

  ElementType type() {
    return type;
  }

  int features() {
    return features;
  }

  int classes() {
    return classes;
  }

  double[] weights() {
    return weights;
  }

  double[] bias() {
    return bias;
  }

  void requireSize(String column, Vector row) {
    if (row == null) {
      throw new IllegalArgumentException(
          "transform: column " + Quoted.of(column) + " is null in a row, wanted a vector");
    }
    if (row.size() != features) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "transform: column %s has %d features in a row, this model was trained on %d",
              Quoted.of(column),
              row.size(),
              features));
    }
  }

  /** The logits of a row; of a sparse one, only what is there is looked at. */
  double[] logits(Vector row) {
    double[] logits = bias.clone();
    if (row instanceof SparseVector sparse) {
      int[] indices = sparse.indices();
      double[] values = sparse.values();
      for (int i = 0; i < indices.length; i++) {
        add(values[i], indices[i], logits);
      }
    } else {
      double[] values = row.toArray();
      for (int k = 0; k < features; k++) {
        add(values[k], k, logits);
      }
    }
    return logits;
  }

  private void add(double value, int feature, double[] logits) {
    int start = feature * classes;
    for (int j = 0; j < classes; j++) {
      logits[j] += value * weights[start + j];
    }
  }

  /** The softmax of logits. */
  static double[] probabilities(double[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      largest = Math.max(largest, logit);
    }
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int j = 0; j < logits.length; j++) {
      probabilities[j] = Math.exp(logits[j] - largest);
      sum += probabilities[j];
    }
    for (int j = 0; j < logits.length; j++) {
      probabilities[j] /= sum;
    }
    return probabilities;
  }

  /**
   * The class where probability / threshold is largest, the first of equals.
   *
   * @param thresholds of the classes; null for 1 each
   */
  static double prediction(double[] probabilities, double[] thresholds) {
    int best = 0;
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < probabilities.length; j++) {
      double scaled = thresholds == null ? probabilities[j] : probabilities[j] / thresholds[j];
      if (scaled > largest) {
        largest = scaled;
        best = j;
      }
    }
    return best;
  }
}
