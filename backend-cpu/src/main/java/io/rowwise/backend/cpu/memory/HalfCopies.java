package io.rowwise.backend.cpu.memory;

import io.rowwise.backend.ElementType;

/**
 * Copies between memory of 16-bit numbers and arrays, which convert: every number exactly, and back
 * to the nearest, of two as near to the even one. Most loops are over arrays of one size of
 * element, and without branches, so that JDK 17 vectorises them; it does not where a {@code short}
 * becomes an {@code int}, or back. Safe for many threads.
 */
final class HalfCopies {
  private static final NativeMemory MEMORY = NativeMemory.OF_THIS_JVM;

  // Four arrays of so many stay in the first-level cache beside those of the caller.
  private static final int AT_ONCE = 512;

  // Bits of a float.
  private static final int MAGNITUDE = 0x7FFFFFFF;
  private static final int EXPONENT = 0x7F800000;
  private static final int SIGN_BIT = 31;

  // What the exponent of float32 is more than that of float16, and digits.
  private static final float TO_FLOAT32 = 0x1p112f;
  private static final int DIGITS_LESS = 13;

  // Twice this makes an infinity of what float16 has no room for; the rest is exact.
  private static final float TO_INFINITY = 0x1p112f;
  private static final float BACK = 0x1p-110f;
  // The exponents of 2^-14, the smallest with a leading 1, and of 2^15.
  private static final int SMALLEST_NORMAL = 0x38800000;
  private static final int EXPONENT_ABOVE = 0x07800000;

  private final ElementType type;
  private final ScratchPool pool;

  /**
   * @param type of 16 bits
   * @param pool where each call finds scratch memory
   */
  HalfCopies(ElementType type, ScratchPool pool) {
    this.type = type;
    this.pool = pool;
  }

  private static int thread() {
    return (int) (Thread.currentThread().getId() & Short.MAX_VALUE);
  }

  /** Copies numbers at an address to an array. */
  void load(long from, float[] to, int at, int count) {
    int thread = thread();
    Scratch scratch = pool.take(thread);
    short[] halves = scratch.shorts(AT_ONCE);
    int[] bits = scratch.ints(AT_ONCE);
    for (int done = 0; done < count; done += AT_ONCE) {
      int some = Math.min(AT_ONCE, count - done);
      MEMORY.copy(from + (long) Short.BYTES * done, halves, 0, some);
      convert(halves, bits, to, at + done, some);
    }
    pool.giveBack(thread, scratch);
  }

  private void convert(short[] halves, int[] bits, float[] to, int at, int count) {
    if (type == ElementType.BFLOAT16) {
      widenBfloat16(halves, bits, count);
      MEMORY.toFloats(bits, to, at, count);
    } else {
      widen(halves, bits, count);
      shiftFloat16(bits, count);
      MEMORY.toFloats(bits, to, at, count);
      multiply(to, at, at + count);
    }
  }

  private static void widenBfloat16(short[] halves, int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      bits[i] = halves[i] << 16;
    }
  }

  private static void widen(short[] halves, int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      bits[i] = halves[i];
    }
  }

  /** To the bits of a float 2^112 times too small; infinities and NaN are such already. */
  private static void shiftFloat16(int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      int magnitude = bits[i] & 0x7FFF;
      int isSpecial = (magnitude + 0x400) & 0x8000;
      bits[i] =
          (bits[i] & ~MAGNITUDE)
              | (magnitude << DIGITS_LESS)
              | ((isSpecial << 16) - (isSpecial << 8));
    }
  }

  private static void multiply(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      values[i] *= TO_FLOAT32;
    }
  }

  /** Copies numbers at an address to an array. */
  void load(long from, double[] to, int at, int count) {
    int thread = thread();
    Scratch scratch = pool.take(thread);
    short[] halves = scratch.shorts(AT_ONCE);
    int[] bits = scratch.ints(AT_ONCE);
    float[] floats = scratch.floats(AT_ONCE);
    for (int done = 0; done < count; done += AT_ONCE) {
      int some = Math.min(AT_ONCE, count - done);
      MEMORY.copy(from + (long) Short.BYTES * done, halves, 0, some);
      convert(halves, bits, floats, 0, some);
      for (int i = 0; i < some; i++) {
        to[at + done + i] = floats[i];
      }
    }
    pool.giveBack(thread, scratch);
  }

  /** Copies numbers of an array to an address, rounded. */
  void store(float[] from, int at, long to, int count) {
    int thread = thread();
    Scratch scratch = pool.take(thread);
    short[] halves = scratch.shorts(AT_ONCE);
    int[] bits = scratch.ints(AT_ONCE);
    int[] sums = scratch.ints(AT_ONCE);
    float[] floats = scratch.floats(AT_ONCE);
    for (int done = 0; done < count; done += AT_ONCE) {
      int some = Math.min(AT_ONCE, count - done);
      MEMORY.toBits(from, at + done, bits, some);
      if (type == ElementType.BFLOAT16) {
        roundToBfloat16(bits, some);
      } else {
        takeExponents(bits, sums, some);
        MEMORY.toFloats(sums, floats, 0, some);
        addMagnitudes(from, at + done, floats, some);
        MEMORY.toBits(floats, 0, sums, some);
        pickFloat16(sums, bits, some);
      }
      narrow(bits, halves, some);
      MEMORY.copy(halves, 0, to + (long) Short.BYTES * done, some);
    }
    pool.giveBack(thread, scratch);
  }

  private static void roundToBfloat16(int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      int x = bits[i];
      int isNaN = (EXPONENT - (x & MAGNITUDE)) >> SIGN_BIT;
      int rounded = (x + 0x7FFF + ((x >>> 16) & 1)) >>> 16;
      bits[i] = (rounded & ~isNaN) | (((x >>> 16) | 0x40) & isNaN);
    }
  }

  /**
   * A power of two for each number, 2^15 times as large as it or as the smallest with a leading 1:
   * added to the number times 4, it rounds that to the digits of a float16 (M. Dukhan's FP16).
   */
  private static void takeExponents(int[] bits, int[] powers, int count) {
    for (int i = 0; i < count; i++) {
      int above = (bits[i] & EXPONENT) - SMALLEST_NORMAL;
      powers[i] = (above & ~(above >> SIGN_BIT)) + (SMALLEST_NORMAL + EXPONENT_ABOVE);
    }
  }

  private static void addMagnitudes(float[] from, int at, float[] powers, int count) {
    for (int i = 0; i < count; i++) {
      powers[i] += (Math.abs(from[at + i]) * TO_INFINITY) * BACK;
    }
  }

  /** The exponent and the digits of a sum, with the sign of the number; NaN where that is. */
  private static void pickFloat16(int[] sums, int[] bits, int count) {
    for (int i = 0; i < count; i++) {
      int x = bits[i];
      int isNaN = (EXPONENT - (x & MAGNITUDE)) >> SIGN_BIT;
      int rounded = ((sums[i] >>> DIGITS_LESS) & 0x7C00) + (sums[i] & 0xFFF);
      bits[i] = ((x >>> 16) & 0x8000) | (rounded & ~isNaN) | (0x7E00 & isNaN);
    }
  }

  private static void narrow(int[] bits, short[] halves, int count) {
    for (int i = 0; i < count; i++) {
      halves[i] = (short) bits[i];
    }
  }

  /** Copies numbers of an array to an address, each rounded once. */
  void store(double[] from, int at, long to, int count) {
    int thread = thread();
    Scratch scratch = pool.take(thread);
    short[] halves = scratch.shorts(AT_ONCE);
    for (int done = 0; done < count; done += AT_ONCE) {
      int some = Math.min(AT_ONCE, count - done);
      for (int i = 0; i < some; i++) {
        halves[i] = type.bits(from[at + done + i]);
      }
      MEMORY.copy(halves, 0, to + (long) Short.BYTES * done, some);
    }
    pool.giveBack(thread, scratch);
  }
}
