package io.rowwise.backend.cuda.interpreter;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A piece of memory that is addressed as one: an allocation, or the shared memory of a block. */
final class Region {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte WRITTEN = -1;

  final StateSpace space;
  final long start;
  final int size;
  byte[] bytes;

  /** For each byte whether it was ever written. */
  private byte[] written;

  private volatile boolean freed;

  Region(StateSpace space, long start, int size) {
    this.space = space;
    this.start = start;
    this.size = size;
    this.bytes = new byte[size];
    this.written = new byte[size];
  }

  /** Gives the bytes back; where they were stays known. */
  void free() {
    freed = true;
    bytes = new byte[0];
    written = new byte[0];
  }

  boolean isFreed() {
    return freed;
  }

  boolean contains(long address) {
    return address >= start && address - start < size;
  }

  /** The bits at an offset; {@code count} is 1, 2, 4 or 8 bytes. */
  long get(int offset, int count) {
    return switch (count) {
      case 8 -> (long) LONG.get(bytes, offset);
      case 4 -> (int) INT.get(bytes, offset);
      case 2 -> (short) SHORT.get(bytes, offset);
      default -> bytes[offset];
    };
  }

  void set(int offset, int count, long bits) {
    switch (count) {
      case 8 -> {
        LONG.set(bytes, offset, bits);
        LONG.set(written, offset, -1L);
      }
      case 4 -> {
        INT.set(bytes, offset, (int) bits);
        INT.set(written, offset, -1);
      }
      case 2 -> {
        SHORT.set(bytes, offset, (short) bits);
        SHORT.set(written, offset, (short) -1);
      }
      default -> {
        bytes[offset] = (byte) bits;
        written[offset] = WRITTEN;
      }
    }
  }

  boolean isWritten(int offset, int count) {
    return switch (count) {
      case 8 -> (long) LONG.get(written, offset) == -1L;
      case 4 -> (int) INT.get(written, offset) == -1;
      case 2 -> (short) SHORT.get(written, offset) == -1;
      default -> isWrittenThroughout(offset, count);
    };
  }

  private boolean isWrittenThroughout(int offset, int count) {
    for (int i = offset; i < offset + count; i++) {
      if (written[i] != WRITTEN) {
        return false;
      }
    }
    return true;
  }

  void markWritten(int offset, int count) {
    Arrays.fill(written, offset, offset + count, WRITTEN);
  }

  /** Copies bytes, and whether they were written. */
  void copyFrom(Region source, int sourceOffset, int offset, int count) {
    System.arraycopy(source.bytes, sourceOffset, bytes, offset, count);
    System.arraycopy(source.written, sourceOffset, written, offset, count);
  }

  /** Makes the memory as if nobody had written it. */
  void forget() {
    forget(0, size);
  }

  /** Makes some bytes as if nobody had written them. */
  void forget(int offset, int count) {
    Arrays.fill(written, offset, offset + count, (byte) 0);
  }
}
