package io.rowwise.backend.cpu.memory;

import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import sun.misc.Unsafe;

/**
 * {@link NativeMemory} by {@code sun.misc.Unsafe}, whose access to memory JDK 24 and later warn of.
 * An index of bounded range, which the masks give, is what C2 of JDK 17 asks for to vectorise.
 */
final class UnsafeMemory extends NativeMemory {
  private static final Unsafe UNSAFE = unsafe();
  private static final long FLOATS = Unsafe.ARRAY_FLOAT_BASE_OFFSET;
  private static final long SHORTS = Unsafe.ARRAY_SHORT_BASE_OFFSET;
  private static final long INTS = Unsafe.ARRAY_INT_BASE_OFFSET;
  private static final long DOUBLES = Unsafe.ARRAY_DOUBLE_BASE_OFFSET;
  private static final long ADDRESS = addressField();

  UnsafeMemory() {
    // Throws where it is denied.
    UNSAFE.putFloat(new float[1], FLOATS, 1);
  }

  /** Where a buffer keeps its address, which it tells nobody else. */
  private static long addressField() {
    try {
      return UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField("address"));
    } catch (NoSuchFieldException e) {
      throw new LinkageError("a buffer without an address", e);
    }
  }

  private static Unsafe unsafe() {
    try {
      Field field = Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return (Unsafe) field.get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no Unsafe", e);
    }
  }

  @Override
  public void copy(long from, float[] to, int at, int count) {
    UNSAFE.copyMemory(null, from, to, FLOATS + 4L * at, 4L * count);
  }

  @Override
  public void copy(long from, double[] to, int at, int count) {
    UNSAFE.copyMemory(null, from, to, DOUBLES + 8L * at, 8L * count);
  }

  @Override
  public void copy(float[] from, int at, long to, int count) {
    UNSAFE.copyMemory(from, FLOATS + 4L * at, null, to, 4L * count);
  }

  @Override
  public void copy(double[] from, int at, long to, int count) {
    UNSAFE.copyMemory(from, DOUBLES + 8L * at, null, to, 8L * count);
  }

  @Override
  public void copy(long from, short[] to, int at, int count) {
    UNSAFE.copyMemory(null, from, to, SHORTS + 2L * at, 2L * count);
  }

  @Override
  public void copy(short[] from, int at, long to, int count) {
    UNSAFE.copyMemory(from, SHORTS + 2L * at, null, to, 2L * count);
  }

  @Override
  public void toBits(float[] from, int at, int[] to, int count) {
    UNSAFE.copyMemory(from, FLOATS + 4L * at, to, INTS, 4L * count);
  }

  @Override
  public void toFloats(int[] from, float[] to, int at, int count) {
    UNSAFE.copyMemory(from, INTS, to, FLOATS + 4L * at, 4L * count);
  }

  @Override
  public void copy(long from, long to, long bytes) {
    UNSAFE.copyMemory(from, to, bytes);
  }

  @Override
  public long address(ByteBuffer direct) {
    return UNSAFE.getLong(direct, ADDRESS);
  }

  @Override
  public float float32(long address) {
    return UNSAFE.getFloat(address);
  }

  @Override
  public double float64(long address) {
    return UNSAFE.getDouble(address);
  }

  @Override
  public void put(float value, long address) {
    UNSAFE.putFloat(address, value);
  }

  @Override
  public void put(double value, long address) {
    UNSAFE.putDouble(address, value);
  }

  @Override
  public void scale(
      float[] x, float[] exponents, int base, int lowest, int[] bits, float[] out, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      int above = UNSAFE.getInt(exponents, FLOATS + 4L * i) - base;
      int scaled = Bits.scale(UNSAFE.getInt(x, FLOATS + 4L * i), above, lowest);
      UNSAFE.putInt(out, FLOATS + 4L * i, scaled);
    }
  }

  @Override
  public void scale(
      double[] x,
      double[] exponents,
      long base,
      long lowest,
      long[] bits,
      double[] out,
      int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long above = UNSAFE.getLong(exponents, DOUBLES + 8L * i) - base;
      long scaled = Bits.scale(UNSAFE.getLong(x, DOUBLES + 8L * i), above, lowest);
      UNSAFE.putLong(out, DOUBLES + 8L * i, scaled);
    }
  }

  @Override
  public void scale(
      double[] x,
      double[] exponents,
      double[] bases,
      long lowest,
      long[] bits,
      double[] out,
      int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long exponent =
          UNSAFE.getLong(exponents, DOUBLES + 8L * i) - UNSAFE.getLong(bases, DOUBLES + 8L * i);
      long scaled = Bits.scale(UNSAFE.getLong(x, DOUBLES + 8L * i), exponent - lowest, lowest);
      UNSAFE.putLong(out, DOUBLES + 8L * i, scaled);
    }
  }

  @Override
  public void split(float[] x, float[] powers, float[] mantissas, int[] bits, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      int number = UNSAFE.getInt(x, FLOATS + 4L * i);
      UNSAFE.putInt(powers, FLOATS + 4L * i, Bits.shifted(number));
      UNSAFE.putInt(mantissas, FLOATS + 4L * i, Bits.mantissa(number));
    }
  }

  @Override
  public void split(double[] x, double[] powers, double[] mantissas, long[] bits, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long number = UNSAFE.getLong(x, DOUBLES + 8L * i);
      UNSAFE.putLong(powers, DOUBLES + 8L * i, Bits.shifted(number));
      UNSAFE.putLong(mantissas, DOUBLES + 8L * i, Bits.mantissa(number));
    }
  }

  @Override
  public String description() {
    return "by Unsafe";
  }
}
