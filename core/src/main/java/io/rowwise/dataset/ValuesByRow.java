package io.rowwise.dataset;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Of an array whose last index runs fastest, by reading on. */
final class ValuesByRow implements ArrayValues {
  /** A piece of so many is believed to be there before it is. */
  private static final int MOST_BELIEVED = 1 << 18;

  private final FileBytes bytes;
  private final NpyElementType type;
  private final ByteOrder order;
  private final int[] shape;
  private final int columns;
  private long given;

  /**
   * Of bytes that are read up to the first value, and which it closes.
   *
   * @param shape whose first dimension is the rows
   */
  ValuesByRow(FileBytes bytes, NpyElementType type, ByteOrder order, int[] shape) {
    this.bytes = bytes;
    this.type = type;
    this.order = order;
    this.shape = shape;
    this.columns = ArrayReader.columns(shape);
  }

  @Override
  public Object next(int count) throws IOException {
    int size = count * columns;
    GrowingArray values = new GrowingArray(type, size, size <= MOST_BELIEVED);
    long found;
    try {
      found = values.read(bytes.in(), order);
    } catch (IOException e) {
      throw bytes.named(e);
    }
    given += found;
    if (found < values.wantedBytes()) {
      throw bytes.refused(
          "the data end after "
              + given
              + " bytes, want more for "
              + type
              + " of shape "
              + Arrays.toString(shape));
    }
    return values.array();
  }

  @Override
  public void requireEnd() throws IOException {
    boolean isEnd;
    try {
      isEnd = bytes.in().read() < 0;
    } catch (IOException e) {
      throw bytes.named(e);
    }
    if (!isEnd) {
      throw bytes.refused(
          "there are more bytes after the data of " + type + " of shape " + Arrays.toString(shape));
    }
  }

  @Override
  public long bytesRead() {
    return bytes.count();
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
