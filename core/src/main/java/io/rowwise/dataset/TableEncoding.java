package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import io.rowwise.file.Quoted;
import io.rowwise.kernel.SparseRows;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How the columns of a table become the numbers of a matrix: a column of numbers as it is, with
 * something in the place of missing ones; a column of words as one column for each word, with a 1
 * for the word that a row has. It is made of the rows to train on, and kept with the model for the
 * rows to come.
 *
 * <p>Immutable, so an instance may be used by many threads.
 */
public final class TableEncoding {
  /** So many rows at a time stay in the cache while they are filled column by column. */
  private static final int BLOCK_ROWS = 64;

  /** Where products with and without zeros take the same time. */
  private static final double MOST_DENSITY = 1.0 / 16;

  private final List<ColumnEncoding> columns;
  private final MissingValues missing;
  private final UnknownWords unknown;
  private final List<String> featureNames;

  TableEncoding(List<ColumnEncoding> columns, MissingValues missing, UnknownWords unknown) {
    Set<String> names = new HashSet<>();
    for (ColumnEncoding column : columns) {
      if (!names.add(ColumnNames.requireName("TableEncoding", column.name()))) {
        throw new IllegalArgumentException(
            "TableEncoding: two columns have the name " + Quoted.of(column.name()));
      }
    }
    this.columns = List.copyOf(columns);
    this.missing = Objects.requireNonNull(missing, "missing");
    this.unknown = Objects.requireNonNull(unknown, "unknown");
    List<String> features = new ArrayList<>();
    columns.forEach(column -> features.addAll(column.featureNames()));
    if (features.isEmpty()) {
      throw new IllegalArgumentException(
          "TableEncoding: "
              + columns.size()
              + " columns give no number at all, want at least one column with a value");
    }
    this.featureNames = List.copyOf(features);
  }

  /**
   * The encoding of all the columns of a table, from the values that it has.
   *
   * @param table the features to train on, without the label
   * @param missing what stands for a missing cell
   * @param unknown what stands for a word that this table does not have
   * @throws IllegalArgumentException if there is no column with a value, or a column has no finite
   *     mean or median where that is asked for
   */
  public static TableEncoding of(Table table, MissingValues missing, UnknownWords unknown) {
    Builder builder = new Builder(missing, unknown);
    do {
      builder.add(table);
    } while (builder.wantsRowsAgain());
    return builder.build();
  }

  /**
   * Makes the encoding of a table that is seen piece by piece, and for medians several times. Not
   * thread-safe.
   *
   * <pre>{@code
   * do {
   *   for (Table piece : pieces) {
   *     builder.add(piece);
   *   }
   * } while (builder.wantsRowsAgain());
   * TableEncoding encoding = builder.build();
   * }</pre>
   */
  public static final class Builder {
    /** Ranges of numbers that are told apart in a reading, of all columns: 6 MB. */
    private static final int MOST_PARTS = 1 << 18;

    /** Of a column, however many there are. */
    private static final int FEWEST_PARTS_OF_COLUMN = 16;

    private final MissingValues missing;
    private final UnknownWords unknown;
    private final Map<String, ColumnSummary> columns = new LinkedHashMap<>();
    private boolean isComplete;

    /**
     * Of no rows yet.
     *
     * @param missing what stands for a missing cell; for medians all rows are added again
     * @param unknown what stands for a word that no row has
     */
    public Builder(MissingValues missing, UnknownWords unknown) {
      this.missing = Objects.requireNonNull(missing, "missing");
      this.unknown = Objects.requireNonNull(unknown, "unknown");
    }

    /**
     * Adds the next rows, of the same columns.
     *
     * @throws IllegalArgumentException if a column has numbers first and words then
     */
    public Builder add(Table piece) {
      isComplete = missing != MissingValues.MEDIAN;
      for (Column column : piece.columns()) {
        columns
            .computeIfAbsent(column.name(), name -> new ColumnSummary(name, missing, unknown))
            .add(column);
      }
      return this;
    }

    /**
     * Says that all rows were added, and learns whether all of them are to be added once more: for
     * medians they are, some three to five times, and otherwise not. No number is kept meanwhile.
     *
     * @throws IllegalArgumentException if they were added again and are not those of before
     */
    public boolean wantsRowsAgain() {
      columns.values().forEach(ColumnSummary::endReading);
      List<ColumnSummary> wanting =
          columns.values().stream().filter(ColumnSummary::isMedianWanted).toList();
      isComplete = wanting.isEmpty();
      if (!isComplete) {
        int parts = Math.max(FEWEST_PARTS_OF_COLUMN, MOST_PARTS / wanting.size());
        wanting.forEach(column -> column.beginReading(parts));
      }
      return !isComplete;
    }

    /**
     * The encoding of the columns, from the values of all rows.
     *
     * @throws IllegalArgumentException as {@link TableEncoding#of}
     * @throws IllegalStateException if there are medians to be found, and {@link #wantsRowsAgain}
     *     has not been answered
     */
    public TableEncoding build() {
      if (!isComplete && missing == MissingValues.MEDIAN) {
        throw new IllegalStateException(
            "TableEncoding: the medians are not found yet; ask wantsRowsAgain() when all rows are"
                + " added, and add them again as long as it says so");
      }
      return new TableEncoding(
          columns.values().stream().map(ColumnSummary::encoding).toList(), missing, unknown);
    }
  }

  /** How many numbers a row becomes, at least 1. */
  public int features() {
    return featureNames.size();
  }

  /**
   * What each number of a row stands for: the column's name, and for words {@code name=word}, by
   * number if all words of the column are numbers, by code point otherwise.
   */
  public List<String> featureNames() {
    return featureNames;
  }

  /** The columns that a table has to have, in the order in which they are encoded. */
  public List<String> columnNames() {
    return columns.stream().map(ColumnEncoding::name).toList();
  }

  /** What stands for a missing cell. */
  public MissingValues missingValues() {
    return missing;
  }

  /** What stands for a word that is not known. */
  public UnknownWords unknownWords() {
    return unknown;
  }

  /**
   * The format with the kinds of these columns, so that a file is read as the one was that this
   * encoding is of: a postcode, for instance, as a word, even if all are numbers.
   */
  public CsvFormat format(CsvFormat format) {
    CsvFormat known = format;
    for (ColumnEncoding column : columns) {
      known =
          column instanceof ColumnEncoding.Words
              ? known.words(column.name())
              : known.numbers(column.name());
    }
    return known;
  }

  /**
   * The rows of a table as numbers. Columns are found by their names; further ones are ignored. A
   * column of numbers where words are known is taken by its text, and so is a column of words where
   * numbers are.
   *
   * @return {@code table.rows()} x {@link #features()}, row-major
   * @throws IllegalArgumentException if a column is not there, or a cell is not a number, missing,
   *     or a word that is not known, where that is an error; the message says in which row. Also if
   *     the result is too large for an array
   */
  public double[] encode(Table table) {
    double[] encoded = new double[size("encode", table.rows())];
    encode(table, 0, table.rows(), encoded);
    return encoded;
  }

  /** As {@link #encode(Table)}, rounded to float32. */
  public float[] encodeFloats(Table table) {
    float[] encoded = new float[size("encodeFloats", table.rows())];
    encode(table, 0, table.rows(), encoded);
    return encoded;
  }

  /**
   * Some rows of a table as numbers; see {@link #encode(Table)}.
   *
   * @param fromRow the first row
   * @param toRow the row after the last one
   * @param into at least {@code toRow - fromRow} x {@link #features()}, row-major; filled from its
   *     beginning. What it holds after an error is not specified
   * @throws IllegalArgumentException if there is too little room in it, or for the reasons of
   *     {@link #encode(Table)}
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public void encode(Table table, int fromRow, int toRow, double[] into) {
    List<Column> given = check(table, fromRow, toRow, into.length);
    for (int start = fromRow; start < toRow; start += BLOCK_ROWS) {
      int end = Math.min(toRow, start + BLOCK_ROWS);
      encodeBlock(given, start, end, into, (start - fromRow) * features());
    }
  }

  /** As {@link #encode(Table, int, int, double[])}, rounded to float32. */
  public void encode(Table table, int fromRow, int toRow, float[] into) {
    List<Column> given = check(table, fromRow, toRow, into.length);
    double[] block = new double[size("encode", Math.min(BLOCK_ROWS, toRow - fromRow))];
    int place = 0;
    for (int start = fromRow; start < toRow; start += BLOCK_ROWS) {
      int end = Math.min(toRow, start + BLOCK_ROWS);
      encodeBlock(given, start, end, block, 0);
      for (int i = 0; i < (end - start) * features(); i++) {
        into[place++] = (float) block[i];
      }
    }
  }

  /**
   * Some rows of a table as numbers, without the zeros; see {@link #encode(Table)}.
   *
   * @throws IllegalArgumentException for the reasons of {@link #encode(Table)}
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public SparseRows encodeSparse(Table table, int fromRow, int toRow) {
    List<Column> given = columnsOf(table);
    Objects.checkFromToIndex(fromRow, toRow, table.rows());
    SparseRows.Builder rows = new SparseRows.Builder(toRow - fromRow, features());
    int feature = 0;
    for (int c = 0; c < columns.size(); c++) {
      columns.get(c).encodeSparse(given.get(c), fromRow, toRow, rows, feature);
      feature += width(columns.get(c));
    }
    return rows.build();
  }

  /**
   * Whether so many of the numbers are 0 that products are faster without them: where most cells of
   * a LIBSVM file are not there, or columns have many different words.
   */
  public boolean isSparse(Table table) {
    return isSparse(mostNonZeros(columnsOf(table)), table.rows());
  }

  /**
   * As {@link #isSparse(Table)}, of a table whose pieces were counted.
   *
   * @param nonZeros the sum of their {@link #mostNonZeros(Table)}
   */
  public boolean isSparse(long nonZeros, long rows) {
    return nonZeros <= MOST_DENSITY * rows * features();
  }

  /** How many of the numbers that an encoding makes of all columns are not 0, at most. */
  public static long mostNonZeros(Table table) {
    return mostNonZeros(table.columns());
  }

  private static long mostNonZeros(List<Column> columns) {
    long nonZeros = 0;
    for (Column column : columns) {
      nonZeros +=
          column instanceof NumberColumn numbers && numbers.sparse() != null
              ? numbers.sparse().size()
              : column.rows();
    }
    return nonZeros;
  }

  private void encodeBlock(List<Column> given, int from, int to, double[] into, int start) {
    int offset = start;
    for (int c = 0; c < columns.size(); c++) {
      columns.get(c).encode(given.get(c), from, to, into, offset, features());
      offset += width(columns.get(c));
    }
  }

  private static int width(ColumnEncoding column) {
    return column instanceof ColumnEncoding.Words words ? words.categories().size() : 1;
  }

  /** The table's columns in the order of the encoding's. */
  private List<Column> check(Table table, int fromRow, int toRow, int room) {
    Objects.checkFromToIndex(fromRow, toRow, table.rows());
    if ((long) (toRow - fromRow) * features() > room) {
      throw new IllegalArgumentException(
          "encode: room for "
              + room
              + " numbers, want "
              + (long) (toRow - fromRow) * features()
              + " for "
              + (toRow - fromRow)
              + " rows of "
              + features()
              + " features");
    }
    return columnsOf(table);
  }

  private List<Column> columnsOf(Table table) {
    List<Column> given = new ArrayList<>();
    for (ColumnEncoding column : columns) {
      if (!table.has(column.name())) {
        throw new IllegalArgumentException(
            "encode: " + ColumnNames.unknown("column", column.name(), table.columnNames()));
      }
      given.add(table.column(column.name()));
    }
    return given;
  }

  private int size(String operation, int rows) {
    long size = (long) rows * features();
    if (size > ArrayLength.LARGEST) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + rows
              + " rows of "
              + features()
              + " features are more than a Java array holds, "
              + ArrayLength.LARGEST
              + "; encode some rows at a time");
    }
    return (int) size;
  }

  /** The encoding as JSON, by which {@link #ofJson} makes an equal one, to the last bit. */
  public String toJson() {
    return TableEncodingJson.write(columns, missing, unknown);
  }

  /**
   * The encoding that {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException if the text is not that of an encoding; the message says why
   */
  public static TableEncoding ofJson(String json) {
    return TableEncodingJson.read(json);
  }

  /** The sizes, for logs: {@code TableEncoding[5 columns, 12 features]}. */
  @Override
  public String toString() {
    return "TableEncoding[" + columns.size() + " columns, " + features() + " features]";
  }
}
