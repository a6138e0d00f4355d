package io.rowwise.cli;

import io.rowwise.cli.parquet.ParquetReader;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvReader;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import java.io.IOException;
import java.io.InputStream;

/**
 * The rows that a model is given, a piece at a time, so that CSV and Parquet may be larger than
 * memory. Its columns have the kinds that they had in training.
 */
final class Pieces implements AutoCloseable {
  private static final String STANDARD_INPUT = "standard input";

  /** What pieces are taken from. */
  private interface Source extends AutoCloseable {
    /** The next rows; none at the end. */
    Table read(int mostRows) throws IOException;

    /** How much is read, from 0 to 1; NaN if that is unknown. */
    double fraction();

    /** What the last row's place is called, where rows come one by one. */
    default String place(long row) {
      return "row " + row;
    }

    @Override
    void close() throws IOException;
  }

  /** Null for standard input. */
  private final DataFile file;

  private final Source rows;
  private long rowsGiven;
  private int rowsOfPiece;

  private Pieces(DataFile file, Source rows) {
    this.file = file;
    this.rows = rows;
  }

  /**
   * Opens a file.
   *
   * @param file whose format says the kinds of further columns that matter
   */
  static Pieces open(DataFile file, TableEncoding encoding) throws IOException, FailedException {
    return switch (file.format()) {
      case CSV -> {
        DataFile known = file.csv(encoding.format(file.csv()).othersAreWords(true));
        yield new Pieces(known, new CsvSource(Csv.open(known.path(), known.csv())));
      }
      case PARQUET -> new Pieces(file, new ParquetSource(ParquetReader.open(file.path())));
      // Columns that are 0 in all of these rows are not in such a file.
      case LIBSVM ->
          new Pieces(file, new TableSource(file.read().withZeros(encoding.columnNames())));
      case NPY, IDX -> new Pieces(file, new TableSource(file.read()));
    };
  }

  /** Opens what comes by a pipe. */
  static Pieces open(InputStream in, InputOptions options, TableEncoding encoding)
      throws IOException, FailedException {
    options.requireCsv();
    try {
      return new Pieces(
          null, new CsvSource(Csv.open(in, encoding.format(options.csv()).othersAreWords(true))));
    } catch (IOException e) {
      throw ofStandardInput(e);
    }
  }

  private static IOException ofStandardInput(IOException e) {
    String message = e.getMessage();
    return message != null && message.startsWith("the stream")
        ? new IOException(STANDARD_INPUT + message.substring("the stream".length()), e)
        : e;
  }

  /** The next rows; none at the end. */
  Table next(int mostRows) throws IOException {
    rowsGiven += rowsOfPiece;
    Table piece;
    try {
      piece = rows.read(mostRows);
    } catch (IOException e) {
      throw file == null ? ofStandardInput(e) : e;
    }
    rowsOfPiece = piece.rows();
    return piece;
  }

  /** How many rows were given before the last piece. */
  long rowsBefore() {
    return rowsGiven;
  }

  /** How much of the file is read, from 0 to 1; NaN if that is unknown. */
  double fraction() {
    return rows.fraction();
  }

  /** What is wrong with a cell of the last piece, by its place. */
  FailedException failure(CellException wrong) {
    String advice =
        wrong.kind() == CellException.Kind.MISSING
            ? "; take such rows out, or train with --missing mean or median"
            : "";
    if (file != null) {
      return file.failure(wrong, rowsGiven, advice);
    }
    long row = rowsGiven + wrong.row();
    String place = rowsOfPiece == 1 ? rows.place(row) : "row " + row;
    return DataFile.failure(STANDARD_INPUT, place, wrong, advice);
  }

  /** What the data come from, for messages. */
  String source() {
    return file == null ? STANDARD_INPUT : file.path().toString();
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }

  private record CsvSource(CsvReader reader) implements Source {
    @Override
    public Table read(int mostRows) throws IOException {
      return reader.read(mostRows);
    }

    @Override
    public double fraction() {
      return reader.size() > 0 ? (double) reader.bytesRead() / reader.size() : Double.NaN;
    }

    @Override
    public String place(long row) {
      return "line " + reader.line();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  private record ParquetSource(ParquetReader reader) implements Source {
    @Override
    public Table read(int mostRows) throws IOException {
      return reader.read(mostRows);
    }

    @Override
    public double fraction() {
      return (double) reader.rowsRead() / reader.rows();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  private static final class TableSource implements Source {
    private final Table table;
    private int given;

    TableSource(Table table) {
      this.table = table;
    }

    @Override
    public Table read(int mostRows) {
      int from = given;
      given = (int) Math.min(table.rows(), (long) from + mostRows);
      return table.rows(from, given);
    }

    @Override
    public double fraction() {
      return (double) given / table.rows();
    }

    @Override
    public void close() {}
  }
}
