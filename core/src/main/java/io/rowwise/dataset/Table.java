package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Named columns of equal length, as they come from a file: numbers and words, some of them missing.
 *
 * <p>Immutable, so an instance may be used by many threads; columns are shared, not copied, except
 * where rows are chosen.
 */
public final class Table {
  private final Map<String, Column> columns;
  private final int rows;

  private Table(Map<String, Column> columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /**
   * A table of the columns, in their order.
   *
   * @throws IllegalArgumentException if two have the same name, or not all have as many rows
   */
  public static Table of(Column... columns) {
    return of(List.of(columns));
  }

  /**
   * A table of the columns, in their order. Without columns it has no rows.
   *
   * @throws IllegalArgumentException if two have the same name, or not all have as many rows
   */
  public static Table of(List<Column> columns) {
    Map<String, Column> byName = new LinkedHashMap<>();
    for (Column column : columns) {
      requireRows("Table", column, columns.get(0).rows());
      if (byName.putIfAbsent(column.name(), column) != null) {
        throw new IllegalArgumentException(
            "Table: two columns have the name "
                + Quoted.of(column.name())
                + ", want a name of its own for each");
      }
    }
    return new Table(byName, columns.isEmpty() ? 0 : columns.get(0).rows());
  }

  /**
   * The rows of a matrix, as columns {@code x0}, {@code x1}, ... of numbers. The values of float64,
   * float32 and uint8 are not copied.
   *
   * @param array rows x columns
   * @throws IllegalArgumentException if the array has not two dimensions, or holds an integer that
   *     is no double
   */
  public static Table of(NpyArray array) {
    int[] shape = array.shape();
    if (shape.length != 2) {
      throw new IllegalArgumentException(
          "Table: " + array + " has " + shape.length + " dimensions, want rows x columns");
    }
    return ofMatrix(array, shape[0], shape[1]);
  }

  /** A table of an array whose first dimension is the rows, and all the others the columns. */
  static Table ofMatrix(NpyArray array, int rows, int columns) {
    Map<String, Column> byName = new LinkedHashMap<>();
    NumberColumn all = NumberColumn.ofAll("x", array);
    for (int c = 0; c < columns; c++) {
      NumberColumn column = all.every("x" + c, Math.min(c, array.size()), columns);
      byName.put(column.name(), column);
    }
    return new Table(byName, rows);
  }

  /** Without any column. */
  static Table ofRows(int rows) {
    return new Table(Map.of(), rows);
  }

  private static void requireRows(String operation, Column column, int rows) {
    if (column.rows() != rows) {
      throw new IllegalArgumentException(
          operation
              + ": column "
              + Quoted.of(column.name())
              + " has "
              + column.rows()
              + " rows, want "
              + rows
              + " as the others have");
    }
  }

  /** How many rows there are, 0 or more. */
  public int rows() {
    return rows;
  }

  /** The columns, in their order. */
  public List<Column> columns() {
    return List.copyOf(columns.values());
  }

  /** The names of the columns, in their order. */
  public List<String> columnNames() {
    return List.copyOf(columns.keySet());
  }

  /** Whether there is a column of that name. */
  public boolean has(String name) {
    return columns.containsKey(name);
  }

  /**
   * The column of that name.
   *
   * @throws IllegalArgumentException if there is none; the message says which ones there are
   */
  public Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException(
          "Table: " + ColumnNames.unknown("column", name, columns.keySet()));
    }
    return column;
  }

  /**
   * The columns but for those of the given names. The rows stay, even without any column.
   *
   * @throws IllegalArgumentException if there is no such column
   */
  public Table without(String... names) {
    Map<String, Column> left = new LinkedHashMap<>(columns);
    for (String name : names) {
      column(name);
      left.remove(name);
    }
    return new Table(left, rows);
  }

  /**
   * The columns of the given names, in the given order, and no others.
   *
   * @throws IllegalArgumentException if there is no such column, or a name is given twice
   */
  public Table select(List<String> names) {
    Map<String, Column> selected = new LinkedHashMap<>();
    for (String name : names) {
      if (selected.putIfAbsent(name, column(name)) != null) {
        throw new IllegalArgumentException(
            "select: " + Quoted.of(name) + " is given twice, want each name once");
      }
    }
    return new Table(selected, rows);
  }

  /**
   * The table with one more column, at the end, or in the place of the one that has its name.
   *
   * @throws IllegalArgumentException if the column has not as many rows as the table
   */
  public Table with(Column column) {
    if (columns.isEmpty() && rows == 0) {
      return of(column);
    }
    requireRows("with", column, rows);
    Map<String, Column> more = new LinkedHashMap<>(columns);
    more.put(column.name(), column);
    return new Table(more, rows);
  }

  /**
   * The table with columns of zeros at its end for those of the names that it does not have, as
   * LIBSVM's files do not name columns that are 0 in all of their rows.
   */
  public Table withZeros(List<String> names) {
    Map<String, Column> more = new LinkedHashMap<>(columns);
    SparseNumbers zeros = new SparseNumbers(rows, new int[0], new double[0], 0, 0);
    for (String name : names) {
      more.computeIfAbsent(name, absent -> NumberColumn.of(absent, zeros));
    }
    return new Table(more, rows);
  }

  /**
   * The given rows, in the given order; a row may be given more than once. A copy.
   *
   * @param indices each 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public Table rows(int[] indices) {
    for (int index : indices) {
      Objects.checkIndex(index, rows);
    }
    Map<String, Column> chosen = new LinkedHashMap<>();
    SparseNumbers.Choice choice = null;
    for (Column column : columns.values()) {
      if (column instanceof NumberColumn numbers && numbers.sparse() != null) {
        choice = choice == null ? new SparseNumbers.Choice(rows, indices) : choice;
        chosen.put(column.name(), numbers.rows(choice));
      } else {
        chosen.put(column.name(), column.rows(indices));
      }
    }
    return new Table(chosen, indices.length);
  }

  /**
   * The rows from one up to, but without, another. A copy.
   *
   * @param from 0 to {@code to}
   * @param to {@code from} to {@code rows()}
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public Table rows(int from, int to) {
    Objects.checkFromToIndex(from, to, rows);
    int[] indices = new int[to - from];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = from + i;
    }
    return rows(indices);
  }

  /**
   * The table with one of its columns as the labels, which is then no feature.
   *
   * @throws IllegalArgumentException if there is no such column, or a label is missing
   */
  public LabelledTable label(String column) {
    return LabelledTable.of(without(column), column(column));
  }

  /**
   * The table with labels that are kept elsewhere. All of its columns are features.
   *
   * @param labels a label for each row
   * @throws IllegalArgumentException if there are not as many labels as rows, a label is missing,
   *     or the table has a column of the labels' name, which would be a feature that says the class
   */
  public LabelledTable label(Column labels) {
    if (has(labels.name())) {
      throw new IllegalArgumentException(
          "label: the table has a column "
              + Quoted.of(labels.name())
              + " too, as the labels are called; take it out by without(), or name the labels"
              + " otherwise by named()");
    }
    return LabelledTable.of(this, labels);
  }

  /** The sizes, for logs: {@code Table[150 rows, 4 columns of numbers, 1 of words]}. */
  @Override
  public String toString() {
    List<Column> words = new ArrayList<>(columns.values());
    words.removeIf(column -> column instanceof NumberColumn);
    return "Table["
        + rows
        + " rows, "
        + (columns.size() - words.size())
        + " columns of numbers, "
        + words.size()
        + " of words]";
  }
}
