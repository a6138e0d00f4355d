package io.rowwise.backend.cpu.memory;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * {@link NativeMemory} by {@code java.lang.foreign}, which JDK 22 and later have. This project is
 * compiled for JDK 17, so its methods are called by handles; those are constants, and C2 compiles
 * them as it does direct calls.
 *
 * <p>C2 does not vectorise stores to a segment: results of loops over bits go to an array of
 * integers, and are copied from there.
 */
final class SegmentMemory extends NativeMemory {
  private static final Class<?> SEGMENT = find("MemorySegment");
  private static final Class<?> LAYOUT = find("ValueLayout");
  private static final Object FLOAT = layout("JAVA_FLOAT");
  private static final Object DOUBLE = layout("JAVA_DOUBLE");

  private static final MethodHandle TO_ARRAY =
      statically(
          "copy", void.class, SEGMENT, LAYOUT, long.class, Object.class, int.class, int.class);
  private static final MethodHandle TO_FLOATS = from(all(), FLOAT);
  private static final MethodHandle TO_DOUBLES = from(all(), DOUBLE);
  private static final MethodHandle FROM_FLOATS = fromArray(FLOAT);
  private static final MethodHandle FROM_DOUBLES = fromArray(DOUBLE);
  private static final MethodHandle BITS_TO_ARRAY =
      TO_ARRAY.asType(
          MethodType.methodType(
              void.class,
              Object.class,
              Object.class,
              long.class,
              Object.class,
              int.class,
              int.class));
  private static final MethodHandle BYTES =
      MethodHandles.insertArguments(
              statically("copy", void.class, SEGMENT, long.class, SEGMENT, long.class, long.class),
              0,
              all())
          .asType(
              MethodType.methodType(void.class, long.class, Object.class, long.class, long.class));
  private static final Object ALL = all();

  private static final MethodHandle GET_FLOAT = getter("OfFloat", "JAVA_FLOAT", float.class);
  private static final MethodHandle GET_DOUBLE = getter("OfDouble", "JAVA_DOUBLE", double.class);
  private static final MethodHandle GET_INT = getter("OfInt", "JAVA_INT", int.class);
  private static final MethodHandle GET_LONG = getter("OfLong", "JAVA_LONG", long.class);
  private static final MethodHandle PUT_FLOAT = setter("OfFloat", "JAVA_FLOAT", float.class);
  private static final MethodHandle PUT_DOUBLE = setter("OfDouble", "JAVA_DOUBLE", double.class);

  private static final MethodHandle OF_FLOATS = ofArray(float[].class);
  private static final MethodHandle OF_DOUBLES = ofArray(double[].class);
  private static final MethodHandle OF_INTS = ofArray(int[].class);
  private static final MethodHandle OF_LONGS = ofArray(long[].class);

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

  private static MethodHandle statically(String name, Class<?> result, Class<?>... parameters) {
    try {
      return MethodHandles.publicLookup()
          .findStatic(SEGMENT, name, MethodType.methodType(result, parameters));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no MemorySegment." + name, e);
    }
  }

  private static MethodHandle method(String name, Class<?> result, Class<?>... parameters) {
    try {
      // Not the public lookup: who calls a restricted method has to be known.
      return MethodHandles.lookup()
          .findVirtual(SEGMENT, name, MethodType.methodType(result, parameters));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no MemorySegment." + name, e);
    }
  }

  /** A segment of all memory there is, in which an offset is an address. */
  private static Object all() {
    try {
      Object nowhere = SEGMENT.getField("NULL").get(null);
      return method("reinterpret", SEGMENT, long.class).invoke(nowhere, Long.MAX_VALUE);
    } catch (Throwable e) {
      throw new LinkageError("java.lang.foreign gives no access to native memory", e);
    }
  }

  /** {@code (long offset, Object array, int at, int count)}. */
  private static MethodHandle from(Object segment, Object layout) {
    return MethodHandles.insertArguments(TO_ARRAY, 0, segment, layout);
  }

  /** {@code (Object array, int at, long offset, int count)}. */
  private static MethodHandle fromArray(Object layout) {
    MethodHandle copy =
        statically(
            "copy", void.class, Object.class, int.class, SEGMENT, LAYOUT, long.class, int.class);
    return MethodHandles.insertArguments(copy, 2, all(), layout);
  }

  private static MethodHandle getter(String kind, String layout, Class<?> type) {
    MethodHandle get = method("get", type, find("ValueLayout$" + kind), long.class);
    return MethodHandles.insertArguments(get, 1, layout(layout))
        .asType(MethodType.methodType(type, Object.class, long.class));
  }

  private static MethodHandle setter(String kind, String layout, Class<?> type) {
    MethodHandle set = method("set", void.class, find("ValueLayout$" + kind), long.class, type);
    return MethodHandles.insertArguments(set, 1, layout(layout))
        .asType(MethodType.methodType(void.class, Object.class, long.class, type));
  }

  private static MethodHandle ofArray(Class<?> array) {
    return statically("ofArray", SEGMENT, array).asType(MethodType.methodType(Object.class, array));
  }

  /** None of these methods throws what a caller would have to catch. */
  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
  }

  @Override
  public void copy(long from, float[] to, int at, int count) {
    try {
      TO_FLOATS.invokeExact(from, (Object) to, at, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void copy(long from, double[] to, int at, int count) {
    try {
      TO_DOUBLES.invokeExact(from, (Object) to, at, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void copy(float[] from, int at, long to, int count) {
    try {
      FROM_FLOATS.invokeExact((Object) from, at, to, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void copy(double[] from, int at, long to, int count) {
    try {
      FROM_DOUBLES.invokeExact((Object) from, at, to, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void copy(long from, long to, long bytes) {
    try {
      BYTES.invokeExact(from, ALL, to, bytes);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public float float32(long address) {
    try {
      return (float) GET_FLOAT.invokeExact(ALL, address);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public double float64(long address) {
    try {
      return (double) GET_DOUBLE.invokeExact(ALL, address);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void put(float value, long address) {
    try {
      PUT_FLOAT.invokeExact(ALL, address, value);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void put(double value, long address) {
    try {
      PUT_DOUBLE.invokeExact(ALL, address, value);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void copy(int[] bits, float[] out, int count) throws Throwable {
    BITS_TO_ARRAY.invokeExact(
        (Object) OF_INTS.invokeExact(bits), FLOAT, 0L, (Object) out, 0, count);
  }

  private static void copy(long[] bits, double[] out, int count) throws Throwable {
    BITS_TO_ARRAY.invokeExact(
        (Object) OF_LONGS.invokeExact(bits), DOUBLE, 0L, (Object) out, 0, count);
  }

  @Override
  public void scale(
      float[] x, float[] exponents, int base, int lowest, int[] bits, float[] out, int count) {
    try {
      Object ofX = (Object) OF_FLOATS.invokeExact(x);
      Object ofExponents = (Object) OF_FLOATS.invokeExact(exponents);
      int n = count & MOST;
      for (int i = 0; i < n; i++) {
        int above = (int) GET_INT.invokeExact(ofExponents, 4L * i) - base;
        bits[i] = Bits.scale((int) GET_INT.invokeExact(ofX, 4L * i), above, lowest);
      }
      copy(bits, out, count);
    } catch (Throwable e) {
      throw unexpected(e);
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
    try {
      Object ofX = (Object) OF_DOUBLES.invokeExact(x);
      Object ofExponents = (Object) OF_DOUBLES.invokeExact(exponents);
      int n = count & MOST;
      for (int i = 0; i < n; i++) {
        long above = (long) GET_LONG.invokeExact(ofExponents, 8L * i) - base;
        bits[i] = Bits.scale((long) GET_LONG.invokeExact(ofX, 8L * i), above, lowest);
      }
      copy(bits, out, count);
    } catch (Throwable e) {
      throw unexpected(e);
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
    try {
      Object ofX = (Object) OF_DOUBLES.invokeExact(x);
      Object ofExponents = (Object) OF_DOUBLES.invokeExact(exponents);
      Object ofBases = (Object) OF_DOUBLES.invokeExact(bases);
      int n = count & MOST;
      for (int i = 0; i < n; i++) {
        long exponent =
            (long) GET_LONG.invokeExact(ofExponents, 8L * i)
                - (long) GET_LONG.invokeExact(ofBases, 8L * i);
        long number = (long) GET_LONG.invokeExact(ofX, 8L * i);
        bits[i] = Bits.scale(number, exponent - lowest, lowest);
      }
      copy(bits, out, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void split(float[] x, float[] powers, float[] mantissas, int[] bits, int count) {
    try {
      Object ofX = (Object) OF_FLOATS.invokeExact(x);
      int n = count & MOST;
      for (int i = 0; i < n; i++) {
        bits[i] = Bits.shifted((int) GET_INT.invokeExact(ofX, 4L * i));
      }
      copy(bits, powers, count);
      for (int i = 0; i < n; i++) {
        bits[i] = Bits.mantissa((int) GET_INT.invokeExact(ofX, 4L * i));
      }
      copy(bits, mantissas, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public void split(double[] x, double[] powers, double[] mantissas, long[] bits, int count) {
    try {
      Object ofX = (Object) OF_DOUBLES.invokeExact(x);
      int n = count & MOST;
      for (int i = 0; i < n; i++) {
        bits[i] = Bits.shifted((long) GET_LONG.invokeExact(ofX, 8L * i));
      }
      copy(bits, powers, count);
      for (int i = 0; i < n; i++) {
        bits[i] = Bits.mantissa((long) GET_LONG.invokeExact(ofX, 8L * i));
      }
      copy(bits, mantissas, count);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public String description() {
    return "by memory segments";
  }
}
