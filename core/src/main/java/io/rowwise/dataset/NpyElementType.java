package io.rowwise.dataset;

import java.nio.ByteBuffer;

/**
 * The types of element that {@link Npy} reads and writes. The types that NumPy has besides these,
 * such as {@code object}, {@code bool} and records, are refused with a message.
 */
public enum NpyElementType {
  /** Java's {@code float}, NumPy's {@code float32}. */
  FLOAT32("float32", "f4", Float.BYTES) {
    @Override
    Object allocate(int size) {
      return new float[size];
    }

    @Override
    void copy(ByteBuffer from, Object to, int start, int count) {
      from.asFloatBuffer().get((float[]) to, start, count);
    }

    @Override
    void copy(Object from, int start, int count, ByteBuffer to) {
      to.asFloatBuffer().put((float[]) from, start, count);
    }
  },

  /** Java's {@code double}, NumPy's {@code float64}. */
  FLOAT64("float64", "f8", Double.BYTES) {
    @Override
    Object allocate(int size) {
      return new double[size];
    }

    @Override
    void copy(ByteBuffer from, Object to, int start, int count) {
      from.asDoubleBuffer().get((double[]) to, start, count);
    }

    @Override
    void copy(Object from, int start, int count, ByteBuffer to) {
      to.asDoubleBuffer().put((double[]) from, start, count);
    }
  },

  /** Java's {@code int}, NumPy's {@code int32}. */
  INT32("int32", "i4", Integer.BYTES) {
    @Override
    Object allocate(int size) {
      return new int[size];
    }

    @Override
    void copy(ByteBuffer from, Object to, int start, int count) {
      from.asIntBuffer().get((int[]) to, start, count);
    }

    @Override
    void copy(Object from, int start, int count, ByteBuffer to) {
      to.asIntBuffer().put((int[]) from, start, count);
    }
  },

  /** Java's {@code long}, NumPy's {@code int64}. */
  INT64("int64", "i8", Long.BYTES) {
    @Override
    Object allocate(int size) {
      return new long[size];
    }

    @Override
    void copy(ByteBuffer from, Object to, int start, int count) {
      from.asLongBuffer().get((long[]) to, start, count);
    }

    @Override
    void copy(Object from, int start, int count, ByteBuffer to) {
      to.asLongBuffer().put((long[]) from, start, count);
    }
  };

  private final String numpyName;
  private final String code;
  private final int bytes;

  NpyElementType(String numpyName, String code, int bytes) {
    this.numpyName = numpyName;
    this.code = code;
    this.bytes = bytes;
  }

  /** How many bytes an element takes in a file. */
  public int bytes() {
    return bytes;
  }

  /** NumPy's name for the type, such as {@code float64}. */
  @Override
  public String toString() {
    return numpyName;
  }

  /** What stands for the type in a header, without the byte order. */
  String code() {
    return code;
  }

  /** An array of this type. */
  abstract Object allocate(int size);

  /** Decodes the buffer's first elements into a range of an array of this type. */
  abstract void copy(ByteBuffer from, Object to, int start, int count);

  /** Encodes a range of an array of this type into the buffer's first elements. */
  abstract void copy(Object from, int start, int count, ByteBuffer to);
}
