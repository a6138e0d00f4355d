package io.rowwise.cli;

import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvReader;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * The rows that a model is given, a piece at a time, so that CSV may be larger than memory. Its
 * columns have the kinds that they had in training.
 */
final class Pieces implements AutoCloseable {
  private static final String STANDARD_INPUT = "standard input";

  /** Null for standard input. */
  private final DataFile file;

  /** Null if the whole table is there. */
  private final CsvReader reader;

  private final Table whole;
  private long rowsGiven;
  private int rowsOfPiece;

  private Pieces(DataFile file, CsvReader reader, Table whole) {
    this.file = file;
    this.reader = reader;
    this.whole = whole;
  }

  /**
   * Opens a file.
   *
   * @param file whose format says the kinds of further columns that matter
   */
  static Pieces open(DataFile file, TableEncoding encoding) throws IOException, FailedException {
    if (file.isCsv()) {
      DataFile known = file.csv(encoding.format(file.csv()).othersAreWords(true));
      return new Pieces(known, Csv.open(known.path(), known.csv()), null);
    }
    Table table = file.read();
    if (file.format() == DataFormat.LIBSVM) {
      // Columns that are 0 in all of these rows are not in such a file.
      table = table.withZeros(encoding.columnNames());
    }
    return new Pieces(file, null, table);
  }

  /** Opens what comes by a pipe. */
  static Pieces open(InputStream in, InputOptions options, TableEncoding encoding)
      throws IOException, FailedException {
    options.requireCsv();
    try {
      return new Pieces(
          null, Csv.open(in, encoding.format(options.csv()).othersAreWords(true)), null);
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
    if (reader == null) {
      int from = (int) rowsGiven;
      piece = whole.rows(from, (int) Math.min(whole.rows(), (long) from + mostRows));
    } else {
      try {
        piece = reader.read(mostRows);
      } catch (IOException e) {
        throw file == null ? ofStandardInput(e) : e;
      }
    }
    rowsOfPiece = piece.rows();
    return piece;
  }

  /** The names of the columns that there are. */
  List<String> columnNames() {
    return reader == null ? whole.columnNames() : reader.columnNames();
  }

  /** How many rows were given before the last piece. */
  long rowsBefore() {
    return rowsGiven;
  }

  /** How much of the file is read, from 0 to 1; NaN if that is unknown. */
  double fraction() {
    if (reader == null) {
      return (double) (rowsGiven + rowsOfPiece) / whole.rows();
    }
    return reader.size() > 0 ? (double) reader.bytesRead() / reader.size() : Double.NaN;
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
    String place = rowsOfPiece == 1 ? "line " + reader.line() : "row " + (rowsGiven + wrong.row());
    return DataFile.failure(STANDARD_INPUT, place, wrong, advice);
  }

  /** What the data come from, for messages. */
  String source() {
    return file == null ? STANDARD_INPUT : file.path().toString();
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
    }
  }
}
