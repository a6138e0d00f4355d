package io.rowwise.dataset;

import java.io.IOException;
import java.util.Arrays;

/**
 * Reads an array some rows at a time: rows by its first dimension, and columns {@code x0}, {@code
 * x1}, ... by all others together. Not thread-safe.
 */
final class ArrayReader implements TableReader {
  /** Of a piece: 2 MB of float64. */
  private static final int MOST_VALUES = 1 << 18;

  private final NpyElementType type;
  private final int rows;
  private final int columns;
  private final ArrayValues values;
  private final FileBytes.Refusal refusal;
  private int rowsRead;

  /** How many values a row of an array of some shape has; more than an array holds is -1. */
  static int columns(int[] shape) {
    return NpyArray.sizeOf(Arrays.copyOfRange(shape, 1, shape.length));
  }

  /**
   * Of values, which it closes.
   *
   * @param refusal what is thrown where a value is no double
   */
  ArrayReader(
      NpyElementType type, int rows, int columns, ArrayValues values, FileBytes.Refusal refusal) {
    this.type = type;
    this.rows = rows;
    this.columns = columns;
    this.values = values;
    this.refusal = refusal;
  }

  @Override
  public Table read(int mostRows) throws IOException {
    TableReader.requireSome(mostRows);
    int most = Math.max(1, MOST_VALUES / Math.max(1, columns));
    int count = Math.min(Math.min(mostRows, most), rows - rowsRead);
    if (count == 0) {
      values.requireEnd();
      return Table.ofRows(0);
    }
    NpyArray piece =
        new NpyArray(type, new int[] {count, columns}, values.next(count), count * columns);
    try {
      Table table = Table.ofMatrix(piece, count, columns);
      rowsRead += count;
      return table;
    } catch (IllegalArgumentException e) {
      throw refusal.of("the rows from " + rowsRead + " on: " + e.getMessage(), e);
    }
  }

  @Override
  public long bytesRead() {
    return values.bytesRead();
  }

  @Override
  public long size() {
    return values.size();
  }

  @Override
  public void close() throws IOException {
    values.close();
  }
}
