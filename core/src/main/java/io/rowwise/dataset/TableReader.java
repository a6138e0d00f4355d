package io.rowwise.dataset;

import java.io.IOException;

/**
 * A file whose rows are read some at a time, from the first to the last: what {@link Csv#open},
 * {@link Npy#open}, {@link Idx#open} and {@link LibSvm#open} give. It takes as much memory for a
 * file of any size.
 *
 * <p>Not thread-safe. Whoever opened it closes it.
 */
public interface TableReader extends AutoCloseable {
  /** Opens a file, to be closed by whoever asked for it. */
  @FunctionalInterface
  interface Opening {
    /** At its first row. */
    TableReader open() throws IOException;
  }

  /**
   * Checks what {@link #read} is asked for.
   *
   * @throws IllegalArgumentException if it is less than one row
   */
  static void requireSome(int mostRows) {
    if (mostRows < 1) {
      throw new IllegalArgumentException("read: " + mostRows + " rows, want at least 1");
    }
  }

  /**
   * The next rows.
   *
   * @param mostRows at least 1
   * @return at most so many rows, fewer where rows are long, and 0 when there are no more
   * @throws IOException if they cannot be read, or are not what the format wants; the message names
   *     the file
   */
  Table read(int mostRows) throws IOException;

  /**
   * How many bytes of the file are read, compressed ones if it is compressed; with {@link #size()}
   * it says how far the reading is.
   */
  long bytesRead();

  /** How many bytes the file has, or -1 if that is unknown. */
  long size();

  /** How much is read, from 0 to 1; NaN if that is unknown. */
  default double fraction() {
    return size() > 0 ? (double) bytesRead() / size() : Double.NaN;
  }

  @Override
  void close() throws IOException;
}
