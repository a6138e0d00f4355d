package io.rowwise.trainer;

import io.rowwise.backend.ElementType;
import io.rowwise.file.ScratchFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.IntToDoubleFunction;

/**
 * Rows as numbers of one type in a file: first the features, row-major, then the class of each row,
 * then its weight if there are any. Each part begins at a multiple of 64 bytes. Written by one
 * thread, in any order; closed by whoever made it, when it has been read.
 */
final class RowFile implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  /** Bytes that are written at a time. */
  private static final int PIECE = 1 << 20;

  private final ElementType type;
  private final int rows;
  private final int features;
  private final boolean hasWeights;
  private final long labelsAt;
  private final long weightsAt;
  private final ScratchFile file;
  private final byte[] bytes;
  private final ByteBuffer numbers;

  /**
   * An empty one.
   *
   * @param type {@code float32} or {@code float64}, which is what is trained in
   * @param rows at least 1
   */
  RowFile(Path folder, ElementType type, int rows, int features, boolean hasWeights)
      throws IOException {
    this.type = type;
    this.rows = rows;
    this.features = features;
    this.hasWeights = hasWeights;
    this.labelsAt = aligned((long) rows * features * type.bytes());
    this.weightsAt = aligned(labelsAt + (long) rows * type.bytes());
    long end = hasWeights ? weightsAt + (long) rows * type.bytes() : weightsAt;
    this.bytes = new byte[Math.max(PIECE, Math.multiplyExact(features, type.bytes()))];
    this.numbers = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    this.file = ScratchFile.in(folder, end);
  }

  private static long aligned(long position) {
    return (position + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  ElementType type() {
    return type;
  }

  int rows() {
    return rows;
  }

  int features() {
    return features;
  }

  boolean hasWeights() {
    return hasWeights;
  }

  /** Bytes of a row with its class and weight. */
  long rowBytes() {
    return (features + 2L) * type.bytes();
  }

  /**
   * Writes rows that follow one another.
   *
   * @param place of the first
   * @param encoded row-major
   * @param from the first of them there
   */
  void write(int place, double[] encoded, int from, int count) throws IOException {
    int most = bytes.length / type.bytes() / features;
    for (int done = 0; done < count; done += most) {
      int now = Math.min(most, count - done);
      long position = ((long) place + done) * features * type.bytes();
      put(encoded, (from + done) * features, now * features);
      file.write(position, bytes, 0, now * features * type.bytes());
    }
  }

  /**
   * Writes the class of each row, and its weight if there are any.
   *
   * @param label of the row at a place
   */
  void writeTargets(IntToDoubleFunction label, IntToDoubleFunction weight) throws IOException {
    write(labelsAt, label);
    if (hasWeights) {
      write(weightsAt, weight);
    }
  }

  private void write(long position, IntToDoubleFunction value) throws IOException {
    double[] values = new double[Math.min(rows, PIECE / Double.BYTES)];
    for (int first = 0; first < rows; first += values.length) {
      int count = Math.min(values.length, rows - first);
      for (int i = 0; i < count; i++) {
        values[i] = value.applyAsDouble(first + i);
      }
      put(values, 0, count);
      file.write(position + (long) first * type.bytes(), bytes, 0, count * type.bytes());
    }
  }

  private void put(double[] values, int from, int count) {
    if (type == ElementType.FLOAT64) {
      numbers.asDoubleBuffer().put(values, from, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      numbers.putFloat(i * Float.BYTES, (float) values[from + i]);
    }
  }

  /** The features of some rows, mapped. */
  ByteBuffer x(int first, int count) throws IOException {
    long bytesOfRow = (long) features * type.bytes();
    return file.map(first * bytesOfRow, count * bytesOfRow);
  }

  /** The classes of some rows, mapped. */
  ByteBuffer labels(int first, int count) throws IOException {
    return column(labelsAt, first, count);
  }

  /** The weights of some rows, mapped; null if there are none. */
  ByteBuffer weights(int first, int count) throws IOException {
    return hasWeights ? column(weightsAt, first, count) : null;
  }

  private ByteBuffer column(long position, int first, int count) throws IOException {
    return file.map(position + (long) first * type.bytes(), (long) count * type.bytes());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
