package io.rowwise.spark;

import java.io.Serializable;
import java.util.Locale;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/**
 * Rows that become part of a block, or all of it: what moves between partitions. Plain arrays, so
 * that any serializer takes it.
 */
final class BlockRows implements Serializable {
  private static final long serialVersionUID = 1;

  private final int block;
  private final int first;
  private final int features;
  private final double[] doubles;
  private final float[] floats;
  private final double[] labels;
  private final double[] weights;
  private int count;

  /**
   * @param first the place of the first of them in the block
   * @param capacity how many there may be
   */
  BlockRows(
      int block, int first, int capacity, int features, boolean isFloat32, boolean hasWeights) {
    this.block = block;
    this.first = first;
    this.features = features;
    this.doubles = isFloat32 ? null : new double[capacity * features];
    this.floats = isFloat32 ? new float[capacity * features] : null;
    this.labels = new double[capacity];
    this.weights = hasWeights ? new double[capacity] : null;
  }

  int first() {
    return first;
  }

  int count() {
    return count;
  }

  void add(Row row) {
    Vector vector = (Vector) row.get(0);
    if (vector.size() != features) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "fit: a row has %d features, where it had %d at the first look; cache the data set", vector.size(), features));
    }
    int start = count * features;
    if (vector instanceof SparseVector sparse) {
      int[] indices = sparse.indices();
      double[] values = sparse.values();
      for (int i = 0; i < indices.length; i++) {
        set(start + indices[i], values[i]);
      }
    } else {
      double[] values =
          vector instanceof DenseVector dense ? dense.values() : vector.toDense().values();
      if (doubles != null) {
        System.arraycopy(values, 0, doubles, start, features);
      } else {
        for (int k = 0; k < features; k++) {
          set(start + k, values[k]);
        }
      }
    }
    labels[count] = row.getDouble(1);
    if (weights != null) {
      weights[count] = row.getDouble(2);
    }
    count++;
  }

  private void set(int index, double value) {
    if (doubles != null) {
      doubles[index] = value;
    } else {
      floats[index] = (float) value;
    }
  }

  /** Adds the rows that come next in the block. */
  void add(BlockRows next) {
    if (next.block != block || next.first != first + count) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "fit: rows %d of block %d came where rows %d of block %d were due",
              next.first,
              next.block,
              first + count,
              block));
    }
    if (doubles != null) {
      System.arraycopy(next.doubles, 0, doubles, count * features, next.count * features);
    } else {
      System.arraycopy(next.floats, 0, floats, count * features, next.count * features);
    }
    System.arraycopy(next.labels, 0, labels, count, next.count);
    if (weights != null) {
      System.arraycopy(next.weights, 0, weights, count, next.count);
    }
    count += next.count;
  }

  /** The block that these rows fill; they are not to be changed any more. */
  RowBlock toBlock() {
    return new RowBlock(block, count, features, doubles, floats, labels, weights);
  }
}
