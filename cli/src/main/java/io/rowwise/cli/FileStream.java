package io.rowwise.cli;

import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableStream;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

/** A file that is read piece by piece, whose wrong cells are named by their lines or rows. */
final class FileStream implements TableStream {
  /** Puts what is wrong with a cell in words. */
  interface Failures {
    FailedException failure(DataFile data, CellException wrong) throws FailedException;
  }

  private final DataFile data;
  private final TableStream table;
  private final Supplier<List<String>> wanted;
  private final Failures failures;
  private List<String> columnNames = List.of();
  private int rows;

  /**
   * @param wanted the columns that there have to be when it is read; those that LIBSVM leaves out
   *     are 0
   */
  FileStream(DataFile data, Supplier<List<String>> wanted, Failures failures) {
    this.data = data;
    this.table = data.stream();
    this.wanted = wanted;
    this.failures = failures;
  }

  @Override
  public void read(Visitor<Table> visitor) throws IOException {
    List<String> names = data.format() == DataFormat.LIBSVM ? wanted.get() : List.of();
    try {
      table.read(
          new Visitor<>() {
            @Override
            public void begin() {
              rows = 0;
              visitor.begin();
            }

            @Override
            public void rows(int first, Table piece, double fraction) throws IOException {
              Table whole = names.isEmpty() ? piece : piece.withZeros(names);
              if (first == 0) {
                columnNames = whole.columnNames();
              }
              rows = first + piece.rows();
              visitor.rows(first, whole, fraction);
            }
          });
    } catch (CellException e) {
      throw named(e);
    }
  }

  private IOException named(CellException wrong) {
    try {
      return new IOException(failures.failure(data, wrong).getMessage(), wrong);
    } catch (FailedException e) {
      return new IOException(e.getMessage(), e);
    }
  }

  /** What the columns are called, once rows have been read. */
  List<String> columnNames() {
    return columnNames;
  }

  /** How many rows there are, once they have been read. */
  int rows() {
    return rows;
  }
}
