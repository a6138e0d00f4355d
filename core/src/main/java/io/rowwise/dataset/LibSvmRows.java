package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import io.rowwise.array.GrowingDoubles;
import io.rowwise.array.GrowingInts;
import io.rowwise.file.Quoted;
import java.util.OptionalInt;

/**
 * Rows of LIBSVM's format while their lines arrive. What is wrong with a line is a
 * NumberFormatException. Not thread-safe.
 */
final class LibSvmRows {
  private final GrowingDoubles labels = new GrowingDoubles();

  /** Where the values of each row begin, and at last where those of the last row end. */
  private final GrowingInts rowStarts = new GrowingInts();

  private final GrowingInts indices = new GrowingInts();
  private final GrowingDoubles values = new GrowingDoubles();
  private int smallest = Integer.MAX_VALUE;
  private int largest = -1;

  /** Whether indices begin at 0 or 1, and how many columns they make. */
  record Layout(int firstIndex, int columnCount) {}

  LibSvmRows() {
    rowStarts.add(0);
  }

  /** Adds a line, which may have no row. */
  void add(String line) {
    int end = line.indexOf('#') < 0 ? line.length() : line.indexOf('#');
    char[] text = line.substring(0, end).toCharArray();
    int from = skipSpace(text, 0);
    if (from == text.length) {
      return;
    }
    int to = skipWord(text, from);
    double label = number(text, from, to, "label");
    int previous = -1;
    for (from = skipSpace(text, to); from < text.length; from = skipSpace(text, to)) {
      to = skipWord(text, from);
      previous = addValue(text, from, to, previous);
    }
    labels.add(label);
    rowStarts.add(values.size());
  }

  private int addValue(char[] text, int from, int to, int previous) {
    int colon = from;
    long index = 0;
    while (colon < to && text[colon] >= '0' && text[colon] <= '9' && index < Integer.MAX_VALUE) {
      index = index * 10 + (text[colon++] - '0');
    }
    if (colon == from || colon == to || text[colon] != ':' || index >= ArrayLength.LARGEST) {
      throw new NumberFormatException(
          quoted(text, from, to) + " is not index:value, with an index of 0 or more");
    }
    if (index <= previous) {
      throw new NumberFormatException(
          "index " + index + " after index " + previous + ", want ascending ones");
    }
    indices.add((int) index);
    values.add(number(text, colon + 1, to, "value"));
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
    return labels.size();
  }

  /** How many values the rows have. */
  int size() {
    return values.size();
  }

  /** Forgets the rows, but not which indices they had. */
  void clear() {
    labels.clear();
    rowStarts.clear();
    rowStarts.add(0);
    indices.clear();
    values.clear();
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
    int[] columns = indices.toArray();
    for (int i = 0; i < columns.length; i++) {
      columns[i] -= layout.firstIndex();
    }
    return new SparseTable(
        layout.columnCount(), rowStarts.toArray(), columns, values.toArray(), labels.toArray());
  }
}
