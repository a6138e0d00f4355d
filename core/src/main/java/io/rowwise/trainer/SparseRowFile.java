package io.rowwise.trainer;

import io.rowwise.file.ScratchFile;
import io.rowwise.kernel.SparseRows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.IntConsumer;

/**
 * Rows without their zeros in a file: of each row the columns and then the values of what is not 0.
 * It keeps 8 bytes a row. Written by one thread, and then read by one; closed by whoever made it,
 * when it has been read.
 */
final class SparseRowFile implements AutoCloseable {
  private static final int VALUE_BYTES = Integer.BYTES + Double.BYTES;

  /** Bytes that are written at a time, as a rule. */
  private static final int PIECE = 1 << 20;

  private final ScratchFile file;
  private final int features;
  private final int mostValues;

  /** Where the values of each row begin, counted in values. */
  private final long[] starts;

  private int written;
  private byte[] bytes = new byte[PIECE];
  private ByteBuffer numbers = buffer(bytes);

  /**
   * An empty one.
   *
   * @param rows that will be written
   * @param values that they will have, at most
   * @param mostValues that are given at once, but for a row that has more
   */
  SparseRowFile(Path folder, int rows, int features, long values, int mostValues)
      throws IOException {
    this.file = ScratchFile.in(folder, Math.multiplyExact(values, VALUE_BYTES));
    this.features = features;
    this.mostValues = mostValues;
    this.starts = new long[rows + 1];
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private void require(int count) {
    if (bytes.length < count) {
      bytes = new byte[count];
      numbers = buffer(bytes);
    }
  }

  /** Writes the next rows. */
  void write(SparseRows rows) throws IOException {
    long position = starts[written] * VALUE_BYTES;
    int used = 0;
    for (int row = 0; row < rows.rows(); row++) {
      int first = rows.start(row);
      int count = rows.start(row + 1) - first;
      if (used > 0 && used + (long) count * VALUE_BYTES > bytes.length) {
        file.write(position, bytes, 0, used);
        position += used;
        used = 0;
      }
      require(Math.multiplyExact(count, VALUE_BYTES));
      for (int i = 0; i < count; i++) {
        numbers.putInt(used + i * Integer.BYTES, rows.column(first + i));
        numbers.putDouble(used + count * Integer.BYTES + i * Double.BYTES, rows.value(first + i));
      }
      used += count * VALUE_BYTES;
      starts[written + 1] = starts[written] + count;
      written++;
    }
    file.write(position, bytes, 0, used);
  }

  /**
   * A copy of some of the rows, to be read from the first to the last: they are read one by one
   * from all over this file, which takes long if it is larger than memory, and so is done once.
   *
   * @param order their numbers as they were written
   * @param progress is told how many are copied
   */
  SparseRowFile inOrder(Path folder, int[] order, IntConsumer progress) throws IOException {
    long count = 0;
    for (int row : order) {
      count += size(row);
    }
    SparseRowFile copy = new SparseRowFile(folder, order.length, features, count, mostValues);
    boolean isWhole = false;
    try {
      for (int from = 0; from < order.length; ) {
        int end = end(from, order.length, order);
        copy.write(read(from, end, order));
        from = end;
        progress.accept(end);
      }
      isWhole = true;
      return copy;
    } finally {
      if (!isWhole) {
        copy.close();
      }
    }
  }

  /** All rows, as long as the file is open. */
  SparseSource source() {
    return new Source();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private int size(int row) {
    return (int) (starts[row + 1] - starts[row]);
  }

  private static int row(int place, int[] order) {
    return order == null ? place : order[place];
  }

  /** Behind which place not more are given at once. */
  private int end(int from, int to, int[] order) {
    long values = size(row(from, order));
    int end = from + 1;
    while (end < to && values + size(row(end, order)) <= mostValues) {
      values += size(row(end++, order));
    }
    return end;
  }

  /**
   * Reads the rows at some places.
   *
   * @param order the row at each place; null if they are as they were written
   */
  private SparseRows read(int from, int to, int[] order) throws IOException {
    int[] rowStarts = new int[to - from + 1];
    for (int i = 0; i < to - from; i++) {
      rowStarts[i + 1] = rowStarts[i] + size(row(from + i, order));
    }
    int[] columns = new int[rowStarts[to - from]];
    double[] values = new double[columns.length];
    for (int i = 0; i < to - from; ) {
      int first = row(from + i, order);
      int run = 1;
      // What lies together is read together.
      while (i + run < to - from
          && row(from + i + run, order) == first + run
          && (starts[first + run + 1] - starts[first]) * VALUE_BYTES <= PIECE) {
        run++;
      }
      int count = (int) (starts[first + run] - starts[first]);
      require(Math.multiplyExact(count, VALUE_BYTES));
      file.read(starts[first] * VALUE_BYTES, bytes, 0, count * VALUE_BYTES);
      for (int r = 0, at = 0; r < run; r++) {
        int size = size(first + r);
        for (int k = 0; k < size; k++) {
          columns[rowStarts[i + r] + k] = numbers.getInt(at + k * Integer.BYTES);
          values[rowStarts[i + r] + k] =
              numbers.getDouble(at + size * Integer.BYTES + k * Double.BYTES);
        }
        at += size * VALUE_BYTES;
      }
      i += run;
    }
    return SparseRows.of(features, rowStarts, columns, values);
  }

  private final class Source implements SparseSource {
    private SparseRows last;
    private int lastFrom;
    private int lastTo;

    @Override
    public int count() {
      return written;
    }

    @Override
    public int features() {
      return features;
    }

    @Override
    public int end(int from, int to) {
      return SparseRowFile.this.end(from, to, null);
    }

    /** Those of the last call are kept: where all fit at once they are read once. */
    @Override
    public SparseRows rows(int from, int to) {
      if (last == null || from != lastFrom || to != lastTo) {
        last = null;
        try {
          last = read(from, to, null);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        lastFrom = from;
        lastTo = to;
      }
      return last;
    }
  }
}
