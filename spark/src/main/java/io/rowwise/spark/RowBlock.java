package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
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
  private final ElementType type;
  private final int features;
  private final RowValues values;
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
  RowBlock(int number, int first, int capacity, RowForm form) {
    this.number = number;
    this.first = first;
    this.type = form.type();
    this.features = form.features();
    this.values = RowValues.of(form, capacity);
    this.labels = new double[capacity];
    this.weights = form.hasWeights() ? new double[capacity] : null;
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

  /** Their features. */
  RowValues values() {
    return values;
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
    values.add(vector);
    labels[rows] = row.getDouble(1);
    if (weights != null) {
      weights[rows] = row.getDouble(2);
    }
    rows++;
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
    values.add(next.values);
    System.arraycopy(next.labels, 0, labels, rows, next.rows);
    if (weights != null) {
      System.arraycopy(next.weights, 0, weights, rows, next.rows);
    }
    rows += next.rows;
  }

  double weight(int row) {
    return weights == null ? 1 : weights[row];
  }

  double totalWeight() {
    return weights == null ? rows : Arrays.stream(weights).sum();
  }

  Matrix labels(Backend backend) {
    return backend.matrix(type, rows, 1, labels);
  }

  /** The weights as a matrix that the caller owns; null where each row counts once. */
  Matrix weights(Backend backend) {
    return weights == null ? null : backend.matrix(type, rows, 1, weights);
  }
}
