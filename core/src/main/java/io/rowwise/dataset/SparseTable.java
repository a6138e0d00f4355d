package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import io.rowwise.kernel.SparseRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A matrix of which only the values that are not 0 are kept, row by row (compressed sparse rows),
 * with a label for each row.
 *
 * <p>The arrays are not copied on the way out; treat them as read-only. Then an instance may be
 * used by many threads.
 */
public final class SparseTable {
  private static final String LABEL = "label";

  private final int columnCount;
  private final int[] rowStarts;
  private final int[] columns;
  private final double[] values;
  private final double[] labels;

  /** Keeps the arrays, which are known to fit each other. */
  SparseTable(int columnCount, int[] rowStarts, int[] columns, double[] values, double[] labels) {
    this.columnCount = columnCount;
    this.rowStarts = rowStarts;
    this.columns = columns;
    this.values = values;
    this.labels = labels;
  }

  /** How many rows there are, at least 1. */
  public int rows() {
    return labels.length;
  }

  /** How many columns there are: one more than the largest that has a value. */
  public int columnCount() {
    return columnCount;
  }

  /**
   * Where the values of each row begin, and at last where those of the last row end: {@link
   * #rows()} + 1 places in {@link #columns()} and {@link #values()}. Not a copy.
   */
  public int[] rowStarts() {
    return rowStarts;
  }

  /** The column of each value, from 0 on, ascending within a row. Not a copy. */
  public int[] columns() {
    return columns;
  }

  /** The values. Not a copy. */
  public double[] values() {
    return values;
  }

  /** The label of each row, as it is written. Not a copy. */
  public double[] labels() {
    return labels;
  }

  /**
   * The matrix with its zeros.
   *
   * @return {@link #rows()} x {@link #columnCount()}, row-major
   * @throws IllegalArgumentException if it is too large for an array
   */
  public double[] dense() {
    long size = (long) rows() * columnCount;
    if (size > ArrayLength.LARGEST) {
      throw new IllegalArgumentException(
          "dense: "
              + rows()
              + " rows of "
              + columnCount
              + " columns are more than a Java array holds, "
              + ArrayLength.LARGEST);
    }
    return SparseRows.of(columnCount, rowStarts, columns, values).dense();
  }

  /**
   * The matrix as a table with columns {@code x0}, {@code x1}, ... and labels {@code label}. Its
   * zeros take no memory, nor do they in training and prediction where most cells are 0.
   */
  public LabelledTable labelledTable() {
    return table().label(LABEL);
  }

  /** The same with the labels as a column {@code label} of numbers. */
  public Table table() {
    return features().with(NumberColumn.of(LABEL, labels));
  }

  private Table features() {
    int[] starts = new int[columnCount + 1];
    for (int column : columns) {
      starts[column + 1]++;
    }
    for (int column = 0; column < columnCount; column++) {
      starts[column + 1] += starts[column];
    }
    int[] next = Arrays.copyOf(starts, columnCount);
    int[] sortedRows = new int[values.length];
    double[] sortedValues = new double[values.length];
    for (int row = 0; row < rows(); row++) {
      for (int i = rowStarts[row]; i < rowStarts[row + 1]; i++) {
        int place = next[columns[i]]++;
        sortedRows[place] = row;
        sortedValues[place] = values[i];
      }
    }
    List<Column> byColumn = new ArrayList<>(columnCount);
    for (int column = 0; column < columnCount; column++) {
      byColumn.add(
          NumberColumn.of(
              "x" + column,
              new SparseNumbers(
                  rows(), sortedRows, sortedValues, starts[column], starts[column + 1])));
    }
    return byColumn.isEmpty() ? Table.ofRows(rows()) : Table.of(byColumn);
  }

  /** The sizes, for logs: {@code SparseTable[32561 rows, 123 columns, 451592 values]}. */
  @Override
  public String toString() {
    return "SparseTable["
        + rows()
        + " rows, "
        + columnCount
        + " columns, "
        + values.length
        + " values]";
  }
}
