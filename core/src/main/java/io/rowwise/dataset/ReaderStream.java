package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import java.io.IOException;

/** The rows of a file whose columns are known when it is opened, which is done anew each time. */
final class ReaderStream implements TableStream {
  private static final int MOST_ROWS = 8192;

  private final String name;
  private final TableReader.Opening opening;

  /**
   * Opens nothing yet.
   *
   * @param name of the file
   */
  ReaderStream(String name, TableReader.Opening opening) {
    this.name = name;
    this.opening = opening;
  }

  @Override
  public void read(Visitor<Table> visitor) throws IOException {
    visitor.begin();
    try (TableReader reader = opening.open()) {
      int first = 0;
      for (Table piece = reader.read(MOST_ROWS); piece.rows() > 0; piece = reader.read(MOST_ROWS)) {
        if (first > ArrayLength.LARGEST - piece.rows()) {
          throw new IllegalArgumentException(
              name + ": has more rows than " + ArrayLength.LARGEST + ", the most that are taken");
        }
        visitor.rows(first, piece, reader.fraction());
        first += piece.rows();
      }
    }
  }

  /** The file, for logs. */
  @Override
  public String toString() {
    return "TableStream[" + name + "]";
  }
}
