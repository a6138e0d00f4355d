package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import java.nio.ByteBuffer;

/**
 * Copies between host arrays and the device through one piece of pinned memory, a range of rows at
 * a time, on one stream. Threads take turns.
 */
final class Staging implements AutoCloseable {
  private static final int BYTES = 4 << 20;

  private final Gpu gpu;
  private final long stream;
  private final ByteBuffer pinned;

  /** Whether the device may still use the pinned memory: it was not seen to have finished. */
  private boolean busy;

  Staging(Gpu gpu, long stream) {
    this.gpu = gpu;
    this.stream = stream;
    this.pinned = gpu.pin(BYTES);
  }

  /** Moves {@code count} elements between the pinned memory and an array, from {@code at}. */
  private interface Elements {
    void move(int at, int count);
  }

  synchronized void read(
      ElementType type, long from, int rows, int columns, long leadingDimension, double[] to) {
    Elements elements =
        switch (type) {
          case FLOAT64 -> (at, count) -> pinned.asDoubleBuffer().get(0, to, at, count);
          case FLOAT32 ->
              (at, count) -> {
                for (int i = 0; i < count; i++) {
                  to[at + i] = pinned.getFloat(i * Float.BYTES);
                }
              };
        };
    download(type, from, rows, columns, leadingDimension, elements);
  }

  synchronized void read(
      ElementType type, long from, int rows, int columns, long leadingDimension, float[] to) {
    Elements elements =
        switch (type) {
          case FLOAT64 ->
              (at, count) -> {
                for (int i = 0; i < count; i++) {
                  to[at + i] = (float) pinned.getDouble(i * Double.BYTES);
                }
              };
          case FLOAT32 -> (at, count) -> pinned.asFloatBuffer().get(0, to, at, count);
        };
    download(type, from, rows, columns, leadingDimension, elements);
  }

  synchronized void write(
      ElementType type, long to, int rows, int columns, long leadingDimension, double[] from) {
    Elements elements =
        switch (type) {
          case FLOAT64 -> (at, count) -> pinned.asDoubleBuffer().put(0, from, at, count);
          case FLOAT32 ->
              (at, count) -> {
                for (int i = 0; i < count; i++) {
                  pinned.putFloat(i * Float.BYTES, (float) from[at + i]);
                }
              };
        };
    upload(type, to, rows, columns, leadingDimension, elements);
  }

  synchronized void write(
      ElementType type, long to, int rows, int columns, long leadingDimension, float[] from) {
    Elements elements =
        switch (type) {
          case FLOAT64 ->
              (at, count) -> {
                for (int i = 0; i < count; i++) {
                  pinned.putDouble(i * Double.BYTES, from[at + i]);
                }
              };
          case FLOAT32 -> (at, count) -> pinned.asFloatBuffer().put(0, from, at, count);
        };
    upload(type, to, rows, columns, leadingDimension, elements);
  }

  /** One range of rows and columns of a matrix. */
  private interface Piece {
    void copy(long address, long pitch, long rowBytes, int rows, int at, int count);
  }

  private void download(
      ElementType type, long from, int rows, int columns, long leadingDimension, Elements to) {
    eachPiece(
        type,
        from,
        rows,
        columns,
        leadingDimension,
        (address, pitch, rowBytes, pieceRows, at, count) -> {
          finish();
          busy = true;
          gpu.download(stream, pinned, address, pitch, rowBytes, pieceRows);
          finish();
          to.move(at, count);
        });
  }

  private void upload(
      ElementType type, long to, int rows, int columns, long leadingDimension, Elements from) {
    eachPiece(
        type,
        to,
        rows,
        columns,
        leadingDimension,
        (address, pitch, rowBytes, pieceRows, at, count) -> {
          finish();
          from.move(at, count);
          busy = true;
          gpu.upload(stream, address, pitch, pinned, rowBytes, pieceRows);
          // The next piece, or the next call, overwrites the pinned memory.
          finish();
        });
  }

  private void finish() {
    if (busy) {
      gpu.synchronize(stream);
      busy = false;
    }
  }

  /** As many whole rows as fit at a time, or pieces of a row where not even one does. */
  private static void eachPiece(
      ElementType type, long address, int rows, int columns, long leadingDimension, Piece piece) {
    int fitting = BYTES / type.bytes();
    int pieceColumns = Math.min(columns, fitting);
    int pieceRows = Math.max(1, fitting / columns);
    long pitch = leadingDimension * type.bytes();
    for (int row = 0; row < rows; row += pieceRows) {
      int rowsHere = Math.min(pieceRows, rows - row);
      for (int column = 0; column < columns; column += pieceColumns) {
        int columnsHere = Math.min(pieceColumns, columns - column);
        piece.copy(
            address + row * pitch + (long) column * type.bytes(),
            pitch,
            (long) columnsHere * type.bytes(),
            rowsHere,
            row * columns + column,
            rowsHere * columnsHere);
      }
    }
  }

  @Override
  public void close() {
    gpu.unpin(pinned);
  }
}
