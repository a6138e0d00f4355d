package io.rowwise.cli;

import io.rowwise.cli.parquet.ParquetReader;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvReader;
import io.rowwise.dataset.Idx;
import io.rowwise.dataset.LibSvm;
import io.rowwise.dataset.Npy;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.TableReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;

/**
 * The rows that a model is given, a piece at a time, so that they may be larger than memory. Their
 * columns have the kinds that they had in training.
 */
final class Pieces implements AutoCloseable {
  private static final String STANDARD_INPUT = "standard input";

  /** Null for standard input. */
  private final DataFile file;

  private final TableReader rows;
  private long rowsGiven;
  private int rowsOfPiece;

  private Pieces(DataFile file, TableReader rows) {
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
        yield new Pieces(known, Csv.open(known.path(), known.csv()));
      }
      case PARQUET -> new Pieces(file, ParquetReader.open(file.path()));
      case NPY -> new Pieces(file, Npy.open(file.path()));
      case IDX -> new Pieces(file, Idx.open(file.path()));
      case LIBSVM -> new Pieces(file, new WithZeros(libSvm(file), encoding.columnNames()));
    };
  }

  /** Its columns are known when all of it has been read, which a pipe can be once. */
  private static TableReader libSvm(DataFile file) throws IOException, FailedException {
    return Files.isRegularFile(file.path())
        ? LibSvm.open(file.path())
        : new TableSource(file.read());
  }

  /** Opens what comes by a pipe. */
  static Pieces open(InputStream in, InputOptions options, TableEncoding encoding)
      throws IOException, FailedException {
    options.requireCsv();
    try {
      return new Pieces(null, Csv.open(in, encoding.format(options.csv()).othersAreWords(true)));
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
    boolean isLineKnown = rowsOfPiece == 1 && rows instanceof CsvReader;
    String place = isLineKnown ? "line " + ((CsvReader) rows).line() : "row " + row;
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

  /** With the columns that are 0 in all of the file's rows, which LIBSVM leaves out. */
  private record WithZeros(TableReader reader, List<String> columns) implements TableReader {
    @Override
    public Table read(int mostRows) throws IOException {
      return reader.read(mostRows).withZeros(columns);
    }

    @Override
    public long bytesRead() {
      return reader.bytesRead();
    }

    @Override
    public long size() {
      return reader.size();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  /** A table in memory, of bytes that nobody has counted. */
  private static final class TableSource implements TableReader {
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
    public long bytesRead() {
      return 0;
    }

    @Override
    public long size() {
      return -1;
    }

    @Override
    public void close() {}
  }
}
