package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Rows of LIBSVM's format while their lines arrive. What is wrong with a line is a
 * NumberFormatException. Not thread-safe.
 */
final class LibSvmRows {
  private static final int FIRST_CAPACITY = 16;

  private double[] labels = new double[FIRST_CAPACITY];
  private int[] rowStarts = new int[FIRST_CAPACITY];
  private int rows;
  private int[] indices = new int[FIRST_CAPACITY];
  private double[] values = new double[FIRST_CAPACITY];
  private int count;
  private int smallest = Integer.MAX_VALUE;
  private int largest = -1;

  /** Whether indices begin at 0 or 1, and how many columns they make. */
  record Layout(int firstIndex, int columnCount) {}

  /** Adds a line, which may have no row. */
  void add(String line) {
    int end = line.indexOf('#') < 0 ? line.length() : line.indexOf('#');
    char[] text = line.substring(0, end).toCharArray();
    int from = skipSpace(text, 0);
    if (from == text.length) {
      return;
    }
    int to = skipWord(text, from);
    if (rows + 1 == rowStarts.length) {
      rowStarts = Arrays.copyOf(rowStarts, NumberCells.larger(rowStarts.length));
      labels = Arrays.copyOf(labels, rowStarts.length);
    }
    labels[rows] = number(text, from, to, "label");
    int previous = -1;
    for (from = skipSpace(text, to); from < text.length; from = skipSpace(text, to)) {
      to = skipWord(text, from);
      previous = addValue(text, from, to, previous);
    }
    rowStarts[++rows] = count;
  }

  private int addValue(char[] text, int from, int to, int previous) {
    int colon = from;
    long index = 0;
    while (colon < to && text[colon] >= '0' && text[colon] <= '9' && index < Integer.MAX_VALUE) {
      index = index * 10 + (text[colon++] - '0');
    }
    if (colon == from || colon == to || text[colon] != ':' || index >= NpyArray.LARGEST_SIZE) {
      throw new NumberFormatException(
          quoted(text, from, to) + " is not index:value, with an index of 0 or more");
    }
    if (index <= previous) {
      throw new NumberFormatException(
          "index " + index + " after index " + previous + ", want ascending ones");
    }
    if (count == indices.length) {
      indices = Arrays.copyOf(indices, NumberCells.larger(count));
      values = Arrays.copyOf(values, indices.length);
    }
    indices[count] = (int) index;
    values[count++] = number(text, colon + 1, to, "value");
    smallest = Math.min(smallest, (int) index);
    largest = Math.max(largest, (int) index);
    return (int) index;
  }

  private static double number(char[] text, int from, int to, String what) {
    double value = NumberText.parse(text, from, to);
    if (Double.isNaN(value)) {
      throw new NumberFormatException(
          "the " + what + " " + quoted(text, from, to) + " is not a number");
    }
    return value;
  }

  private static String quoted(char[] text, int from, int to) {
    return Quoted.of(new String(text, from, to - from));
  }

  private static int skipSpace(char[] text, int from) {
    int at = from;
    while (at < text.length && text[at] <= ' ') {
      at++;
    }
    return at;
  }

  private static int skipWord(char[] text, int from) {
    int at = from;
    while (at < text.length && text[at] > ' ') {
      at++;
    }
    return at;
  }

  int rows() {
    return rows;
  }

  /** How many values the rows have. */
  int size() {
    return count;
  }

  /** Forgets the rows, but not which indices they had. */
  void clear() {
    rows = 0;
    count = 0;
  }

  /**
   * What the indices of all rows make of them.
   *
   * @param firstIndex if it is known
   */
  Layout layout(OptionalInt firstIndex) throws LibSvmFormatException {
    int first = firstIndex.orElse(smallest == 0 ? 0 : 1);
    if (smallest < first) {
      throw new LibSvmFormatException(": has the index 0, and indices were said to begin at 1");
    }
    return new Layout(first, Math.max(0, largest - first + 1));
  }

  /** Whether all rows that were ever added are of a layout. */
  boolean fits(Layout layout) {
    return smallest >= layout.firstIndex && largest < layout.columnCount + layout.firstIndex;
  }

  /** The rows, a copy. */
  SparseTable table(Layout layout) {
    int[] columns = Arrays.copyOf(indices, count);
    for (int i = 0; i < count; i++) {
      columns[i] -= layout.firstIndex();
    }
    return new SparseTable(
        layout.columnCount(),
        Arrays.copyOf(rowStarts, rows + 1),
        columns,
        Arrays.copyOf(values, count),
        Arrays.copyOf(labels, rows));
  }
}
