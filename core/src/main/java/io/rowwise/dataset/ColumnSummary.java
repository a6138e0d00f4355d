package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.Set;

/**
 * What is known of a column when its rows have been seen, piece by piece: what it takes to encode
 * it. Keeps its different words, and its numbers only for their median. Not thread-safe.
 */
final class ColumnSummary {
  private final String name;
  private final MissingValues missing;
  private final UnknownWords unknown;
  private final DoubleSummaryStatistics numbers = new DoubleSummaryStatistics();
  private final NumberCells numbersForMedian = new NumberCells();
  private final Set<String> words = new HashSet<>();
  private boolean isWords;
  private boolean hasNumbers;

  ColumnSummary(String name, MissingValues missing, UnknownWords unknown) {
    this.name = name;
    this.missing = missing;
    this.unknown = unknown;
  }

  /** Adds the next rows. A column may begin with missing numbers and go on with words. */
  void add(Column piece) {
    if (!isWords && piece instanceof NumberColumn column) {
      if (missing != MissingValues.ERROR) {
        addNumbers(column);
      }
      hasNumbers |= hasNumbers(column);
      return;
    }
    if (hasNumbers) {
      throw new IllegalArgumentException(
          "TableEncoding: column "
              + Quoted.of(name)
              + " has numbers in the rows before, and words now; want one of both in all rows");
    }
    isWords = true;
    for (int row = 0; row < piece.rows(); row++) {
      if (!piece.isMissing(row)) {
        words.add(piece.text(row));
      }
    }
  }

  private void addNumbers(NumberColumn column) {
    for (double value : column.toDoubles()) {
      if (!Double.isNaN(value)) {
        numbers.accept(value);
        if (missing == MissingValues.MEDIAN) {
          numbersForMedian.add(value);
        }
      }
    }
  }

  private static boolean hasNumbers(NumberColumn column) {
    int row = 0;
    while (row < column.rows() && column.isMissing(row)) {
      row++;
    }
    return row < column.rows();
  }

  ColumnEncoding encoding() {
    return isWords
        ? new ColumnEncoding.Words(name, WordOrder.sorted(words), missing, unknown)
        : new ColumnEncoding.Numbers(name, replacement());
  }

  private double replacement() {
    if (missing == MissingValues.ERROR) {
      return Double.NaN;
    }
    double replacement =
        missing == MissingValues.MEAN ? numbers.getSum() / numbers.getCount() : median();
    if (!Double.isFinite(replacement)) {
      throw new IllegalArgumentException(
          "TableEncoding: the "
              + (missing == MissingValues.MEAN ? "mean" : "median")
              + " of the "
              + numbers.getCount()
              + " numbers of column "
              + Quoted.of(name)
              + " is "
              + replacement
              + ", want a finite one for the missing cells; take the column out");
    }
    return replacement;
  }

  private double median() {
    double[] values = numbersForMedian.column(name).toDoubles();
    if (values.length == 0) {
      return Double.NaN;
    }
    Arrays.sort(values);
    double below = values[(values.length - 1) / 2];
    double above = values[values.length / 2];
    // Halved first, for the sum of two large ones is infinite.
    return below == above ? below : below / 2 + above / 2;
  }
}
