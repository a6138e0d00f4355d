package io.rowwise.cli;

import io.rowwise.array.ArrayLength;
import io.rowwise.cli.parquet.ParquetReader;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Column;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvFormat;
import io.rowwise.dataset.CsvReader;
import io.rowwise.dataset.Idx;
import io.rowwise.dataset.LibSvm;
import io.rowwise.dataset.Npy;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A file of data.
 *
 * @param csv how it is written, if it is CSV
 */
record DataFile(Path path, DataFormat format, CsvFormat csv) {
  /** What the column of labels is called that has no name of its own. */
  static final String LABEL = "label";

  private static final int ROWS_AT_ONCE = 4096;

  DataFile csv(CsvFormat otherCsv) {
    return new DataFile(path, format, otherCsv);
  }

  boolean isCsv() {
    return format == DataFormat.CSV;
  }

  /** All of it. In LIBSVM's format the labels are a column {@code label}. */
  Table read() throws IOException, FailedException {
    try {
      return switch (format) {
        case CSV -> Csv.read(path, csv);
        case NPY -> Table.of(Npy.read(path));
        case IDX -> Idx.table(path);
        case LIBSVM -> LibSvm.read(path).table();
        case PARQUET -> readParquet();
      };
    } catch (IllegalArgumentException e) {
      throw new FailedException(path + ": " + e.getMessage(), e);
    }
  }

  private Table readParquet() throws IOException {
    try (ParquetReader reader = ParquetReader.open(path)) {
      if (reader.rows() == 0 || reader.rows() > ArrayLength.LARGEST) {
        throw new IllegalArgumentException(
            "has " + reader.rows() + " rows, want 1 to " + ArrayLength.LARGEST);
      }
      return reader.read((int) reader.rows());
    }
  }

  /** Its rows, to be read piece by piece, as often as they are wanted. */
  TableStream stream() {
    return switch (format) {
      case CSV -> Csv.stream(path, csv);
      case NPY -> Npy.stream(path);
      case IDX -> Idx.stream(path);
      case LIBSVM -> LibSvm.stream(path);
      case PARQUET -> TableStream.of(path.toString(), () -> ParquetReader.open(path));
    };
  }

  /** The labels that are apart from the data: the only column, by a name. */
  Column readLabels(String name) throws IOException, FailedException {
    try {
      return switch (format) {
        case CSV -> onlyColumn(Csv.read(path, csv)).named(name);
        case NPY -> Npy.labels(path).named(name);
        case IDX -> Idx.labels(path).named(name);
        case PARQUET -> onlyColumn(readParquet()).named(name);
        case LIBSVM -> throw new FailedException(path + ": labels are in CSV, NPY, IDX or Parquet");
      };
    } catch (IllegalArgumentException e) {
      throw new FailedException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Checks that this file has a label for each row.
   *
   * @param labels that it has
   * @param source of the rows, for the message
   */
  void requireLabels(int labels, long rows, String source) throws FailedException {
    if (labels != rows) {
      throw new FailedException(
          String.format(
              Locale.ROOT, "%s: has %d labels, and %s %d rows", path, labels, source, rows));
    }
  }

  private Column onlyColumn(Table table) throws FailedException {
    if (table.columns().size() != 1) {
      throw new FailedException(
          path + ": has the columns " + table.columnNames() + ", want one, that of the labels");
    }
    return table.columns().get(0);
  }

  /**
   * What is wrong with a cell, by its place in the file.
   *
   * @param firstRow of the table that the cell was found in
   * @param advice what to do about it; may be empty
   */
  FailedException failure(CellException wrong, long firstRow, String advice) {
    long row = firstRow + wrong.row();
    String place = isCsv() ? "line " + line(row) : "row " + row + " from 0";
    return failure(path.toString(), place, wrong, advice);
  }

  static FailedException failure(String source, String place, CellException wrong, String advice) {
    return new FailedException(
        source + ", " + place + ", column '" + wrong.column() + "'" + wrong.problem() + advice,
        wrong);
  }

  /** By reading it once more, for a row may be several lines, and some lines are none. */
  private String line(long row) {
    try (CsvReader reader = Csv.open(path, csv.othersAreWords(true))) {
      for (long left = row; left > 0; ) {
        left -= reader.read((int) Math.min(left, ROWS_AT_ONCE)).rows();
      }
      reader.read(1);
      return Long.toString(reader.line());
    } catch (IOException e) {
      return "unknown";
    }
  }
}
