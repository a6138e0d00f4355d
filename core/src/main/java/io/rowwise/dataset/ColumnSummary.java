package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.Set;

/**
 * What is known of a column when its rows have been seen, piece by piece: what it takes to encode
 * it. Keeps its different words, and no numbers; for their median they are seen more than once. Not
 * thread-safe.
 */
final class ColumnSummary {
  private final String name;
  private final MissingValues missing;
  private final UnknownWords unknown;

  /** What a column has no need of is null, since a table may have very many. */
  private final DoubleSummaryStatistics numbers;

  private final MedianSearch median;
  private Set<String> words;
  private boolean hasNumbers;
  private boolean isReadAgain;

  ColumnSummary(String name, MissingValues missing, UnknownWords unknown) {
    this.name = name;
    this.missing = missing;
    this.unknown = unknown;
    this.numbers = missing == MissingValues.ERROR ? null : new DoubleSummaryStatistics();
    this.median = missing == MissingValues.MEDIAN ? new MedianSearch() : null;
  }

  /** Adds the next rows. A column may begin with missing numbers and go on with words. */
  void add(Column piece) {
    if (isReadAgain) {
      if (isMedianWanted() && piece instanceof NumberColumn column) {
        addToMedian(column.toDoubles());
      }
      return;
    }
    if (words == null && piece instanceof NumberColumn column) {
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
    if (words == null) {
      words = new HashSet<>();
    }
    for (int row = 0; row < piece.rows(); row++) {
      if (!piece.isMissing(row)) {
        words.add(piece.text(row));
      }
    }
  }

  private void addNumbers(NumberColumn column) {
    double[] values = column.toDoubles();
    for (double value : values) {
      if (!Double.isNaN(value)) {
        numbers.accept(value);
      }
    }
    if (median != null) {
      addToMedian(values);
    }
  }

  private void addToMedian(double[] values) {
    for (double value : values) {
      if (!Double.isNaN(value)) {
        median.add(value);
      }
    }
  }

  /** All rows were added, for the first time or again. */
  void endReading() {
    if (isMedianWanted()) {
      median.endReading();
    }
    isReadAgain = true;
  }

  /** Whether its rows are to be added again, when a reading has ended. */
  boolean isMedianWanted() {
    return median != null && words == null && !median.isFound();
  }

  /**
   * Its rows are to be added again.
   *
   * @param mostParts as many ranges as are to be told apart
   */
  void beginReading(int mostParts) {
    median.beginReading(mostParts);
  }

  private static boolean hasNumbers(NumberColumn column) {
    int row = 0;
    while (row < column.rows() && column.isMissing(row)) {
      row++;
    }
    return row < column.rows();
  }

  ColumnEncoding encoding() {
    return words != null
        ? new ColumnEncoding.Words(name, WordOrder.sorted(words), missing, unknown)
        : new ColumnEncoding.Numbers(name, replacement());
  }

  private double replacement() {
    if (missing == MissingValues.ERROR) {
      return Double.NaN;
    }
    double replacement =
        missing == MissingValues.MEAN ? numbers.getSum() / numbers.getCount() : median.median();
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
}
