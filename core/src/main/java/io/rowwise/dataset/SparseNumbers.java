package io.rowwise.dataset;

import java.util.Arrays;

/** The numbers of a column of which most are 0: those that are not, by their rows. */
final class SparseNumbers {
  /** Takes a row's number. */
  interface Visitor {
    void accept(int row, double value);
  }

  private final int count;
  private final int[] rows;
  private final double[] values;
  private final int from;
  private final int to;

  /**
   * Those at the places {@code from} up to {@code to} of arrays that columns may share.
   *
   * @param count how many rows there are
   * @param rows ascending
   */
  SparseNumbers(int count, int[] rows, double[] values, int from, int to) {
    this.count = count;
    this.rows = rows;
    this.values = values;
    this.from = from;
    this.to = to;
  }

  int rows() {
    return count;
  }

  /** How many are kept. */
  int size() {
    return to - from;
  }

  double value(int row) {
    int place = Arrays.binarySearch(rows, from, to, row);
    return place >= 0 ? values[place] : 0;
  }

  /** Visits what is kept of some rows, ascending. */
  void visit(int fromRow, int toRow, Visitor visitor) {
    int place = Arrays.binarySearch(rows, from, to, fromRow);
    for (int i = place >= 0 ? place : -place - 1; i < to && rows[i] < toRow; i++) {
      visitor.accept(rows[i], values[i]);
    }
  }

  /** Those of chosen rows. */
  SparseNumbers rows(Choice choice) {
    int kept = 0;
    for (int i = from; i < to; i++) {
      kept += choice.starts[rows[i] + 1] - choice.starts[rows[i]];
    }
    // The new row above, the old place below: sorted as one.
    long[] pairs = new long[kept];
    int next = 0;
    for (int i = from; i < to; i++) {
      for (int p = choice.starts[rows[i]]; p < choice.starts[rows[i] + 1]; p++) {
        pairs[next++] = (long) choice.places[p] << Integer.SIZE | i;
      }
    }
    Arrays.sort(pairs);
    int[] chosenRows = new int[kept];
    double[] chosenValues = new double[kept];
    for (int i = 0; i < kept; i++) {
      chosenRows[i] = (int) (pairs[i] >>> Integer.SIZE);
      chosenValues[i] = values[(int) pairs[i]];
    }
    return new SparseNumbers(choice.count, chosenRows, chosenValues, 0, kept);
  }

  /** Chosen rows the other way round: where each row of a table goes, any number of times. */
  static final class Choice {
    private final int count;
    private final int[] starts;
    private final int[] places;

    Choice(int tableRows, int[] indices) {
      this.count = indices.length;
      this.starts = new int[tableRows + 1];
      for (int index : indices) {
        starts[index + 1]++;
      }
      for (int row = 0; row < tableRows; row++) {
        starts[row + 1] += starts[row];
      }
      int[] next = Arrays.copyOf(starts, tableRows);
      this.places = new int[indices.length];
      for (int i = 0; i < indices.length; i++) {
        places[next[indices[i]]++] = i;
      }
    }
  }
}
