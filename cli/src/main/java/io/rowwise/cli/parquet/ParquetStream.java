package io.rowwise.cli.parquet;

import io.rowwise.array.ArrayLength;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableStream;
import java.io.IOException;
import java.nio.file.Path;

/** A Parquet file that is read anew each time. Used by one thread at a time. */
public final class ParquetStream implements TableStream {
  private static final int MOST_ROWS = 4096;

  private final Path path;

  /** Opens nothing yet. */
  public ParquetStream(Path path) {
    this.path = path;
  }

  @Override
  public void read(Visitor<Table> visitor) throws IOException {
    visitor.begin();
    try (ParquetReader reader = ParquetReader.open(path)) {
      if (reader.rows() > ArrayLength.LARGEST) {
        throw new IllegalArgumentException(
            path + ": has " + reader.rows() + " rows, wanted at most " + ArrayLength.LARGEST);
      }
      int first = 0;
      for (Table piece = reader.read(MOST_ROWS); piece.rows() > 0; piece = reader.read(MOST_ROWS)) {
        visitor.rows(first, piece, reader.fraction());
        first += piece.rows();
      }
    }
  }

  @Override
  public String toString() {
    return "ParquetStream[" + path + "]";
  }
}
