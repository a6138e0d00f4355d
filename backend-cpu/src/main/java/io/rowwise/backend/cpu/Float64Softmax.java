package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.util.Arrays;

/**
 * The softmax of {@code float64} rows one after the other, as one long loop.
 *
 * <p>All powers of a block are taken relative to one power of two instead of each row's largest;
 * that changes no bit, as long as none of them leaves the range of normal numbers. Where one does,
 * {@link ExactSoftmax} takes over.
 */
final class Float64Softmax extends RowSoftmax {
  private static final int ELEMENTS = 1024;
  private static final int PROBED = 32;

  // Powers are from 2^-700 to 2^324, so that their sums and reciprocals are normal, too.
  private static final long LOWEST_EXPONENT = -700;
  private static final long RANGE = 1023;
  private static final int EXPONENT_BIAS = 1023;
  private static final int EXPONENT_SHIFT = 52;

  private final int capacity;
  private final double[] values;
  private final double[] rounded;
  private final double[] powers;
  private final double[] biases;
  private final ExactSoftmax exact;

  Float64Softmax(int classes) {
    super(ElementType.FLOAT64, classes);
    this.capacity = Math.max(1, ELEMENTS / classes);
    int elements = capacity * classes;
    this.values = new double[elements];
    this.rounded = new double[elements];
    this.powers = new double[elements];
    this.biases = new double[elements];
    this.exact = new ExactSoftmax(ElementType.FLOAT64, classes);
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
      for (int row = 0; row < rows; row++) {
        System.arraycopy(bias, 0, biases, row * classes, classes);
      }
      add(values, biases, count);
    }
    double largest = Reduction.max(values, 0, Math.min(count, PROBED));
    if (!(Math.abs(largest) <= Exponential.LARGEST) || !takePowers(largest, count)) {
      exact.applyToAll(
          from, position, leadingDimension, rows, bias, to, toPosition, toLeadingDimension);
      return;
    }
    // In two parts: multiplying with it rounds once, like a division, and is faster.
    if (rows == 1) {
      double sum = Sums.sum(powers, 0, count);
      double high = 1 / sum;
      multiply(powers, high, Math.fma(-high, sum, 1) * high, count);
    } else {
      for (int row = 0; row < rows; row++) {
        int start = row * classes;
        double sum = Sums.sum(powers, start, start + classes);
        double high = 1 / sum;
        Arrays.fill(values, start, start + classes, high);
        Arrays.fill(rounded, start, start + classes, Math.fma(-high, sum, 1) * high);
      }
      multiply(powers, values, rounded, count);
    }
    to.write(toPosition, rows, classes, toLeadingDimension, powers);
  }

  private static void add(double[] values, double[] others, int count) {
    for (int i = 0; i < count; i++) {
      values[i] += others[i];
    }
  }

  /** Tells whether every power is in the range. */
  private boolean takePowers(double largest, int count) {
    Exponential.reduce(values, rounded, powers, count);
    return scale(rounded, Exponential.round(largest), powers, count);
  }

  private static boolean scale(
      double[] rounded, double roundedLargest, double[] powers, int count) {
    long base = Double.doubleToRawLongBits(roundedLargest) + LOWEST_EXPONENT;
    long outside = 0;
    for (int i = 0; i < count; i++) {
      long above = Double.doubleToRawLongBits(rounded[i]) - base;
      outside |= above;
      powers[i] *=
          Double.longBitsToDouble((above + (LOWEST_EXPONENT + EXPONENT_BIAS)) << EXPONENT_SHIFT);
    }
    return (outside & ~RANGE) == 0;
  }

  private static void multiply(double[] powers, double[] high, double[] low, int count) {
    for (int i = 0; i < count; i++) {
      powers[i] = Math.fma(powers[i], high[i], powers[i] * low[i]);
    }
  }

  private static void multiply(double[] powers, double high, double low, int count) {
    for (int i = 0; i < count; i++) {
      powers[i] = Math.fma(powers[i], high, powers[i] * low);
    }
  }
}
