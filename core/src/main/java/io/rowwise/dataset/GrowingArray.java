package io.rowwise.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The values of a file while they arrive. Unless the size is known to be right, memory is taken for
 * at most 64 KiB and twice what has arrived. Not thread-safe.
 */
final class GrowingArray {
  /** A multiple of the size of each type of element. */
  private static final int CHUNK_BYTES = 1 << 16;

  private final NpyElementType type;
  private final int size;
  private int capacity;
  private Object values;

  GrowingArray(NpyElementType type, int size, boolean sizeChecked) {
    this.type = type;
    this.size = size;
    capacity = sizeChecked ? size : Math.min(size, CHUNK_BYTES / type.bytes());
    values = type.storage().allocate(capacity);
  }

  long wantedBytes() {
    return (long) size * type.bytes();
  }

  /** Reads until it is full or the stream ends, and says how many bytes there were. */
  long read(InputStream in, ByteOrder order) throws IOException {
    int chunkSize = CHUNK_BYTES / type.bytes();
    byte[] bytes = new byte[Math.min(size, chunkSize) * type.bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
    for (int start = 0; start < size; start += chunkSize) {
      int count = Math.min(size - start, chunkSize);
      int wanted = count * type.bytes();
      int found = in.readNBytes(bytes, 0, wanted);
      if (found < wanted) {
        return (long) start * type.bytes() + found;
      }
      if (start + count > capacity) {
        capacity = (int) Math.min(size, 2L * capacity);
        Object grown = type.storage().allocate(capacity);
        System.arraycopy(values, 0, grown, 0, start);
        values = grown;
      }
      type.storage().copy(buffer, values, start, count);
    }
    return wantedBytes();
  }

  /** The values, once all of them were read. */
  Object array() {
    return values;
  }
}
