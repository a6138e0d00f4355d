package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.util.Arrays;

/**
 * The softmax of {@code float64} rows one after the other, as one long loop.
 *
 * <p>All powers of a block are taken relative to one power of two instead of each row's largest;
 * that changes no bit, as long as none of them leaves the range of normal numbers. Where one does,
 * it is made NaN, and {@link ExactSoftmax} takes over.
 */
final class Float64Softmax extends RowSoftmax {
  static final int ELEMENTS = 1000;
  static final int PROBED = 32;
  static final int LONG_ROW = 256;

  // Powers are from 2^-700 to 2^324, so that their sums and reciprocals are normal, too.
  static final long LOWEST_EXPONENT = -700;

  private final NativeLoops loops;
  private final int capacity;
  private final double[] values;
  private final double[] rounded;
  private final double[] reduced;
  private final double[] powers;
  private final double[] high;
  private final double[] low;
  private final long[] bits;
  private final ExactSoftmax exact;

  /**
   * @param loops or null
   */
  Float64Softmax(int classes, NativeLoops loops) {
    super(ElementType.FLOAT64, classes);
    this.capacity = Math.max(1, ELEMENTS / classes);
    int elements = capacity * classes;
    this.loops = elements <= NativeLoops.MOST ? loops : null;
    this.values = new double[elements];
    this.rounded = new double[elements];
    this.reduced = new double[elements];
    this.powers = new double[elements];
    this.high = new double[capacity];
    this.low = new double[capacity];
    this.bits = new long[elements];
    this.exact = new ExactSoftmax(ElementType.FLOAT64, classes, loops);
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
    boolean inPlace = loops != null && bias == null && isGapless(rows, leadingDimension);
    if (inPlace) {
      from.read(position, 1, probed, probed, values);
    } else {
      from.read(position, rows, classes, leadingDimension, values);
      if (bias != null) {
        addBias(bias, rows);
      }
    }
    double largest = Reduction.max(values, 0, probed);
    if (Math.abs(largest) <= Exponential.LARGEST) {
      if (inPlace) {
        loops.reduce(from.before(position), rounded, reduced, count);
      } else {
        Exponential.reduce(values, rounded, reduced, count);
      }
      scale(Double.doubleToRawLongBits(Exponential.round(largest)) + LOWEST_EXPONENT, count);
      if (takeReciprocals(rows)) {
        divide(rows, to, toPosition, toLeadingDimension);
        return;
      }
    }
    exact.applyToAll(
        from, position, leadingDimension, rows, bias, to, toPosition, toLeadingDimension);
  }

  private void addBias(double[] bias, int rows) {
    for (int row = 0; row < rows; row++) {
      System.arraycopy(bias, 0, reduced, row * classes, classes);
    }
    add(values, reduced, rows * classes);
  }

  private static void add(double[] values, double[] others, int count) {
    for (int i = 0; i < count; i++) {
      values[i] += others[i];
    }
  }

  /** The powers; NaN is what leaves the range. */
  private void scale(long base, int count) {
    if (loops != null) {
      loops.scale(rounded, base, LOWEST_EXPONENT, reduced, bits, powers, count);
    } else {
      scale(rounded, base, reduced, powers, count);
    }
  }

  private static void scale(
      double[] rounded, long base, double[] reduced, double[] powers, int count) {
    for (int i = 0; i < count; i++) {
      long above = Double.doubleToRawLongBits(rounded[i]) - base;
      powers[i] =
          reduced[i]
              * Double.longBitsToDouble(Exponential.bitsOfPowerOfTwo(above, LOWEST_EXPONENT));
    }
  }

  /** In two parts: multiplying with them rounds once, like a division, and is faster. */
  private boolean takeReciprocals(int rows) {
    boolean areNumbers = true;
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      double sum =
          loops != null && classes >= LONG_ROW
              ? loops.doubles().sum(powers, start, end, bits, values)
              : Sums.sum(powers, start, end);
      areNumbers &= !Double.isNaN(sum);
      high[row] = 1 / sum;
      low[row] = Math.fma(-high[row], sum, 1) * high[row];
    }
    return areNumbers;
  }

  private void divide(int rows, CpuStorage to, long position, long leadingDimension) {
    int count = rows * classes;
    boolean inPlace = loops != null && isGapless(rows, leadingDimension);
    if (inPlace && rows == 1) {
      loops.multiply(powers, high[0], low[0], to.beforeWritten(position), count);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      Arrays.fill(rounded, start, start + classes, high[row]);
      Arrays.fill(reduced, start, start + classes, low[row]);
    }
    if (inPlace) {
      loops.multiply(powers, rounded, reduced, to.beforeWritten(position), count);
    } else {
      multiply(powers, rounded, reduced, values, count);
      to.write(position, rows, classes, leadingDimension, values);
    }
  }

  private static void multiply(double[] x, double[] high, double[] low, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Math.fma(x[i], high[i], x[i] * low[i]);
    }
  }
}
