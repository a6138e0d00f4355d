package io.rowwise.backend.contract;

import io.rowwise.dataset.NpyArray;
import java.util.Arrays;

/**
 * A matrix of true values, and for each how far a result may be from it.
 *
 * @param rows the number of rows
 * @param columns the number of columns
 * @param values row-major
 * @param bounds the largest absolute error of each
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, only carried.
record Expected(int rows, int columns, DoubleDouble[] values, double[] bounds) {
  /** Values that are given, so known without error. */
  static Expected given(int rows, int columns, double[] values) {
    DoubleDouble[] exact =
        Arrays.stream(values).mapToObj(DoubleDouble::of).toArray(DoubleDouble[]::new);
    return new Expected(rows, columns, exact, new double[exact.length]);
  }

  /** A matrix of reference values, known without error. */
  static Expected of(NpyArray matrix) {
    int[] shape = matrix.shape();
    return given(shape[0], shape[1], matrix.doubles());
  }

  /** Room for values still to be computed. */
  static Expected empty(int rows, int columns) {
    return new Expected(
        rows, columns, new DoubleDouble[rows * columns], new double[rows * columns]);
  }

  DoubleDouble value(int row, int column) {
    return values[row * columns + column];
  }

  double bound(int row, int column) {
    return bounds[row * columns + column];
  }

  void set(int row, int column, DoubleDouble value, double bound) {
    values[row * columns + column] = value;
    bounds[row * columns + column] = bound;
  }
}
