package io.rowwise.dataset;

import java.util.Arrays;

/** The cells of a column of numbers while they arrive. Not thread-safe. */
final class NumberCells {
  private static final int FIRST_CAPACITY = 16;

  private double[] values = new double[FIRST_CAPACITY];
  private int rows;

  void add(double value) {
    if (rows == values.length) {
      values = Arrays.copyOf(values, larger(rows));
    }
    values[rows++] = value;
  }

  /** The capacity after a given one, which is below that of the largest array. */
  static int larger(int capacity) {
    return (int) Math.min(NpyArray.LARGEST_SIZE, 2L * capacity);
  }

  NumberColumn column(String name) {
    return NumberColumn.of(name, rows == values.length ? values : Arrays.copyOf(values, rows));
  }
}
