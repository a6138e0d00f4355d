package io.rowwise.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Objects;

/** Buffers with the numbers of a matrix: what they have to be, and how they are copied. */
final class HostBuffers {
  /** Bytes that are copied at a time. */
  private static final int PIECE = 1 << 21;

  private HostBuffers() {}

  /**
   * Checks that a buffer holds a matrix, and that native code may read it.
   *
   * @throws IllegalArgumentException if it does not
   */
  static void require(Shape shape, ByteBuffer memory) {
    Objects.requireNonNull(memory, "memory");
    if (!memory.isDirect()) {
      throw new IllegalArgumentException(
          "view: the buffer is on the heap, wanted a direct one, such as a mapped file; arrays are"
              + " for matrix(...)");
    }
    if (memory.isReadOnly()) {
      throw new IllegalArgumentException(
          "view: the buffer is read-only, and who writes to it would end the process; wanted a file"
              + " mapped by MapMode.PRIVATE, where such a write stays in memory");
    }
    if (memory.order() != ByteOrder.nativeOrder()) {
      throw new IllegalArgumentException(
          "view: the buffer is in byte order %s, wanted this machine's: order(%s)"
              .formatted(memory.order(), ByteOrder.nativeOrder()));
    }
    if (memory.remaining() != shape.bytes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "view: the buffer has %d bytes from its position to its limit, a matrix %s wants %d",
              memory.remaining(),
              shape,
              shape.bytes()));
    }
    int size = shape.type().bytes();
    if (memory.alignmentOffset(memory.position(), size) != 0) {
      throw new IllegalArgumentException(
          "view: the buffer starts at an address that is no multiple of "
              + size
              + " bytes, as "
              + shape.type()
              + " wants it");
    }
  }

  /** Writes a buffer's numbers into a matrix of as many, some rows at a time. */
  static void copy(ByteBuffer memory, Matrix to) {
    int columns = Math.max(1, to.columns());
    int most = Math.max(1, PIECE / to.type().bytes() / columns);
    ByteBuffer from = memory.duplicate().order(memory.order());
    for (int first = 0; first < to.rows(); first += most) {
      int last = (int) Math.min(to.rows(), (long) first + most);
      int count = (last - first) * to.columns();
      Matrix rows = to.rows(first, last);
      switch (to.type()) {
        case FLOAT32 -> {
          float[] values = new float[count];
          from.asFloatBuffer().get(values);
          rows.write(values);
        }
        case FLOAT64 -> {
          double[] values = new double[count];
          from.asDoubleBuffer().get(values);
          rows.write(values);
        }
        case BFLOAT16, FLOAT16 -> {
          short[] bits = new short[count];
          from.asShortBuffer().get(bits);
          rows.writeBits(bits);
        }
      }
      from.position(from.position() + count * to.type().bytes());
    }
  }
}
