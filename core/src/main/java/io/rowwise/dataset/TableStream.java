package io.rowwise.dataset;

import java.io.IOException;
import java.util.Optional;

/**
 * A table that is too large for memory: its rows are read piece by piece, from the first to the
 * last, as often as they are wanted. {@link Csv#stream}, {@link Npy#stream}, {@link Idx#stream} and
 * {@link LibSvm#stream} make them.
 *
 * <p>Used by one thread at a time.
 */
public interface TableStream {
  /** Is given the rows of a stream, in their order. */
  interface Visitor<T> {
    /**
     * The rows begin. It may be called again before their end: where a cell far down shows that a
     * column of a text has words, all rows are given anew, and what was seen of them is void.
     */
    void begin();

    /**
     * The next rows.
     *
     * @param first the first of them, counted from 0
     * @param piece at least one row
     * @param fraction how much has been read, from 0 to 1; NaN if that is unknown
     */
    void rows(int first, T piece, double fraction) throws IOException;
  }

  /**
   * The rows of a file that is opened anew each time. Its columns and their kinds are to be the
   * same each time.
   *
   * <pre>{@code
   * TableStream.of(path.toString(), () -> ParquetReader.open(path))
   * }</pre>
   *
   * @param name of the file, for messages
   */
  static TableStream of(String name, TableReader.Opening opening) {
    return new ReaderStream(name, opening);
  }

  /**
   * Reads all rows.
   *
   * @throws IOException if they cannot be read, or are no table; or what the visitor throws
   * @throws IllegalArgumentException if they are more than 2147483639
   */
  void read(Visitor<Table> visitor) throws IOException;

  /** The rows with one of the columns as the labels, which is then no feature. */
  default LabelledStream label(String column) {
    return new LabelledStream(this, column, Optional.empty(), null);
  }

  /**
   * The rows with labels that are kept elsewhere, in memory. All columns are features.
   *
   * <pre>{@code
   * Npy.stream(x).label(Npy.labels(y))
   * }</pre>
   *
   * @param labels a label for each row: 4 bytes a row of words, 8 of numbers of CSV, measured with
   *     20,000,000 of them. If there are more or fewer than rows, the reading ends with an
   *     IllegalArgumentException that says how many there are of both
   */
  default LabelledStream label(Column labels) {
    return new LabelledStream(this, labels.name(), Optional.of(labels), null);
  }
}
