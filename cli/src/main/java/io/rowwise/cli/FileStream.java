package io.rowwise.cli;

import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableStream;
import java.io.IOException;

/** A CSV file that is read piece by piece, whose wrong cells are named by its lines. */
final class FileStream implements TableStream {
  /** Puts what is wrong with a cell in words. */
  interface Failures {
    FailedException failure(DataFile data, CellException wrong) throws FailedException;
  }

  private final DataFile data;
  private final TableStream table;
  private final Failures failures;
  private int rows;

  FileStream(DataFile data, Failures failures) {
    this.data = data;
    this.table = Csv.stream(data.path(), data.csv());
    this.failures = failures;
  }

  @Override
  public void read(Visitor<Table> visitor) throws IOException {
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
              rows = first + piece.rows();
              visitor.rows(first, piece, fraction);
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

  /** How many rows there are, once they have been read. */
  int rows() {
    return rows;
  }
}
