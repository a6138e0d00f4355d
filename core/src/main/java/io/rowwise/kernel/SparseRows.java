package io.rowwise.kernel;

import io.rowwise.array.GrowingDoubles;
import io.rowwise.array.GrowingInts;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * Rows of which only the values that are not 0 are kept, in the host's memory: compressed sparse
 * rows.
 *
 * <p>The arrays are not copied; treat them as read-only. Then an instance may be used by many
 * threads.
 */
public final class SparseRows {
  private final int features;
  private final int[] starts;
  private final int[] columns;
  private final double[] values;
  private final int firstRow;
  private final int rows;

  private SparseRows(
      int features, int[] starts, int[] columns, double[] values, int firstRow, int rows) {
    this.features = features;
    this.starts = starts;
    this.columns = columns;
    this.values = values;
    this.firstRow = firstRow;
    this.rows = rows;
  }

  /**
   * Rows by their values.
   *
   * @param features how many columns a row has with its zeros
   * @param starts where the values of each row begin, and at last where those of the last row end
   * @param columns of each value, 0 to {@code features - 1}, ascending within a row
   * @param values as many
   * @throws IllegalArgumentException if these do not fit each other
   */
  public static SparseRows of(int features, int[] starts, int[] columns, double[] values) {
    if (starts.length == 0
        || starts[0] != 0
        || starts[starts.length - 1] != values.length
        || columns.length != values.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "sparse rows: %d columns and %d values, and starts of %d rows that end at %s;"
                  + " wanted as many of each",
              columns.length,
              values.length,
              starts.length - 1,
              starts.length == 0 ? "none" : starts[starts.length - 1]));
    }
    for (int row = 0; row + 1 < starts.length; row++) {
      requireAscending(row, features, starts, columns);
    }
    return new SparseRows(features, starts, columns, values, 0, starts.length - 1);
  }

  private static void requireAscending(int row, int features, int[] starts, int[] columns) {
    if (starts[row] > starts[row + 1] || starts[row + 1] > columns.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "sparse rows: row %d is from %d to %d, wanted ascending starts up to %d",
              row,
              starts[row],
              starts[row + 1],
              columns.length));
    }
    int previous = -1;
    for (int i = starts[row]; i < starts[row + 1]; i++) {
      if (columns[i] <= previous || columns[i] >= features) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "sparse rows: row %d has column %d after %d, wanted ascending ones below %d",
                row,
                columns[i],
                previous,
                features));
      }
      previous = columns[i];
    }
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** How many columns a row has with its zeros. */
  public int columns() {
    return features;
  }

  /** Some consecutive rows, which are not copied. */
  public SparseRows rows(int from, int to) {
    Objects.checkFromToIndex(from, to, rows);
    return new SparseRows(features, starts, columns, values, firstRow + from, to - from);
  }

  /**
   * Whether these are the same rows of the same arrays, which says more than that they are equal.
   */
  public boolean hasRowsOf(SparseRows other) {
    return starts == other.starts
        && columns == other.columns
        && values == other.values
        && firstRow == other.firstRow
        && rows == other.rows;
  }

  /** The columns as rows: a copy. */
  public SparseRows transposed() {
    int first = start(0);
    int[] newStarts = new int[features + 1];
    for (int i = first; i < start(rows); i++) {
      newStarts[columns[i] + 1]++;
    }
    for (int column = 0; column < features; column++) {
      newStarts[column + 1] += newStarts[column];
    }
    int[] next = Arrays.copyOf(newStarts, features);
    int[] rowNumbers = new int[size()];
    double[] sorted = new double[size()];
    for (int row = 0; row < rows; row++) {
      for (int i = start(row); i < start(row + 1); i++) {
        int place = next[columns[i]]++;
        rowNumbers[place] = row;
        sorted[place] = values[i];
      }
    }
    return new SparseRows(rows, newStarts, rowNumbers, sorted, 0, features);
  }

  /** Where the values of a row begin; that of {@link #rows()} is the end of all. */
  public int start(int row) {
    return starts[firstRow + row];
  }

  /** The column of a value, by its place. */
  public int column(int place) {
    return columns[place];
  }

  /** A value, by its place. */
  public double value(int place) {
    return values[place];
  }

  /** How many values are kept. */
  public int size() {
    return start(rows) - start(0);
  }

  /** With all zeros: rows x columns, row-major. */
  public double[] dense() {
    double[] dense = new double[Math.multiplyExact(rows, features)];
    for (int row = 0; row < rows; row++) {
      for (int i = start(row); i < start(row + 1); i++) {
        dense[row * features + columns[i]] = values[i];
      }
    }
    return dense;
  }

  /** Takes values in any order of rows, with ascending columns within each. */
  public static final class Builder {
    private final int rows;
    private final int features;
    private final GrowingInts rowOfValue = new GrowingInts();
    private final GrowingInts columnOfValue = new GrowingInts();
    private final GrowingDoubles values = new GrowingDoubles();

    /** For so many rows and columns. */
    public Builder(int rows, int features) {
      this.rows = rows;
      this.features = features;
    }

    /** Adds a value, unless it is 0. */
    public void add(int row, int column, double value) {
      if (value == 0) {
        return;
      }
      rowOfValue.add(row);
      columnOfValue.add(column);
      values.add(value);
    }

    /** The rows. */
    public SparseRows build() {
      int count = values.size();
      int[] starts = new int[rows + 1];
      for (int i = 0; i < count; i++) {
        starts[rowOfValue.get(i) + 1]++;
      }
      for (int row = 0; row < rows; row++) {
        starts[row + 1] += starts[row];
      }
      int[] next = Arrays.copyOf(starts, rows);
      int[] sortedColumns = new int[count];
      double[] sortedValues = new double[count];
      for (int i = 0; i < count; i++) {
        int place = next[rowOfValue.get(i)]++;
        sortedColumns[place] = columnOfValue.get(i);
        sortedValues[place] = values.get(i);
      }
      return of(features, starts, sortedColumns, sortedValues);
    }
  }

  /** The sizes, for logs. */
  @Override
  public String toString() {
    return "SparseRows[" + rows + "x" + features + ", " + size() + " values]";
  }
}
