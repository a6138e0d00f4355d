package io.rowwise.dataset;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Of a matrix whose first index runs fastest, as Fortran has it: for some rows the file is opened
 * anew, and of each column their part is read.
 */
final class ValuesByColumn implements ArrayValues {
  private final ByteSource source;
  private final long size;
  private final long dataAt;
  private final NpyElementType type;
  private final ByteOrder order;
  private final int rows;
  private final int columns;
  private int given;

  /**
   * Of a file that is not compressed, and is known to be as long as the matrix asks for.
   *
   * @param dataAt where the first value is
   */
  ValuesByColumn(
      ByteSource source, long dataAt, NpyElementType type, ByteOrder order, int rows, int columns)
      throws IOException {
    this.source = source;
    this.size = source.size();
    this.dataAt = dataAt;
    this.type = type;
    this.order = order;
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public Object next(int count) throws IOException {
    byte[] bytes = new byte[count * type.bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
    Object column = type.storage().allocate(count);
    Object values = type.storage().allocate(count * columns);
    try (InputStream in = source.open()) {
      in.skipNBytes(dataAt + (long) given * type.bytes());
      for (int c = 0; c < columns; c++) {
        if (c > 0) {
          in.skipNBytes((long) (rows - count) * type.bytes());
        }
        if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
          throw new EOFException();
        }
        type.storage().copy(buffer, column, 0, count);
        for (int row = 0; row < count; row++) {
          System.arraycopy(column, row, values, row * columns + c, 1);
        }
      }
    } catch (EOFException e) {
      throw new NpyFormatException(
          source.name() + ": became shorter while it was read, want one that does not change", e);
    }
    given += count;
    return values;
  }

  @Override
  public void requireEnd() {
    // Its size was compared.
  }

  @Override
  public long bytesRead() {
    return dataAt + (long) given * columns * type.bytes();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void close() {}
}
