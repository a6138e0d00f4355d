package io.rowwise.dataset;

import java.nio.ByteBuffer;

/** The Java arrays that values are kept in, each with as many bits as in the file. */
enum NpyStorage {
  BYTES(Byte.BYTES) {
    @Override
    Object allocate(int size) {
      return new byte[size];
    }

    @Override
    void copy(ByteBuffer from, Object to, int start, int count) {
      from.get(0, (byte[]) to, start, count);
    }

    @Override
    void copy(Object from, int start, int count, ByteBuffer to) {
      to.put(0, (byte[]) from, start, count);
    }
  },

  SHORTS(Short.BYTES) {
    @Override
    Object allocate(int size) {
      return new short[size];
    }

    @Override
    void copy(ByteBuffer from, Object to, int start, int count) {
      from.asShortBuffer().get((short[]) to, start, count);
    }

    @Override
    void copy(Object from, int start, int count, ByteBuffer to) {
      to.asShortBuffer().put((short[]) from, start, count);
    }
  },

  INTS(Integer.BYTES) {
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

  LONGS(Long.BYTES) {
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
  },

  FLOATS(Float.BYTES) {
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

  DOUBLES(Double.BYTES) {
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
  };

  final int bytes;

  NpyStorage(int bytes) {
    this.bytes = bytes;
  }

  /** An array of this type. */
  abstract Object allocate(int size);

  /** Decodes the buffer's first elements into a range of an array of this type. */
  abstract void copy(ByteBuffer from, Object to, int start, int count);

  /** Encodes a range of an array of this type into the buffer's first elements. */
  abstract void copy(Object from, int start, int count, ByteBuffer to);
}
