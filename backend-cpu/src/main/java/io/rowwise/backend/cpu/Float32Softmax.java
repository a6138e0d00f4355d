package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * The softmax of {@code float32} rows one after the other, as one long loop, in {@code float}
 * arithmetic; see {@link Float64Softmax} for the way and {@link ExponentialInFloat} for the power.
 */
final class Float32Softmax extends RowSoftmax {
  static final int ELEMENTS = 1500;
  static final int PROBED = 32;
  static final int LONG_ROW = 256;

  private static final WideLoops WIDE = WideLoops.PRESENT;
  // Of shorter rows, loops that do not begin anew with each row are faster.
  private static final int FEWEST_FOR_WIDE = 16;

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
    this.wide = WIDE != null && classes >= Math.max(FEWEST_FOR_WIDE, WIDE.fewest());
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
    if (Math.abs(largest) <= ExponentialInFloat.LARGEST) {
      int base =
          Float.floatToRawIntBits(ExponentialInFloat.round(largest))
              + ExponentialInFloat.LOWEST_EXPONENT;
      if (wide) {
        if (takeProbabilities(base, rows)) {
          to.write(toPosition, rows, classes, toLeadingDimension, values);
          return;
        }
      } else {
        if (inPlace) {
          loops.reduce(from.before(position), rounded, reduced, count);
        } else {
          ExponentialInFloat.reduce(values, rounded, reduced, count);
        }
        scale(base, count);
        takeReciprocals(rows);
        if (areNumbers(reciprocals, rows)) {
          divide(rows, to, toPosition, toLeadingDimension);
          return;
        }
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

  static float max(float[] values, int count) {
    float largest = values[0];
    for (int i = 1; i < count; i++) {
      largest = Math.max(largest, values[i]);
    }
    return largest;
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
      bits[i] = ExponentialInFloat.bitsOfPowerOfTwo(bits[i] - base);
    }
  }

  /** The probabilities in place of the values, unless a power leaves the range. */
  private boolean takeProbabilities(int base, int rows) {
    if (!WIDE.powers(values, rows * classes, base, powers)) {
      return false;
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      reciprocals[row] = (float) (1 / WIDE.sum(powers, start, start + classes));
    }
    // A loop of its own: in one with the sums, C2's code takes half as long again.
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      WIDE.multiply(powers, start, start + classes, reciprocals[row], values);
    }
    return true;
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
      loops.multiply(powers, reciprocals[0], to.beforeWritten(position), count);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      Arrays.fill(rounded, start, start + classes, reciprocals[row]);
    }
    if (inPlace) {
      loops.multiply(powers, rounded, to.beforeWritten(position), count);
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
