package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.io.Serializable;

/**
 * Consecutive rows on the host, as Spark keeps them: which block of the data set it is does not
 * depend on partitions. Plain arrays, so that any serializer takes it. The arrays are its own and
 * are changed by nobody.
 */
final class RowBlock implements Serializable {
  private static final long serialVersionUID = 1;

  private final int number;
  private final int rows;
  private final int features;
  private final double[] doubles;
  private final float[] floats;
  private final double[] labels;
  private final double[] weights;

  /**
   * @param number which block, counted from 0
   * @param doubles rows x features, row-major; or null, with {@code floats}
   * @param weights of the rows, or null where each counts once
   */
  RowBlock(
      int number,
      int rows,
      int features,
      double[] doubles,
      float[] floats,
      double[] labels,
      double[] weights) {
    this.number = number;
    this.rows = rows;
    this.features = features;
    this.doubles = doubles;
    this.floats = floats;
    this.labels = labels;
    this.weights = weights;
  }

  int number() {
    return number;
  }

  int rows() {
    return rows;
  }

  double value(int row, int feature) {
    int at = row * features + feature;
    return doubles == null ? floats[at] : doubles[at];
  }

  double weight(int row) {
    return weights == null ? 1 : weights[row];
  }

  double totalWeight() {
    double total = 0;
    for (int i = 0; i < rows; i++) {
      total += weight(i);
    }
    return total;
  }

  /** The features as a matrix that the caller owns, standardised if that is asked for. */
  Matrix features(Backend backend, Standardization standardization) {
    if (doubles == null) {
      float[] values = standardization == null ? floats : standardization.apply(floats);
      return backend.matrix(ElementType.FLOAT32, rows, features, values);
    }
    double[] values = standardization == null ? doubles : standardization.apply(doubles);
    return backend.matrix(ElementType.FLOAT64, rows, features, values);
  }

  Matrix labels(Backend backend) {
    return backend.matrix(type(), rows, 1, labels);
  }

  /** The weights as a matrix that the caller owns; null where each row counts once. */
  Matrix weights(Backend backend) {
    return weights == null ? null : backend.matrix(type(), rows, 1, weights);
  }

  private ElementType type() {
    return doubles == null ? ElementType.FLOAT32 : ElementType.FLOAT64;
  }
}
