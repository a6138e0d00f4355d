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
  private static final int ELEMENTS = 1024;
  private static final int PROBED = 32;

  // Powers are from 2^-90 to 2^38, so that their sums and reciprocals are normal, too.
  static final int LOWEST_EXPONENT = -90;
  static final int RANGE = 127;
  static final int EXPONENT_BIAS = 127;
  static final int EXPONENT_SHIFT = 23;
  // Below it, n ln 2 is exact to far below an ulp.
  private static final float LARGEST = 0x1p15f;

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

  private final int capacity;
  private final float[] values;
  private final float[] rounded;
  private final float[] powers;
  private final float[] biases;
  private final int[] bits;
  private final FloatBuffer asFloats;
  private final IntBuffer asInts;
  private final ExactSoftmax exact;

  Float32Softmax(int classes) {
    super(ElementType.FLOAT32, classes);
    this.capacity = Math.max(1, ELEMENTS / classes);
    int elements = capacity * classes;
    this.values = new float[elements];
    this.rounded = new float[elements];
    this.powers = new float[elements];
    this.biases = new float[elements];
    this.bits = new int[elements];
    ByteBuffer memory =
        ByteBuffer.allocate(Math.multiplyExact(elements, Float.BYTES))
            .order(ByteOrder.nativeOrder());
    this.asFloats = memory.asFloatBuffer();
    this.asInts = memory.asIntBuffer();
    this.exact = new ExactSoftmax(ElementType.FLOAT32, classes);
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
    from.read(position, rows, classes, leadingDimension, values);
    if (bias != null) {
      addBias(bias, rows);
    }
    float largest = max(values, Math.min(count, PROBED));
    if (!(Math.abs(largest) <= LARGEST) || !toProbabilities(largest, rows)) {
      exact.applyToAll(
          from, position, leadingDimension, rows, bias, to, toPosition, toLeadingDimension);
      return;
    }
    to.write(toPosition, rows, classes, toLeadingDimension, powers);
  }

  /** Tells whether every power is in the range. */
  private boolean toProbabilities(float largest, int rows) {
    int base = Float.floatToRawIntBits(Math.fma(largest, LOG2_E, ROUNDER)) + LOWEST_EXPONENT;
    if (WIDE != null && classes >= WIDE.fewest()) {
      return toProbabilitiesRowByRow(base, rows);
    }
    int count = rows * classes;
    if (!takePowers(base, count)) {
      return false;
    }
    if (rows == 1) {
      multiply(powers, 0, count, (float) (1 / Sums.sum(powers, 0, count)));
      return true;
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      float reciprocal = (float) (1 / Sums.sum(powers, start, start + classes));
      Arrays.fill(rounded, start, start + classes, reciprocal);
    }
    multiply(powers, rounded, count);
    return true;
  }

  private boolean toProbabilitiesRowByRow(int base, int rows) {
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      double sum = WIDE.powers(values, start, start + classes, base, powers);
      if (Double.isNaN(sum)) {
        return false;
      }
      multiply(powers, start, start + classes, (float) (1 / sum));
    }
    return true;
  }

  private void addBias(double[] bias, int rows) {
    for (int j = 0; j < classes; j++) {
      biases[j] = (float) bias[j];
    }
    for (int row = 1; row < rows; row++) {
      System.arraycopy(biases, 0, biases, row * classes, classes);
    }
    add(values, biases, rows * classes);
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

  /** Tells whether every power is in the range. */
  private boolean takePowers(int base, int count) {
    reduce(values, rounded, powers, count);
    // Copying through bytes takes the bits of floats for ints faster than Float.floatToRawIntBits,
    // which keeps C2 from vectorising.
    asFloats.put(0, rounded, 0, count);
    asInts.get(0, bits, 0, count);
    if (!areInRange(bits, base, count)) {
      return false;
    }
    shiftToExponents(bits, base, count);
    asInts.put(0, bits, 0, count);
    asFloats.get(0, rounded, 0, count);
    multiply(powers, rounded, count);
    return true;
  }

  private static boolean areInRange(int[] bits, int base, int count) {
    int outside = 0;
    for (int i = 0; i < count; i++) {
      outside |= bits[i] - base;
    }
    return (outside & ~RANGE) == 0;
  }

  private static void reduce(float[] x, float[] rounded, float[] reduced, int count) {
    for (int i = 0; i < count; i++) {
      float shifted = Math.fma(x[i], LOG2_E, ROUNDER);
      float minusN = ROUNDER - shifted;
      float r = Math.fma(minusN, LN2_LOW, Math.fma(minusN, LN2_HIGH, x[i]));
      float q = Math.fma(C6, r, C5);
      q = Math.fma(q, r, C4);
      q = Math.fma(q, r, C3);
      q = Math.fma(q, r, C2);
      rounded[i] = shifted;
      reduced[i] = Math.fma(r * r, q, r) + 1;
    }
  }

  private static void shiftToExponents(int[] bits, int base, int count) {
    int shift = LOWEST_EXPONENT + EXPONENT_BIAS - base;
    for (int i = 0; i < count; i++) {
      bits[i] = (bits[i] + shift) << EXPONENT_SHIFT;
    }
  }

  private static void multiply(float[] values, float[] others, int count) {
    for (int i = 0; i < count; i++) {
      values[i] *= others[i];
    }
  }

  private static void multiply(float[] values, int from, int to, float constant) {
    for (int i = from; i < to; i++) {
      values[i] *= constant;
    }
  }
}
