package io.rowwise.trainer;

import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.TableStream;
import java.io.IOException;
import java.util.function.DoubleConsumer;

/** Rows that are read again, as numbers, some at a time. */
final class EncodedRows implements TableStream.Visitor<LabelledTable> {
  /** 1 MB. */
  private static final int NUMBERS_AT_ONCE = 1 << 17;

  /** Is given rows in their order. */
  interface Sink {
    /**
     * Takes some.
     *
     * @param first the number of the first
     * @param encoded row-major; may be changed, and is used again
     */
    void rows(int first, double[] encoded, int count) throws IOException;
  }

  private final TableEncoding encoding;
  private final int expectedRows;
  private final DoubleConsumer progress;
  private final Sink sink;
  private final int mostRows;
  private final double[] encoded;
  private int seen;

  private EncodedRows(
      TableEncoding encoding, int expectedRows, DoubleConsumer progress, Sink sink) {
    this.encoding = encoding;
    this.expectedRows = expectedRows;
    this.progress = progress;
    this.sink = sink;
    this.mostRows = Math.max(1, NUMBERS_AT_ONCE / encoding.features());
    this.encoded = new double[mostRows * encoding.features()];
  }

  /**
   * Reads rows.
   *
   * @param expectedRows how many there were before
   * @param progress is told how much has been read, from 0 to 1
   * @throws IllegalArgumentException if a cell is not what is wanted there, or there are more or
   *     fewer rows than before
   */
  static void read(
      LabelledRows rows,
      TableEncoding encoding,
      int expectedRows,
      DoubleConsumer progress,
      Sink sink)
      throws IOException {
    EncodedRows reading = new EncodedRows(encoding, expectedRows, progress, sink);
    rows.read(reading);
    reading.require(reading.seen == expectedRows);
  }

  @Override
  public void begin() {
    require(seen == 0);
  }

  @Override
  public void rows(int first, LabelledTable piece, double fraction) throws IOException {
    seen = first + piece.rows();
    require(seen <= expectedRows);
    for (int from = 0; from < piece.rows(); from += mostRows) {
      int to = Math.min(piece.rows(), from + mostRows);
      encoding.encode(piece.features(), from, to, encoded);
      sink.rows(first + from, encoded, to - from);
    }
    progress.accept(fraction);
  }

  private void require(boolean areTheSame) {
    if (!areTheSame) {
      throw new IllegalArgumentException(
          "fit: there were "
              + expectedRows
              + " rows at first, and others when they were read again; wanted a file that does not"
              + " change meanwhile");
    }
  }
}
