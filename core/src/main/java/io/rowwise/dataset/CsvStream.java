package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** A file of comma-separated values that is read anew each time. */
final class CsvStream implements TableStream {
  private static final int MOST_ROWS = 4096;

  /** Of a piece: 2 MB of numbers. */
  private static final int MOST_CELLS = 1 << 18;

  private final Path path;

  /** Says the kinds of the columns once all rows have been seen. */
  private CsvFormat format;

  CsvStream(Path path, CsvFormat format) {
    this.path = path;
    this.format = format;
  }

  @Override
  public void read(Visitor<Table> visitor) throws IOException {
    Set<String> late = new LinkedHashSet<>();
    do {
      late.clear();
      visitor.begin();
      read(visitor, late);
      format = format.words(late.toArray(String[]::new));
    } while (!late.isEmpty());
  }

  private void read(Visitor<Table> visitor, Set<String> late) throws IOException {
    try (CsvReader reader = Csv.open(path, format)) {
      int mostRows = Math.max(1, Math.min(MOST_ROWS, MOST_CELLS / reader.columnNames().size()));
      int first = 0;
      Table piece = reader.read(mostRows, late);
      if (piece.rows() == 0) {
        throw reader.noRows();
      }
      while (piece.rows() > 0) {
        if (reader.rowsRead() > ArrayLength.LARGEST) {
          throw new IllegalArgumentException(
              path + ": has more rows than " + ArrayLength.LARGEST + ", the most that are taken");
        }
        if (late.isEmpty()) {
          // Otherwise it is read on for the other columns that have words.
          visitor.rows(first, piece, reader.fraction());
        }
        first += piece.rows();
        piece = reader.read(mostRows, late);
      }
      for (Map.Entry<String, Boolean> kind : reader.kinds().entrySet()) {
        boolean isWords = kind.getValue();
        format = isWords ? format.words(kind.getKey()) : format.numbers(kind.getKey());
      }
    }
  }

  @Override
  public String toString() {
    return "CsvStream[" + path + "]";
  }
}
