package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** Operations on each element, a tile of rows at a time. */
final class ElementWise {
  /** A function of arrays, element by element. */
  interface Unary {
    void apply(double[] x, double[] out, int count);
  }

  /** A function of two arrays, element by element. */
  interface Binary {
    void apply(double[] a, double[] b, double[] out, int count);
  }

  /** A tile of an operand, repeated to the shape of the result where it is smaller. */
  private static final class Operand {
    private final Matrix matrix;
    private final int columns;
    private final double[] values;
    private final double[] column;
    private boolean repeated;

    Operand(Matrix matrix, Matrix out, int tileRows) {
      this.matrix = matrix;
      this.columns = out.columns();
      this.values = new double[tileRows * columns];
      this.column = new double[tileRows];
      if (matrix.rows() == 1 && out.rows() > 1) {
        repeatRow(tileRows);
      }
    }

    private void repeatRow(int tileRows) {
      CpuStorage.loadRows(matrix, 0, 1, values);
      if (matrix.columns() == 1) {
        Arrays.fill(values, values[0]);
      }
      for (int row = 1; row < tileRows; row++) {
        System.arraycopy(values, 0, values, row * columns, columns);
      }
      repeated = true;
    }

    double[] load(int first, int rows) {
      if (repeated) {
        return values;
      }
      if (matrix.columns() == columns) {
        CpuStorage.loadRows(matrix, first, rows, values);
        return values;
      }
      CpuStorage.loadRows(matrix, first, rows, column);
      for (int row = 0; row < rows; row++) {
        Arrays.fill(values, row * columns, (row + 1) * columns, column[row]);
      }
      return values;
    }
  }

  private ElementWise() {}

  static void apply(Unary operation, Matrix x, Matrix out) {
    int tileRows = Tile.rows(out.rows(), out.columns());
    double[] values = new double[tileRows * out.columns()];
    double[] results = new double[values.length];
    for (int first = 0; first < out.rows(); first += tileRows) {
      int rows = Math.min(tileRows, out.rows() - first);
      CpuStorage.loadRows(x, first, rows, values);
      operation.apply(values, results, rows * out.columns());
      CpuStorage.storeRows(results, out, first, rows);
    }
  }

  static void apply(Binary operation, Matrix a, Matrix b, Matrix out) {
    int tileRows = Tile.rows(out.rows(), out.columns());
    Operand left = new Operand(a, out, tileRows);
    Operand right = new Operand(b, out, tileRows);
    double[] results = new double[tileRows * out.columns()];
    for (int first = 0; first < out.rows(); first += tileRows) {
      int rows = Math.min(tileRows, out.rows() - first);
      operation.apply(
          left.load(first, rows), right.load(first, rows), results, rows * out.columns());
      CpuStorage.storeRows(results, out, first, rows);
    }
  }

  static void fill(double value, Matrix out) {
    int tileRows = Tile.rows(out.rows(), out.columns());
    double[] values = new double[tileRows * out.columns()];
    Arrays.fill(values, value);
    for (int first = 0; first < out.rows(); first += tileRows) {
      CpuStorage.storeRows(values, out, first, Math.min(tileRows, out.rows() - first));
    }
  }

  static void copy(double[] x, double[] out, int count) {
    System.arraycopy(x, 0, out, 0, count);
  }

  static void exp(double[] x, double[] out, int count) {
    Exponential.apply(x, new double[count], new double[count], out, count);
  }

  static void log(double[] x, double[] out, int count) {
    Logarithm.apply(x, new double[count], new double[count], out, count);
  }

  static void add(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] + b[i];
    }
  }

  static void subtract(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] - b[i];
    }
  }

  static void multiply(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] * b[i];
    }
  }

  static void divide(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] / b[i];
    }
  }

  static void equal(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] == b[i] ? 1 : 0;
    }
  }

  /** {@code out = a + alpha * b}, rounded once. */
  static Binary addScaled(double alpha) {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = Math.fma(alpha, b[i], a[i]);
      }
    };
  }

  static Unary withScalar(Binary operation, double scalar) {
    double[][] repeated = new double[1][0];
    return (x, out, count) -> {
      if (repeated[0].length < count) {
        repeated[0] = new double[count];
        Arrays.fill(repeated[0], scalar);
      }
      operation.apply(x, repeated[0], out, count);
    };
  }
}
