package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.trainer.Standardization;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/**
 * Consecutive rows on the host, as Spark keeps them: a block, or the part of one that a partition
 * has. Which rows make a block does not depend on partitions. Plain arrays, so that any serializer
 * takes it. Changed by nobody after it was filled.
 */
final class RowBlock implements Serializable {
  private static final long serialVersionUID = 1;

  private final int number;
  private final int first;
  private final int features;
  private final double[] doubles;
  private final float[] floats;
  private final double[] labels;
  private final double[] weights;
  private int rows;

  /**
   * Without rows yet.
   *
   * @param number which block, counted from 0
   * @param first the place in the block of the first row that is added
   * @param capacity how many are to be added
   */
  RowBlock(
      int number, int first, int capacity, int features, boolean isFloat32, boolean hasWeights) {
    this.number = number;
    this.first = first;
    this.features = features;
    this.doubles = isFloat32 ? null : new double[capacity * features];
    this.floats = isFloat32 ? new float[capacity * features] : null;
    this.labels = new double[capacity];
    this.weights = hasWeights ? new double[capacity] : null;
  }

  int number() {
    return number;
  }

  int first() {
    return first;
  }

  int rows() {
    return rows;
  }

  /** Adds a row of features, label and, where there are some, weight. */
  void add(Row row) {
    Vector vector = (Vector) row.get(0);
    if (vector.size() != features) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "fit: a row has %d features, where it had %d at the first look; cache the data set",
              vector.size(),
              features));
    }
    int start = rows * features;
    if (vector instanceof SparseVector sparse) {
      int[] indices = sparse.indices();
      for (int i = 0; i < indices.length; i++) {
        set(start + indices[i], sparse.values()[i]);
      }
    } else {
      double[] values = vector.toArray();
      for (int k = 0; k < features; k++) {
        set(start + k, values[k]);
      }
    }
    labels[rows] = row.getDouble(1);
    if (weights != null) {
      weights[rows] = row.getDouble(2);
    }
    rows++;
  }

  private void set(int index, double value) {
    if (doubles != null) {
      doubles[index] = value;
    } else {
      floats[index] = (float) value;
    }
  }

  /** Adds the rows that come next in the block. */
  void add(RowBlock next) {
    if (next.number != number || next.first != first + rows) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "fit: rows from %d of block %d came where rows from %d of block %d were due",
              next.first,
              next.number,
              first + rows,
              number));
    }
    Object own = doubles == null ? floats : doubles;
    Object others = doubles == null ? next.floats : next.doubles;
    System.arraycopy(others, 0, own, rows * features, next.rows * features);
    System.arraycopy(next.labels, 0, labels, rows, next.rows);
    if (weights != null) {
      System.arraycopy(next.weights, 0, weights, rows, next.rows);
    }
    rows += next.rows;
  }

  double value(int row, int feature) {
    int at = row * features + feature;
    return doubles == null ? floats[at] : doubles[at];
  }

  double weight(int row) {
    return weights == null ? 1 : weights[row];
  }

  double totalWeight() {
    return weights == null ? rows : Arrays.stream(weights).sum();
  }

  /**
   * The features as a matrix that the caller owns.
   *
   * @param standardization or null, for the features as they are
   */
  Matrix features(Backend backend, Standardization standardization) {
    if (standardization == null) {
      return doubles == null
          ? backend.matrix(type(), rows, features, floats)
          : backend.matrix(type(), rows, features, doubles);
    }
    double[] values = new double[rows * features];
    for (int i = 0; i < values.length; i++) {
      values[i] = doubles == null ? floats[i] : doubles[i];
    }
    standardization.apply(values, rows);
    return backend.matrix(type(), rows, features, values);
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
