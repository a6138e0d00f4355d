package io.rowwise.spark;

import io.rowwise.array.ArrayLength;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.SparseRows;
import io.rowwise.trainer.Standardization;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;

/**
 * The features of consecutive rows on the host, with their zeros or without. Plain arrays, so that
 * any serializer takes it.
 */
abstract class RowValues implements Serializable {
  private static final long serialVersionUID = 1;

  /** What looks at features one by one. */
  interface Visitor {
    void visit(int feature, double value);
  }

  /** Room for so many rows. */
  static RowValues of(RowForm form, int capacity) {
    return form.isSparse() ? new Sparse(form, capacity) : new Dense(form, capacity);
  }

  /** Adds a row. */
  abstract void add(Vector row);

  /** Adds rows of the same form. */
  abstract void add(RowValues next);

  /** Shows a row's features in ascending order, without those that are left out as zeros. */
  abstract void forEach(int row, Visitor visitor);

  /** With their zeros. */
  static final class Dense extends RowValues {
    private static final long serialVersionUID = 1;

    private final int features;
    private final double[] doubles;
    private final float[] floats;
    private int rows;

    private Dense(RowForm form, int capacity) {
      boolean isFloat32 = form.type() == ElementType.FLOAT32;
      this.features = form.features();
      this.doubles = isFloat32 ? null : new double[capacity * features];
      this.floats = isFloat32 ? new float[capacity * features] : null;
    }

    @Override
    void add(Vector row) {
      int start = rows * features;
      if (row instanceof SparseVector sparse) {
        int[] indices = sparse.indices();
        for (int i = 0; i < indices.length; i++) {
          set(start + indices[i], sparse.values()[i]);
        }
      } else {
        double[] values = row.toArray();
        for (int k = 0; k < features; k++) {
          set(start + k, values[k]);
        }
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

    @Override
    void add(RowValues next) {
      Dense others = (Dense) next;
      Object from = doubles == null ? others.floats : others.doubles;
      Object to = doubles == null ? floats : doubles;
      System.arraycopy(from, 0, to, rows * features, others.rows * features);
      rows += others.rows;
    }

    @Override
    void forEach(int row, Visitor visitor) {
      for (int k = 0; k < features; k++) {
        visitor.visit(k, value(row * features + k));
      }
    }

    private double value(int index) {
      return doubles == null ? floats[index] : doubles[index];
    }

    /**
     * A matrix that the caller owns.
     *
     * @param standardization or null, for the features as they are
     */
    Matrix matrix(Backend backend, Standardization standardization) {
      ElementType type = doubles == null ? ElementType.FLOAT32 : ElementType.FLOAT64;
      if (standardization == null) {
        return doubles == null
            ? backend.matrix(type, rows, features, floats)
            : backend.matrix(type, rows, features, doubles);
      }
      double[] values = new double[rows * features];
      for (int i = 0; i < values.length; i++) {
        values[i] = value(i);
      }
      standardization.apply(values, rows);
      return backend.matrix(type, rows, features, values);
    }
  }

  /** Without their zeros. */
  static final class Sparse extends RowValues {
    private static final long serialVersionUID = 1;

    private final int features;
    private final int[] starts;
    private int[] columns;
    private double[] values;
    private int rows;

    private Sparse(RowForm form, int capacity) {
      this.features = form.features();
      this.starts = new int[capacity + 1];
      this.columns = new int[capacity];
      this.values = new double[columns.length];
    }

    @Override
    void add(Vector row) {
      int end = starts[rows];
      if (row instanceof SparseVector sparse) {
        int[] indices = sparse.indices();
        reserve(indices.length);
        for (int i = 0; i < indices.length; i++) {
          end = put(end, indices[i], sparse.values()[i]);
        }
      } else {
        double[] all = row.toArray();
        reserve(all.length);
        for (int k = 0; k < all.length; k++) {
          end = put(end, k, all[k]);
        }
      }
      rows++;
      starts[rows] = end;
    }

    private int put(int place, int column, double value) {
      columns[place] = column;
      values[place] = value;
      return value == 0 ? place : place + 1;
    }

    private void reserve(int more) {
      long wanted = (long) starts[rows] + more;
      if (wanted > values.length) {
        int length = ArrayLength.grown(values.length, wanted);
        columns = Arrays.copyOf(columns, length);
        values = Arrays.copyOf(values, length);
      }
    }

    @Override
    void add(RowValues next) {
      Sparse others = (Sparse) next;
      int end = starts[rows];
      int more = others.starts[others.rows];
      reserve(more);
      System.arraycopy(others.columns, 0, columns, end, more);
      System.arraycopy(others.values, 0, values, end, more);
      for (int row = 1; row <= others.rows; row++) {
        starts[rows + row] = end + others.starts[row];
      }
      rows += others.rows;
    }

    @Override
    void forEach(int row, Visitor visitor) {
      for (int i = starts[row]; i < starts[row + 1]; i++) {
        visitor.visit(columns[i], values[i]);
      }
    }

    /** A copy. */
    SparseRows rows() {
      int end = starts[rows];
      return SparseRows.of(
          features,
          Arrays.copyOf(starts, rows + 1),
          Arrays.copyOf(columns, end),
          Arrays.copyOf(values, end));
    }
  }
}
