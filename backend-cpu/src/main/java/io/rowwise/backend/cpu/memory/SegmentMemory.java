package io.rowwise.backend.cpu.memory;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;

/**
 * {@link NativeMemory} by {@code java.lang.foreign}, which JDK 22 and later have. This project is
 * compiled for JDK 17, so its methods are called by handles, and its types are {@code Object} here;
 * the handles are constants, and C2 compiles them as it does direct calls.
 *
 * <p>C2 does not vectorise stores to a segment: results of loops over bits go to an array of
 * integers, and are copied from there.
 */
final class SegmentMemory extends NativeMemory {
  private static final Class<?> SEGMENT = find("MemorySegment");
  private static final Class<?> LAYOUT = find("ValueLayout");
  private static final Object FLOAT = layout("JAVA_FLOAT");
  private static final Object DOUBLE = layout("JAVA_DOUBLE");
  private static final Object SHORT = layout("JAVA_SHORT");
  private static final Object INT = layout("JAVA_INT");
  private static final Object ALL = all();

  private static final MethodHandle TO_ARRAY =
      method("copy", void.class, SEGMENT, LAYOUT, long.class, Object.class, int.class, int.class);
  private static final MethodHandle FROM_ARRAY =
      method("copy", void.class, Object.class, int.class, SEGMENT, LAYOUT, long.class, int.class);
  private static final MethodHandle BYTES =
      method("copy", void.class, SEGMENT, long.class, SEGMENT, long.class, long.class);
  private static final MethodHandle OF_BUFFER = method("ofBuffer", SEGMENT, Buffer.class);
  private static final MethodHandle ADDRESS = address();
  private static final MethodHandle OF_FLOATS = method("ofArray", SEGMENT, float[].class);
  private static final MethodHandle OF_DOUBLES = method("ofArray", SEGMENT, double[].class);
  private static final MethodHandle OF_INTS = method("ofArray", SEGMENT, int[].class);
  private static final MethodHandle OF_LONGS = method("ofArray", SEGMENT, long[].class);

  // By a segment and an offset in bytes.
  private static final VarHandle FLOAT_AT = elements(FLOAT);
  private static final VarHandle DOUBLE_AT = elements(DOUBLE);
  private static final VarHandle INT_AT = elements(INT);
  private static final VarHandle LONG_AT = elements(layout("JAVA_LONG"));

  SegmentMemory() {}

  private static Class<?> find(String name) {
    try {
      return Class.forName("java.lang.foreign." + name);
    } catch (ClassNotFoundException e) {
      throw new LinkageError("no java.lang.foreign." + name, e);
    }
  }

  private static Object layout(String name) {
    try {
      return LAYOUT.getField(name).get(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no ValueLayout." + name, e);
    }
  }

  /** A segment of all memory there is, in which an offset is an address. */
  private static Object all() {
    try {
      // Not the public lookup: who calls a restricted method has to be known.
      return MethodHandles.lookup()
          .findVirtual(SEGMENT, "reinterpret", MethodType.methodType(SEGMENT, long.class))
          .invoke(SEGMENT.getField("NULL").get(null), Long.MAX_VALUE);
    } catch (Throwable e) {
      throw new LinkageError("java.lang.foreign gives no access to native memory", e);
    }
  }

  private static MethodHandle method(String name, Class<?> result, Class<?>... parameters) {
    MethodType type = MethodType.methodType(result, parameters);
    try {
      return MethodHandles.publicLookup().findStatic(SEGMENT, name, type).asType(type.erase());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no MemorySegment." + name, e);
    }
  }

  private static MethodHandle address() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(SEGMENT, "address", MethodType.methodType(long.class))
          .asType(MethodType.methodType(long.class, Object.class));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no MemorySegment.address", e);
    }
  }

  private static VarHandle elements(Object layout) {
    MethodHandle toSegment =
        MethodHandles.identity(Object.class).asType(MethodType.methodType(SEGMENT, Object.class));
    try {
      Object handle = LAYOUT.getMethod("varHandle").invoke(layout);
      return (VarHandle)
          MethodHandles.class
              .getMethod("filterCoordinates", VarHandle.class, int.class, MethodHandle[].class)
              .invoke(null, handle, 0, new MethodHandle[] {toSegment});
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no ValueLayout.varHandle", e);
    }
  }

  /** None of these methods throws what a caller would have to catch. */
  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
  }

  private static void copy(
      Object segment, Object layout, long offset, Object to, int at, int count) {
    try {
      TO_ARRAY.invokeExact(segment, layout, offset, to, at, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void copy(Object from, int at, Object layout, long to, int count) {
    try {
      FROM_ARRAY.invokeExact(from, at, ALL, layout, to, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** An array as a segment. */
  private static Object segment(MethodHandle ofArray, Object array) {
    try {
      return (Object) ofArray.invokeExact(array);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void copy(long from, float[] to, int at, int count) {
    copy(ALL, FLOAT, from, to, at, count);
  }

  @Override
  public void copy(long from, double[] to, int at, int count) {
    copy(ALL, DOUBLE, from, to, at, count);
  }

  @Override
  public void copy(float[] from, int at, long to, int count) {
    copy(from, at, FLOAT, to, count);
  }

  @Override
  public void copy(double[] from, int at, long to, int count) {
    copy(from, at, DOUBLE, to, count);
  }

  @Override
  public void copy(long from, short[] to, int at, int count) {
    copy(ALL, SHORT, from, to, at, count);
  }

  @Override
  public void copy(short[] from, int at, long to, int count) {
    copy(from, at, SHORT, to, count);
  }

  @Override
  public void toBits(float[] from, int at, int[] to, int count) {
    copy(segment(OF_FLOATS, from), INT, 4L * at, to, 0, count);
  }

  @Override
  public void toFloats(int[] from, float[] to, int at, int count) {
    copy(segment(OF_INTS, from), FLOAT, 0, to, at, count);
  }

  @Override
  public void copy(long from, long to, long bytes) {
    try {
      BYTES.invokeExact(ALL, from, ALL, to, bytes);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public long address(ByteBuffer direct) {
    try {
      // The segment begins at the buffer's position.
      Object segment = (Object) OF_BUFFER.invokeExact((Object) direct.duplicate().rewind());
      return (long) ADDRESS.invokeExact(segment);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public float float32(long address) {
    return (float) FLOAT_AT.get(ALL, address);
  }

  @Override
  public double float64(long address) {
    return (double) DOUBLE_AT.get(ALL, address);
  }

  @Override
  public void put(float value, long address) {
    FLOAT_AT.set(ALL, address, value);
  }

  @Override
  public void put(double value, long address) {
    DOUBLE_AT.set(ALL, address, value);
  }

  @Override
  public void scale(
      float[] x, float[] exponents, int base, int lowest, int[] bits, float[] out, int count) {
    Object ofX = segment(OF_FLOATS, x);
    Object ofExponents = segment(OF_FLOATS, exponents);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      int above = (int) INT_AT.get(ofExponents, 4L * i) - base;
      bits[i] = Bits.scale((int) INT_AT.get(ofX, 4L * i), above, lowest);
    }
    copy(segment(OF_INTS, bits), FLOAT, 0, out, 0, count);
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
    Object ofX = segment(OF_DOUBLES, x);
    Object ofExponents = segment(OF_DOUBLES, exponents);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long above = (long) LONG_AT.get(ofExponents, 8L * i) - base;
      bits[i] = Bits.scale((long) LONG_AT.get(ofX, 8L * i), above, lowest);
    }
    copy(segment(OF_LONGS, bits), DOUBLE, 0, out, 0, count);
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
    Object ofX = segment(OF_DOUBLES, x);
    Object ofExponents = segment(OF_DOUBLES, exponents);
    Object ofBases = segment(OF_DOUBLES, bases);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      long exponent = (long) LONG_AT.get(ofExponents, 8L * i) - (long) LONG_AT.get(ofBases, 8L * i);
      bits[i] = Bits.scale((long) LONG_AT.get(ofX, 8L * i), exponent - lowest, lowest);
    }
    copy(segment(OF_LONGS, bits), DOUBLE, 0, out, 0, count);
  }

  @Override
  public void split(float[] x, float[] powers, float[] mantissas, int[] bits, int count) {
    Object ofX = segment(OF_FLOATS, x);
    Object ofBits = segment(OF_INTS, bits);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      bits[i] = Bits.shifted((int) INT_AT.get(ofX, 4L * i));
    }
    copy(ofBits, FLOAT, 0, powers, 0, count);
    for (int i = 0; i < n; i++) {
      bits[i] = Bits.mantissa((int) INT_AT.get(ofX, 4L * i));
    }
    copy(ofBits, FLOAT, 0, mantissas, 0, count);
  }

  @Override
  public void split(double[] x, double[] powers, double[] mantissas, long[] bits, int count) {
    Object ofX = segment(OF_DOUBLES, x);
    Object ofBits = segment(OF_LONGS, bits);
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      bits[i] = Bits.shifted((long) LONG_AT.get(ofX, 8L * i));
    }
    copy(ofBits, DOUBLE, 0, powers, 0, count);
    for (int i = 0; i < n; i++) {
      bits[i] = Bits.mantissa((long) LONG_AT.get(ofX, 8L * i));
    }
    copy(ofBits, DOUBLE, 0, mantissas, 0, count);
  }

  @Override
  public String description() {
    return "by memory segments";
  }
}
