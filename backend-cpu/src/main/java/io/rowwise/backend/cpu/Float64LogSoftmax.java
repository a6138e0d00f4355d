package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.util.Arrays;

/** {@link RowLogSoftmax} of {@code float64} rows; see {@link Float64Softmax} for the way. */
final class Float64LogSoftmax extends RowLogSoftmax {
  private static final int ELEMENTS = 1000;
  private static final int PROBED = 32;
  private static final int LONG_ROW = 256;

  // Powers are from 2^-700 to 2^324, so that their sums are normal, too.
  private static final long LOWEST_EXPONENT = -700;

  private final NativeLoops loops;
  private final int capacity;
  private final double[] values;
  private final double[] rounded;
  private final double[] reduced;
  private final double[] powers;
  private final long[] bits;
  private final long[] sumBits;
  private final double[] exponents;
  private final double[] sums;
  private final double[] logarithms;
  private final Elements.Unary<double[]> logarithm;

  Float64LogSoftmax(int classes, NativeLoops loops) {
    super(ElementType.FLOAT64, classes);
    this.capacity = Math.max(1, ELEMENTS / classes);
    int elements = capacity * classes;
    this.loops = loops;
    this.values = new double[elements];
    this.rounded = new double[elements];
    this.reduced = new double[elements];
    this.powers = new double[elements];
    this.bits = new long[elements];
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
    double largest = max(values, Math.min(count, PROBED));
    // Not if it is NaN, either.
    if (!(Math.abs(largest) <= Exponential.LARGEST)) {
      return false;
    }
    double shifted = Exponential.round(largest);
    long base = Double.doubleToRawLongBits(shifted) + LOWEST_EXPONENT;
    Exponential.reduce(values, rounded, reduced, count);
    loops.scale(rounded, base, LOWEST_EXPONENT, reduced, bits, powers, count);
    if (!takeSums(rows, shifted - Exponential.ROUNDER)) {
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

  private static double max(double[] values, int count) {
    double largest = values[0];
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
              ? loops.doubles().sum(powers, start, end, sumBits, rounded)
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
    double n = exponents[row];
    double product = n * Exponential.LN2_HIGH;
    double lost = Math.fma(n, Exponential.LN2_LOW, Math.fma(n, Exponential.LN2_HIGH, -product));
    double high = product + logarithms[row];
    // What that rounding lost (D. E. Knuth, TAOCP 2, 4.2.2).
    double part = high - product;
    double low = (product - (high - part)) + (logarithms[row] - part) + lost;
    int start = row * classes;
    Arrays.fill(rounded, start, start + classes, high);
    Arrays.fill(reduced, start, start + classes, low);
  }

  private static void subtract(double[] x, double[] high, double[] low, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (x[i] - high[i]) - low[i];
    }
  }
}
