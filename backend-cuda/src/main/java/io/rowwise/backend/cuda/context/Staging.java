package io.rowwise.backend.cuda.context;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.driver.Gpu;
import java.nio.ByteBuffer;

/**
 * Copies between host arrays and the device through two pieces of pinned memory in turn, on one
 * stream: while the device copies one, the other is filled or emptied. What was written is on its
 * way when a write returns. Threads take turns.
 */
final class Staging implements AutoCloseable {
  /** Of each piece: long enough that asking for a copy costs little of it. */
  private static final int BYTES = 2 << 20;

  private final Gpu gpu;
  private final long stream;
  private final Pinned[] pieces = new Pinned[2];
  private int last;

  /** A piece of pinned memory. */
  private static final class Pinned {
    final ByteBuffer memory;

    /** Whether the device may still use it: it was not seen to have finished. */
    boolean busy;

    Pinned(ByteBuffer memory) {
      this.memory = memory;
    }
  }

  Staging(Gpu gpu, long stream) {
    this.gpu = gpu;
    this.stream = stream;
  }

  /** Moves {@code count} elements between pinned memory and an array, from {@code at}. */
  private interface Elements {
    void move(ByteBuffer pinned, int at, int count);
  }

  synchronized void read(
      ElementType type, long from, int rows, int columns, long leadingDimension, double[] to) {
    Elements elements =
        switch (type) {
          case FLOAT64 -> (pinned, at, count) -> pinned.asDoubleBuffer().get(0, to, at, count);
          case FLOAT32 ->
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  to[at + i] = pinned.getFloat(i * Float.BYTES);
                }
              };
          case BFLOAT16, FLOAT16 ->
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  to[at + i] = type.ofBits(pinned.getShort(i * Short.BYTES));
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
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  to[at + i] = (float) pinned.getDouble(i * Double.BYTES);
                }
              };
          case FLOAT32 -> (pinned, at, count) -> pinned.asFloatBuffer().get(0, to, at, count);
          case BFLOAT16, FLOAT16 ->
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  to[at + i] = type.ofBits(pinned.getShort(i * Short.BYTES));
                }
              };
        };
    download(type, from, rows, columns, leadingDimension, elements);
  }

  synchronized void write(
      ElementType type, long to, int rows, int columns, long leadingDimension, double[] from) {
    Elements elements =
        switch (type) {
          case FLOAT64 -> (pinned, at, count) -> pinned.asDoubleBuffer().put(0, from, at, count);
          case FLOAT32 ->
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  pinned.putFloat(i * Float.BYTES, (float) from[at + i]);
                }
              };
          case BFLOAT16, FLOAT16 ->
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  pinned.putShort(i * Short.BYTES, type.bits(from[at + i]));
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
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  pinned.putDouble(i * Double.BYTES, from[at + i]);
                }
              };
          case FLOAT32 -> (pinned, at, count) -> pinned.asFloatBuffer().put(0, from, at, count);
          case BFLOAT16, FLOAT16 ->
              (pinned, at, count) -> {
                for (int i = 0; i < count; i++) {
                  pinned.putShort(i * Short.BYTES, type.bits(from[at + i]));
                }
              };
        };
    upload(type, to, rows, columns, leadingDimension, elements);
  }

  private void upload(
      ElementType type, long to, int rows, int columns, long leadingDimension, Elements from) {
    eachPart(
        type,
        to,
        rows,
        columns,
        leadingDimension,
        part -> {
          Pinned piece = next();
          from.move(piece.memory, part.at, part.count());
          piece.busy = true;
          gpu.upload(stream, part.address, part.pitch, piece.memory, part.rowBytes, part.rows);
        });
  }

  private void download(
      ElementType type, long from, int rows, int columns, long leadingDimension, Elements to) {
    Download download = new Download(to);
    eachPart(type, from, rows, columns, leadingDimension, download);
    download.finish();
  }

  /** Asks for each part before it empties the one before. */
  private final class Download implements Copy {
    private final Elements to;
    private Pinned piece;
    private Part part;

    Download(Elements to) {
      this.to = to;
    }

    @Override
    public void of(Part next) {
      Pinned into = next();
      into.busy = true;
      gpu.download(stream, into.memory, next.address, next.pitch, next.rowBytes, next.rows);
      finish();
      piece = into;
      part = next;
    }

    void finish() {
      if (piece != null) {
        await(piece);
        to.move(piece.memory, part.at, part.count());
      }
    }
  }

  /** The piece that has been in use longer, when it is not any more. */
  private Pinned next() {
    last = 1 - last;
    if (pieces[last] == null) {
      pieces[last] = new Pinned(gpu.pin(BYTES));
    }
    await(pieces[last]);
    return pieces[last];
  }

  private void await(Pinned piece) {
    if (piece.busy) {
      gpu.awaitCopies(piece.memory);
      piece.busy = false;
    }
  }

  /**
   * Some rows of some columns of a matrix.
   *
   * @param address where they begin on the device
   * @param pitch bytes from one row's start to the next's there
   * @param at where they begin in the array
   */
  private record Part(long address, long pitch, long rowBytes, int rows, int at, int columns) {
    int count() {
      return rows * columns;
    }
  }

  private interface Copy {
    void of(Part part);
  }

  /** As many whole rows as fit at a time, or parts of a row where not even one does. */
  private static void eachPart(
      ElementType type, long address, int rows, int columns, long leadingDimension, Copy copy) {
    int fitting = BYTES / type.bytes();
    int partColumns = Math.min(columns, fitting);
    int partRows = Math.max(1, fitting / columns);
    long pitch = leadingDimension * type.bytes();
    for (long row = 0; row < rows; row += partRows) {
      int rowsHere = (int) Math.min(partRows, rows - row);
      for (int column = 0; column < columns; column += partColumns) {
        int columnsHere = Math.min(partColumns, columns - column);
        copy.of(
            new Part(
                address + row * pitch + (long) column * type.bytes(),
                pitch,
                (long) columnsHere * type.bytes(),
                rowsHere,
                (int) (row * columns) + column,
                columnsHere));
      }
    }
  }

  /** Gives the pinned memory back. What was asked for has been done. */
  @Override
  public void close() {
    for (Pinned piece : pieces) {
      if (piece != null) {
        gpu.unpin(piece.memory);
      }
    }
  }
}
