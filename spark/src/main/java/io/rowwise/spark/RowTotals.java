package io.rowwise.spark;

import io.rowwise.file.Quoted;
import java.io.Serializable;
import java.util.BitSet;
import java.util.Locale;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/**
 * What one look at the rows of a partition tells, and the first of them that is wrong. Rows have
 * features, label and, if it is asked for, weight, in this order.
 */
final class RowTotals implements Serializable {
  private static final long serialVersionUID = 1;

  /** As many as make 8 GB of parameters with one feature; more are no classes. */
  private static final int MOST_CLASSES = 1 << 24;

  private final int partition;
  private final boolean hasWeights;
  private final String[] columns;
  private final double mostValue;
  private long rows;
  private long values;
  private int features = -1;
  private double[] largest = new double[0];
  private double largestWeight;
  private final BitSet labels = new BitSet();
  private long faultyRow = -1;
  private String fault;

  /**
   * @param columns the names of the rows' columns, for messages
   * @param mostValue the largest absolute value that a feature may have
   */
  RowTotals(int partition, String[] columns, double mostValue) {
    this.partition = partition;
    this.columns = columns;
    this.mostValue = mostValue;
    this.hasWeights = columns.length > 2;
  }

  int partition() {
    return partition;
  }

  long rows() {
    return rows;
  }

  /** How many values the rows' vectors have, without the zeros that sparse ones leave out. */
  long values() {
    return values;
  }

  /** Of the first row; -1 if there is none. */
  int features() {
    return features;
  }

  /** Of each feature, the largest absolute value. */
  double[] largest() {
    return largest;
  }

  double largestWeight() {
    return largestWeight;
  }

  BitSet labels() {
    return labels;
  }

  /** The first wrong row, counted from 0 in the partition; -1 if there is none. */
  long faultyRow() {
    return faultyRow;
  }

  String fault() {
    return fault;
  }

  void add(Row row) {
    if (fault == null) {
      fault = look(row);
      if (fault != null) {
        faultyRow = rows;
      }
    }
    rows++;
  }

  /** Returns what is wrong, or null. */
  private String look(Row row) {
    for (int i = 0; i < columns.length; i++) {
      if (row.isNullAt(i)) {
        return column(i) + " is null";
      }
    }
    double label = row.getDouble(1);
    if (!(label >= 0 && label < MOST_CLASSES) || label != Math.rint(label)) {
      return String.format(
          Locale.ROOT,
          "%s is %s, wanted a whole number from 0 to %d",
          column(1),
          label,
          MOST_CLASSES - 1);
    }
    if (hasWeights) {
      double weight = row.getDouble(2);
      if (!(weight >= 0) || Double.isInfinite(weight)) {
        return column(2) + " is " + weight + ", wanted a finite number of at least 0";
      }
      largestWeight = Math.max(largestWeight, weight);
    } else {
      largestWeight = 1;
    }
    labels.set((int) label);
    return look((Vector) row.get(0));
  }

  private String look(Vector vector) {
    if (features < 0) {
      features = vector.size();
      largest = new double[features];
    } else if (features != vector.size()) {
      return String.format(
          Locale.ROOT,
          "%s has %d features, those before have %d",
          column(0),
          vector.size(),
          features);
    }
    int[] indices = vector instanceof SparseVector sparse ? sparse.indices() : null;
    double[] all = vector instanceof SparseVector sparse ? sparse.values() : vector.toArray();
    values += all.length;
    for (int i = 0; i < all.length; i++) {
      int k = indices == null ? i : indices[i];
      double size = Math.abs(all[i]);
      // A NaN is not smaller either.
      if (!(size <= mostValue)) {
        return String.format(
            Locale.ROOT,
            "%s: feature %d is %s, wanted a finite number of at most %s",
            column(0),
            k,
            all[i],
            mostValue);
      }
      largest[k] = Math.max(largest[k], size);
    }
    return null;
  }

  private String column(int index) {
    return "column " + Quoted.of(columns[index]);
  }
}
