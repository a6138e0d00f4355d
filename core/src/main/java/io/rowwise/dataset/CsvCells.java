package io.rowwise.dataset;

import de.siegmar.fastcsv.reader.CsvCallbackHandler;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import de.siegmar.fastcsv.reader.RecordType;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Takes the cells that FastCSV finds, before they are Strings. Each record is this object again,
 * which then says what the record was. Not thread-safe.
 */
final class CsvCells extends CsvCallbackHandler<CsvCells> {
  private final List<String> texts = new ArrayList<>();

  /** Where cells go; null while their texts are wanted. */
  private CsvColumn[] columns;

  private RecordType recordType = RecordType.DATA;
  private long line = 1;
  private int cells;
  private final List<Rejected> rejected = new ArrayList<>();

  /** A cell that is not a number, in a column that is known to have numbers. */
  record Rejected(int column, String text) {}

  /** The records of a text, without empty lines. */
  Iterator<CsvCells> records(Reader text, char separator, char quote) {
    return de.siegmar.fastcsv.reader.CsvReader.builder()
        .fieldSeparator(separator)
        .quoteCharacter(quote)
        .allowUnclosedQuote(false)
        // Whether the cells are too many or too few is checked with the header at hand.
        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
        .build(this, text)
        .iterator();
  }

  /** From the next record on cells go into these columns. */
  void into(List<CsvColumn> newColumns) {
    columns = newColumns.toArray(CsvColumn[]::new);
  }

  /** The texts of the last record, if there were no columns yet. */
  List<String> texts() {
    return List.copyOf(texts);
  }

  /** Where the last record starts, counted from 1. */
  long line() {
    return line;
  }

  /** How many cells the last record has. */
  int cells() {
    return cells;
  }

  /** The last record's cells that are not the numbers they should be. */
  List<Rejected> rejected() {
    return rejected;
  }

  @Override
  protected void beginRecord(long startingLine) {
    line = startingLine;
    cells = 0;
    recordType = RecordType.DATA;
    if (!rejected.isEmpty()) {
      rejected.clear();
    }
    if (columns == null) {
      texts.clear();
    }
  }

  @Override
  protected void addField(char[] text, int offset, int length, boolean quoted) {
    int from = offset;
    int to = offset + length;
    if (!quoted) {
      while (from < to && text[from] <= ' ') {
        from++;
      }
      while (from < to && text[to - 1] <= ' ') {
        to--;
      }
    }
    if (columns == null) {
      texts.add(new String(text, from, to - from));
    } else if (cells < columns.length && !columns[cells].add(text, from, to)) {
      rejected.add(new Rejected(cells, new String(text, from, to - from)));
    }
    cells++;
  }

  @Override
  protected void setComment(char[] text, int offset, int length) {
    recordType = RecordType.COMMENT;
  }

  @Override
  protected void setEmpty() {
    recordType = RecordType.EMPTY;
  }

  @Override
  protected RecordType getRecordType() {
    return recordType;
  }

  @Override
  protected int getFieldCount() {
    return cells;
  }

  @Override
  protected CsvCells buildRecord() {
    return this;
  }
}
