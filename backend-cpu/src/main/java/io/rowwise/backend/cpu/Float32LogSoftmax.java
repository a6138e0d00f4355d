package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.util.Arrays;

/** {@link RowLogSoftmax} of {@code float32} rows; see {@link Float32Softmax} for the way. */
final class Float32LogSoftmax extends RowLogSoftmax {
  private static final int ELEMENTS = 1500;
  private static final int PROBED = 32;
  private static final int LONG_ROW = 256;
  private static final double LN_2 = Math.log(2);

  private final NativeLoops loops;
  private final int capacity;
  private final float[] values;
  private final float[] rounded;
  private final float[] reduced;
  private final float[] powers;
  private final int[] bits;
  private final long[] sumBits;
  private final double[] exponents;
  private final double[] sums;
  private final double[] logarithms;
  private final Elements.Unary<double[]> logarithm;

  Float32LogSoftmax(int classes, NativeLoops loops) {
    super(ElementType.FLOAT32, classes);
    this.capacity = Math.max(1, ELEMENTS / classes);
    int elements = capacity * classes;
    this.loops = loops;
    this.values = new float[elements];
    this.rounded = new float[elements];
    this.reduced = new float[elements];
    this.powers = new float[elements];
    this.bits = new int[elements];
    this.sumBits = new long[NativeElements.BLOCK / 4];
    this.exponents = new double[capacity];
    this.sums = new double[capacity];
    this.logarithms = new double[capacity];
    this.logarithm = Logarithm.function(loops, new Scratch(), capacity);
  }

  @Override
  int capacity() {
    return capacity;
  }

  @Override
  boolean apply(
      CpuStorage from,
      long position,
      long leadingDimension,
      int rows,
      CpuStorage to,
      long toPosition,
      long toLeadingDimension) {
    int count = rows * classes;
    from.read(position, rows, classes, leadingDimension, values);
    float largest = max(values, Math.min(count, PROBED));
    // Not if it is NaN, either.
    if (!(Math.abs(largest) <= ExponentialInFloat.LARGEST)) {
      return false;
    }
    float shifted = ExponentialInFloat.round(largest);
    int base = Float.floatToRawIntBits(shifted) + ExponentialInFloat.LOWEST_EXPONENT;
    ExponentialInFloat.reduce(values, rounded, reduced, count);
    loops.scale(rounded, base, reduced, bits, powers, count);
    if (!takeSums(rows, shifted - ExponentialInFloat.ROUNDER)) {
      return false;
    }
    logarithm.apply(sums, logarithms, rows);
    for (int row = 0; row < rows; row++) {
      takeLogOfSum(row);
    }
    if (rows == 1 || toLeadingDimension == classes) {
      loops.subtract(values, rounded, reduced, to.beforeWritten(toPosition), count);
    } else {
      subtract(values, rounded, reduced, powers, count);
      to.write(toPosition, rows, classes, toLeadingDimension, powers);
    }
    return true;
  }

  private static float max(float[] values, int count) {
    float largest = values[0];
    for (int i = 1; i < count; i++) {
      largest = Math.max(largest, values[i]);
    }
    return largest;
  }

  /** Each row's sum of powers, as a number from 1 to 2 and a power of two; whether all are some. */
  private boolean takeSums(int rows, double exponent) {
    boolean areNumbers = true;
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      double sum =
          classes >= LONG_ROW
              ? loops.floats().sum(powers, start, end, sumBits, rounded)
              : Sums.sum(powers, start, end);
      areNumbers &= !Double.isNaN(sum);
      // So the row's result has the same bits whatever the block's powers are relative to.
      int ofSum = Math.getExponent(sum);
      sums[row] = Math.scalb(sum, -ofSum);
      exponents[row] = exponent + ofSum;
    }
    return areNumbers;
  }

  private void takeLogOfSum(int row) {
    double logOfSum = Math.fma(exponents[row], LN_2, logarithms[row]);
    float high = (float) logOfSum;
    int start = row * classes;
    Arrays.fill(rounded, start, start + classes, high);
    Arrays.fill(reduced, start, start + classes, (float) (logOfSum - high));
  }

  private static void subtract(float[] x, float[] high, float[] low, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (x[i] - high[i]) - low[i];
    }
  }
}
