package io.rowwise.dataset;

import de.siegmar.fastcsv.reader.CsvParseException;
import io.rowwise.array.ArrayLength;
import io.rowwise.file.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Reads comma-separated values piece by piece, so that a file may be larger than memory; see {@link
 * Csv#open}.
 *
 * <p>Whether a column has numbers or words is what the format says, and otherwise what the first
 * piece shows that has a value in it; from then on it stays.
 *
 * <p>Not thread-safe. Whoever opened it closes it.
 */
public final class CsvReader implements TableReader {
  private static final int MOST_ROWS_OF_TEXTS = 1024;

  /** Of all columns; texts of numbers are kept until it is likely that a column has no words. */
  private static final int MOST_TEXTS = 1 << 18;

  private final String source;
  private final long size;
  private final CsvFormat format;
  private final CsvText text;
  private final CsvCells cells = new CsvCells();
  private final Iterator<CsvCells> records;
  private final MissingTexts missing;
  private final List<String> columnNames;

  /** True for words, false for numbers; by the name of the column, as far as it is known. */
  private final Map<String, Boolean> kinds;

  /** Without a header the first record is a row. */
  private List<String> firstRow;

  private long rowsRead;

  /**
   * Reads the header. Closes the stream if it fails.
   *
   * @param source what the text is called in messages
   * @param size of the stream in bytes, or -1 if it is unknown
   */
  CsvReader(InputStream in, String source, long size, CsvFormat format) throws IOException {
    this.source = source;
    this.size = size;
    this.format = format;
    text = openText(in);
    try {
      char separator =
          format.separator() == null ? text.likelySeparator(format.quote()) : format.separator();
      if (separator == format.quote()) {
        throw new CsvFormatException(
            source
                + ": the separator looks to be "
                + Quoted.of(Character.toString(separator))
                + ", which is the quote; say the separator by CsvFormat.separator");
      }
      records = cells.records(text, separator, format.quote());
      missing = new MissingTexts(format.missing());
      if (!next()) {
        throw new CsvFormatException(
            source + ": is empty, want " + (format.header() ? "a header and rows" : "rows"));
      }
      columnNames = format.header() ? header(cells.texts()) : numbered(cells.cells());
      firstRow = format.header() ? null : cells.texts();
      for (String name : format.kinds().keySet()) {
        if (!columnNames.contains(name)) {
          throw new CsvFormatException(
              source + ": " + ColumnNames.unknown("column", name, columnNames));
        }
      }
      kinds = new HashMap<>(format.kinds());
    } catch (IOException | RuntimeException e) {
      try {
        text.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  private CsvText openText(InputStream in) throws IOException {
    try {
      return new CsvText(in, format.charset(), format.quote());
    } catch (IOException e) {
      throw explained(e);
    }
  }

  private List<String> header(List<String> names) throws CsvFormatException {
    Map<String, Integer> place = new HashMap<>();
    for (int c = 0; c < names.size(); c++) {
      String name = names.get(c);
      if (name.isEmpty()) {
        throw new CsvFormatException(
            place()
                + ": the header's cell "
                + (c + 1)
                + " of "
                + names.size()
                + " is empty, want a name for each column");
      }
      Integer earlier = place.putIfAbsent(name, c);
      if (earlier != null) {
        throw new CsvFormatException(
            place()
                + ": the header's cells "
                + (earlier + 1)
                + " and "
                + (c + 1)
                + " are both "
                + Quoted.of(name)
                + ", want a name of its own for each column; if there is no header, say so by"
                + " CsvFormat.header(false)");
      }
    }
    return names;
  }

  private static List<String> numbered(int columns) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      names.add("x" + c);
    }
    return List.copyOf(names);
  }

  /** The names of the columns, in their order. */
  public List<String> columnNames() {
    return columnNames;
  }

  /**
   * The next rows. All columns are there even if no row is left.
   *
   * @param mostRows at least 1
   * @return so many rows, fewer at the end, and 0 when there are no more
   * @throws CsvFormatException if a record has too few or too many cells, a cell is not the number
   *     that it should be, or the text is no comma-separated values
   * @throws IOException if the file cannot be read
   */
  @Override
  public Table read(int mostRows) throws IOException {
    TableReader.requireSome(mostRows);
    return read(Math.min(mostRows, ArrayLength.LARGEST), null);
  }

  /**
   * All the rows.
   *
   * @param late gets the names of columns that a cell far down shows to have words, if it is not
   *     null; then the rows are of no use, and those columns are to be given to the format as words
   */
  Table readAll(Collection<String> late) throws IOException {
    Table table = read(ArrayLength.LARGEST, late);
    if (table.rows() == 0) {
      throw noRows();
    }
    if (table.rows() == ArrayLength.LARGEST) {
      throw new CsvFormatException(
          source
              + ": has more rows than a Java array holds, "
              + ArrayLength.LARGEST
              + "; read it in pieces by Csv.open");
    }
    return table;
  }

  CsvFormatException noRows() {
    return new CsvFormatException(source + ": has a header and no rows, want at least one");
  }

  /** What is known of the columns by now: true for words, false for numbers. */
  Map<String, Boolean> kinds() {
    return Map.copyOf(kinds);
  }

  /** As {@link #read(int)}, and as {@link #readAll} with columns that turn out to have words. */
  Table read(int mostRows, Collection<String> late) throws IOException {
    List<CsvColumn> columns = columnNames.stream().map(this::newColumn).toList();
    int rowsOfTexts = Math.max(1, Math.min(MOST_ROWS_OF_TEXTS, MOST_TEXTS / columns.size()));
    cells.into(columns);
    int rows = 0;
    while (rows < mostRows && nextRow()) {
      if (cells.cells() != columns.size()) {
        throw new CsvFormatException(
            place()
                + ": "
                + cells.cells()
                + " cells, the "
                + (format.header() ? "header" : "first row")
                + " has "
                + columns.size());
      }
      for (CsvCells.Rejected cell : cells.rejected()) {
        String name = columnNames.get(cell.column());
        if (late == null || format.kinds().containsKey(name)) {
          throw notANumber(name, cell.text());
        }
        late.add(name);
      }
      if (++rows == rowsOfTexts) {
        columns.forEach(CsvColumn::forgetTexts);
      }
    }
    rowsRead += rows;
    List<Column> read = new ArrayList<>();
    for (CsvColumn column : columns) {
      if (column.isKnown()) {
        kinds.put(column.name(), column.isWords());
      }
      read.add(column.column());
    }
    return Table.of(read);
  }

  private CsvColumn newColumn(String name) {
    Boolean words = format.othersAreWords() ? kinds.getOrDefault(name, true) : kinds.get(name);
    if (words == null) {
      return CsvColumn.ofEither(name, missing);
    }
    return words ? CsvColumn.ofWords(name, missing) : CsvColumn.ofNumbers(name, missing);
  }

  private CsvFormatException notANumber(String column, String cell) {
    String message =
        place() + ", column " + Quoted.of(column) + ": " + Quoted.of(cell) + " is not a number";
    return new CsvFormatException(
        format.kinds().containsKey(column)
            ? message
            : message
                + ", as those above it are; if the column has words, say so by CsvFormat.words, if"
                + " the cell is missing by CsvFormat.missing");
  }

  /** Has the next record's cells taken, those of the first one from where they wait. */
  private boolean nextRow() throws IOException {
    if (firstRow == null) {
      return next();
    }
    List<String> row = firstRow;
    firstRow = null;
    cells.beginRecord(cells.line());
    for (String cell : row) {
      cells.addField(cell.toCharArray(), 0, cell.length(), true);
    }
    return true;
  }

  private boolean next() throws IOException {
    try {
      if (!records.hasNext()) {
        return false;
      }
      records.next();
      return true;
    } catch (UncheckedIOException e) {
      throw explained(e.getCause());
    } catch (CsvParseException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      // Nothing else can be wrong when all of the text has been taken.
      throw new CsvFormatException(
          place()
              + ": "
              + (text.ended()
                  ? "a quote " + Quoted.of(quote()) + " is never closed"
                  : e.getMessage()),
          e);
    }
  }

  private String quote() {
    return Character.toString(format.quote());
  }

  private IOException explained(IOException e) {
    if (e instanceof CharacterCodingException) {
      return new CsvFormatException(
          (text == null ? source : source + ", line " + cells.line() + " or after it")
              + ": bytes that are no text in the file's encoding; if it has no byte order mark and"
              + " is not in "
              + format.charset()
              + ", say its encoding by CsvFormat.charset",
          e);
    }
    if (Gzip.isDamage(e)) {
      return new CsvFormatException(
          source + ": is compressed by gzip, but damaged or not whole: " + e.getMessage(), e);
    }
    return e;
  }

  private String place() {
    return source + ", line " + cells.line();
  }

  @Override
  public long bytesRead() {
    return text.bytesRead();
  }

  @Override
  public long size() {
    return size;
  }

  /** The line, from 1, in which the last record that was read starts. */
  public long line() {
    return cells.line();
  }

  /** How many rows have been given. */
  public long rowsRead() {
    return rowsRead;
  }

  /** Closes the file, or the stream that it was opened with. */
  @Override
  public void close() throws IOException {
    text.close();
  }
}
