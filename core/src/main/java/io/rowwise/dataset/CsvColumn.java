package io.rowwise.dataset;

import io.rowwise.array.GrowingDoubles;

/**
 * A column of a CSV file while its cells arrive: of numbers or of words, or of both as long as it
 * is not known which. Not thread-safe.
 */
final class CsvColumn {
  private final String name;
  private final MissingTexts missing;

  /** Null once the column is known to have words. */
  private GrowingDoubles numbers;

  /** Null once the column is known to have numbers, or their texts are too many to keep. */
  private WordCells words;

  private CsvColumn(String name, MissingTexts missing, GrowingDoubles numbers, WordCells words) {
    this.name = name;
    this.missing = missing;
    this.numbers = numbers;
    this.words = words;
  }

  static CsvColumn ofNumbers(String name, MissingTexts missing) {
    return new CsvColumn(name, missing, new GrowingDoubles(), null);
  }

  static CsvColumn ofWords(String name, MissingTexts missing) {
    return new CsvColumn(name, missing, null, new WordCells());
  }

  /** A column of which it is to be found what it has. */
  static CsvColumn ofEither(String name, MissingTexts missing) {
    return new CsvColumn(name, missing, new GrowingDoubles(), new WordCells());
  }

  String name() {
    return name;
  }

  /**
   * Takes the cell of the next row.
   *
   * @return false if it is not a number, in a column that is known to have numbers; it then counts
   *     as missing
   */
  boolean add(char[] text, int from, int to) {
    if (numbers == null) {
      addWord(text, from, to);
      return true;
    }
    double value = NumberText.parse(text, from, to);
    if (Double.isNaN(value)) {
      if (!missing.contains(text, from, to) && !NumberText.isNaN(text, from, to)) {
        return addOther(text, from, to);
      }
    } else if (missing.haveNumbers() && missing.contains(text, from, to)) {
      value = Double.NaN;
    }
    numbers.add(value);
    if (words != null) {
      addWord(text, from, to);
    }
    return true;
  }

  private boolean addOther(char[] text, int from, int to) {
    if (words == null) {
      numbers.add(Double.NaN);
      return false;
    }
    numbers = null;
    addWord(text, from, to);
    return true;
  }

  private void addWord(char[] text, int from, int to) {
    if (missing.contains(text, from, to)) {
      words.addMissing();
    } else {
      words.add(text, from, to);
    }
  }

  /**
   * Keeps no more texts of a column whose cells were numbers up to here; missing ones have none.
   */
  void forgetTexts() {
    if (numbers != null && words != null && !words.allMissing()) {
      words = null;
    }
  }

  /** Whether the cells up to here show what the column has. */
  boolean isKnown() {
    return numbers == null || words == null || !words.allMissing();
  }

  boolean isWords() {
    return numbers == null;
  }

  Column column() {
    return numbers == null ? words.column(name) : NumberColumn.of(name, numbers.toArray());
  }
}
