package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * The softmax of {@code float32} rows one after the other, as one long loop, in {@code float}
 * arithmetic; see {@link Float64Softmax} for the way and {@link Exponential} for the power.
 */
final class Float32Softmax extends RowSoftmax {
  private static final int ELEMENTS = 1000;
  private static final int PROBED = 32;
  private static final int LONG_ROW = 256;

  // Powers are from 2^-90 to 2^38, so that their sums and reciprocals are normal, too.
  static final int LOWEST_EXPONENT = -90;
  static final int RANGE_BITS = 7;
  static final int LARGEST_ABOVE = (1 << RANGE_BITS) - 1;
  static final int EXPONENT_BIAS = 127;
  static final int EXPONENT_SHIFT = 23;
  // Below it, n ln 2 is exact to far below an ulp.
  static final float LARGEST = 0x1p15f;

  static final float LOG2_E = 1.442695f;
  static final float LN2_HIGH = 0.6931472f;
  // ln 2 - LN2_HIGH.
  static final float LN2_LOW = -1.9046542e-9f;
  // Added to a number below 2^22, it rounds that to an integer and leaves it in the low bits.
  static final float ROUNDER = 0x1.8p23f;

  static final float C2 = 0x1.0p-1f;
  static final float C3 = 0x1.5554dcp-3f;
  static final float C4 = 0x1.55551ap-5f;
  static final float C5 = 0x1.120b6ep-7f;
  static final float C6 = 0x1.6d110ap-10f;

  private static final WideLoops WIDE = WideLoops.PRESENT;
  // In shorter rows loops outside the heap are faster.
  private static final int FEWEST_FOR_WIDE = 64;

  private final NativeLoops loops;
  private final boolean wide;
  private final int capacity;
  private final float[] values;
  private final float[] rounded;
  private final float[] reduced;
  private final float[] powers;
  private final float[] reciprocals;
  private final int[] bits;
  private final long[] sums;
  private final FloatBuffer asFloats;
  private final IntBuffer asInts;
  private final ExactSoftmax exact;

  /**
   * @param loops or null
   */
  Float32Softmax(int classes, NativeLoops loops) {
    super(ElementType.FLOAT32, classes);
    this.capacity = Math.max(1, ELEMENTS / classes);
    int elements = capacity * classes;
    this.loops = elements <= NativeLoops.MOST ? loops : null;
    this.wide = WIDE != null && classes >= (this.loops == null ? WIDE.fewest() : FEWEST_FOR_WIDE);
    this.values = new float[elements];
    this.rounded = new float[elements];
    this.reduced = new float[elements];
    this.powers = new float[elements];
    this.reciprocals = new float[capacity];
    this.bits = new int[elements];
    this.sums = new long[NativeElements.BLOCK / 4];
    ByteBuffer memory =
        ByteBuffer.allocate(Math.multiplyExact(elements, Float.BYTES))
            .order(ByteOrder.nativeOrder());
    this.asFloats = memory.asFloatBuffer();
    this.asInts = memory.asIntBuffer();
    this.exact = new ExactSoftmax(ElementType.FLOAT32, classes, loops);
  }

  @Override
  int capacity() {
    return capacity;
  }

  @Override
  void apply(
      CpuStorage from,
      long position,
      long leadingDimension,
      int rows,
      double[] bias,
      CpuStorage to,
      long toPosition,
      long toLeadingDimension) {
    int count = rows * classes;
    int probed = Math.min(count, PROBED);
    boolean inPlace = loops != null && !wide && bias == null && isGapless(rows, leadingDimension);
    if (inPlace) {
      from.read(position, 1, probed, probed, values);
    } else {
      from.read(position, rows, classes, leadingDimension, values);
      if (bias != null) {
        addBias(bias, rows);
      }
    }
    float largest = max(values, probed);
    if (Math.abs(largest) <= LARGEST) {
      int base = Float.floatToRawIntBits(round(largest)) + LOWEST_EXPONENT;
      if (wide) {
        takePowersRowByRow(base, rows);
      } else {
        if (inPlace) {
          loops.reduce(from.before(position), rounded, reduced, count);
        } else {
          reduce(values, rounded, reduced, count);
        }
        scale(base, count);
        takeReciprocals(rows);
      }
      if (areNumbers(reciprocals, rows)) {
        divide(rows, to, toPosition, toLeadingDimension);
        return;
      }
    }
    exact.applyToAll(
        from, position, leadingDimension, rows, bias, to, toPosition, toLeadingDimension);
  }

  private void addBias(double[] bias, int rows) {
    for (int j = 0; j < classes; j++) {
      reduced[j] = (float) bias[j];
    }
    for (int row = 1; row < rows; row++) {
      System.arraycopy(reduced, 0, reduced, row * classes, classes);
    }
    add(values, reduced, rows * classes);
  }

  private static void add(float[] values, float[] others, int count) {
    for (int i = 0; i < count; i++) {
      values[i] += others[i];
    }
  }

  private static float max(float[] values, int count) {
    float largest = values[0];
    for (int i = 1; i < count; i++) {
      largest = Math.max(largest, values[i]);
    }
    return largest;
  }

  /** {@link Exponential#reduce} in {@code float}. */
  static void reduce(float[] x, float[] rounded, float[] reduced, int count) {
    for (int i = 0; i < count; i++) {
      float shifted = round(x[i]);
      rounded[i] = shifted;
      reduced[i] = reduced(x[i], shifted);
    }
  }

  /** {@code ROUNDER + n}, with n the integer nearest to {@code x / ln 2}. */
  static float round(float x) {
    return Math.fma(x, LOG2_E, ROUNDER);
  }

  /** {@code e^(x - n ln 2)}, from 0.7 to 1.42. */
  static float reduced(float x, float rounded) {
    float minusN = ROUNDER - rounded;
    float r = Math.fma(minusN, LN2_LOW, Math.fma(minusN, LN2_HIGH, x));
    float q = Math.fma(C6, r, C5);
    q = Math.fma(q, r, C4);
    q = Math.fma(q, r, C3);
    q = Math.fma(q, r, C2);
    return Math.fma(r * r, q, r) + 1;
  }

  /**
   * The bits of {@code 2^(above + LOWEST_EXPONENT)} where {@code above} is from 0 to 127; elsewhere
   * those of a NaN.
   */
  static int bitsOfPowerOfTwo(int above) {
    int outside = above >> RANGE_BITS;
    return ((above + (LOWEST_EXPONENT + EXPONENT_BIAS)) << EXPONENT_SHIFT)
        | ((outside | -outside) >> (Integer.SIZE - 1));
  }

  /** The powers; NaN is what leaves the range. */
  private void scale(int base, int count) {
    if (loops != null) {
      loops.scale(rounded, base, reduced, bits, powers, count);
      return;
    }
    // Copying through bytes takes the bits of floats for ints faster than Float.floatToRawIntBits,
    // which keeps C2 from vectorising.
    asFloats.put(0, rounded, 0, count);
    asInts.get(0, bits, 0, count);
    takePowersOfTwo(bits, base, count);
    asInts.put(0, bits, 0, count);
    asFloats.get(0, rounded, 0, count);
    multiply(reduced, rounded, powers, count);
  }

  private static void takePowersOfTwo(int[] bits, int base, int count) {
    for (int i = 0; i < count; i++) {
      bits[i] = bitsOfPowerOfTwo(bits[i] - base);
    }
  }

  private void takePowersRowByRow(int base, int rows) {
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      reciprocals[row] = (float) (1 / WIDE.powers(values, start, start + classes, base, powers));
    }
  }

  private void takeReciprocals(int rows) {
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      double sum =
          loops != null && classes >= LONG_ROW
              ? loops.floats().sum(powers, start, end, sums, values)
              : Sums.sum(powers, start, end);
      reciprocals[row] = (float) (1 / sum);
    }
  }

  private static boolean areNumbers(float[] values, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += values[i];
    }
    return !Float.isNaN(sum);
  }

  private void divide(int rows, CpuStorage to, long position, long leadingDimension) {
    int count = rows * classes;
    boolean inPlace = loops != null && isGapless(rows, leadingDimension);
    if (inPlace && rows == 1) {
      loops.multiply(powers, reciprocals[0], to.before(position), count);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      Arrays.fill(rounded, start, start + classes, reciprocals[row]);
    }
    if (inPlace) {
      loops.multiply(powers, rounded, to.before(position), count);
    } else {
      multiply(powers, rounded, values, count);
      to.write(position, rows, classes, leadingDimension, values);
    }
  }

  private static void multiply(float[] x, float[] factors, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = x[i] * factors[i];
    }
  }
}
