package io.rowwise.trainer;

import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.TableStream;
import io.rowwise.kernel.SparseRows;
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

  /** Is given rows in their order, without their zeros. */
  interface SparseSink {
    /**
     * Takes some.
     *
     * @param first the number of the first
     */
    void rows(int first, SparseRows rows) throws IOException;
  }

  /** Is given cells of rows. */
  private interface CellSink {
    void rows(int first, Table cells) throws IOException;
  }

  private final int expectedRows;
  private final DoubleConsumer progress;
  private final CellSink sink;
  private int seen;

  private EncodedRows(int expectedRows, DoubleConsumer progress, CellSink sink) {
    this.expectedRows = expectedRows;
    this.progress = progress;
    this.sink = sink;
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
    int mostRows = Math.max(1, NUMBERS_AT_ONCE / encoding.features());
    double[] encoded = new double[mostRows * encoding.features()];
    read(
        rows,
        expectedRows,
        progress,
        (first, cells) -> {
          for (int from = 0; from < cells.rows(); from += mostRows) {
            int to = Math.min(cells.rows(), from + mostRows);
            encoding.encode(cells, from, to, encoded);
            sink.rows(first + from, encoded, to - from);
          }
        });
  }

  /** As {@link #read}, without the zeros. */
  static void readSparse(
      LabelledRows rows,
      TableEncoding encoding,
      int expectedRows,
      DoubleConsumer progress,
      SparseSink sink)
      throws IOException {
    read(
        rows,
        expectedRows,
        progress,
        (first, cells) -> sink.rows(first, encoding.encodeSparse(cells, 0, cells.rows())));
  }

  private static void read(
      LabelledRows rows, int expectedRows, DoubleConsumer progress, CellSink sink)
      throws IOException {
    EncodedRows reading = new EncodedRows(expectedRows, progress, sink);
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
    sink.rows(first, piece.features());
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
