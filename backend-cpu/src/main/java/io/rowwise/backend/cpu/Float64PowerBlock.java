package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** {@link PowerBlock} of {@code float64} logits. */
final class Float64PowerBlock extends PowerBlock {

  private final NativeLoops loops;
  private final double[] logits;
  private final double[] targets;
  private final double[] rounded;
  private final double[] reduced;
  private final double[] powers;
  private final double[] result;
  private final long[] bits;
  private final long[] sumBits;
  private int rows;
  private int count;

  Float64PowerBlock(int classes, NativeLoops loops) {
    super(ElementType.FLOAT64, classes, Math.max(1, Float64Softmax.ELEMENTS / classes), loops);
    int elements = capacity * classes;
    this.loops = loops;
    this.logits = new double[elements];
    this.targets = new double[elements];
    this.rounded = new double[elements];
    this.reduced = new double[elements];
    this.powers = new double[elements];
    this.result = new double[elements];
    this.bits = new long[elements];
    this.sumBits = new long[NativeElements.BLOCK / 4];
  }

  @Override
  boolean load(Matrix matrix, int first, int newRows) {
    rows = newRows;
    count = rows * classes;
    CpuStorage.loadRows(matrix, first, rows, logits);
    double largest = Reduction.max(logits, 0, Math.min(count, Float64Softmax.PROBED));
    // Not if it is NaN, either.
    if (!(Math.abs(largest) <= Exponential.LARGEST)) {
      return false;
    }
    double shifted = Exponential.round(largest);
    long base = Double.doubleToRawLongBits(shifted) + Float64Softmax.LOWEST_EXPONENT;
    Exponential.reduce(logits, rounded, reduced, count);
    loops.scale(rounded, base, Float64Softmax.LOWEST_EXPONENT, reduced, bits, powers, count);
    return takeSums(rows, shifted - Exponential.ROUNDER);
  }

  @Override
  double sumOfPowers(int row) {
    return sum(powers, row);
  }

  private double sum(double[] values, int row) {
    int start = row * classes;
    int end = start + classes;
    return classes >= Float64Softmax.LONG_ROW
        ? loops.doubles().sum(values, start, end, sumBits, result)
        : Sums.sum(values, start, end);
  }

  @Override
  void takeLogarithm(int row, double n, double ofMantissa) {
    double rounded = Exponential.ROUNDER + n;
    double product = Exponential.missing(rounded, 0);
    double sum = product + ofMantissa;
    // What that rounding lost (D. E. Knuth, TAOCP 2, 4.2.2).
    double part = sum - product;
    double lost = (product - (sum - part)) + (ofMantissa - part);
    high[row] = sum;
    low[row] = lost + Exponential.missing(rounded, product);
  }

  @Override
  void storeLogProbabilities(Matrix to, int first) {
    takeLogarithms(rows);
    boolean direct = isDirect(to);
    long out = direct ? CpuStorage.of(to).beforeWritten(CpuStorage.position(to, first)) : 0;
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      double larger = high[row];
      double smaller = low[row];
      if (direct) {
        loops.subtract(logits, start, end, larger, smaller, out);
      } else {
        subtract(logits, start, end, larger, smaller, result);
      }
    }
    if (!direct) {
      CpuStorage.storeRows(result, to, first, rows);
    }
  }

  private static void subtract(
      double[] x, int from, int to, double high, double low, double[] out) {
    for (int i = from; i < to; i++) {
      out[i] = (x[i] - high) - low;
    }
  }

  @Override
  double crossEntropy(Matrix matrix, int first) {
    CpuStorage.loadRows(matrix, first, rows, targets);
    takeLogarithms(rows);
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      weigh(targets, logits, start, start + classes, high[row], low[row], result);
    }
    // The powers are not needed any more.
    return loops.doubles().sum(result, 0, count, sumBits, powers);
  }

  private static void weigh(
      double[] y, double[] x, int from, int to, double high, double low, double[] out) {
    for (int i = from; i < to; i++) {
      out[i] = y[i] * ((high - x[i]) + low);
    }
  }

  @Override
  void storeGradient(Matrix matrix, int batchRows, Matrix to, int first) {
    CpuStorage.loadRows(matrix, first, rows, targets);
    double share = 1.0 / batchRows;
    boolean direct = isDirect(to);
    long out = direct ? CpuStorage.of(to).beforeWritten(CpuStorage.position(to, first)) : 0;
    for (int row = 0; row < rows; row++) {
      double total = sum(targets, row);
      double factor = total / sums[row];
      high[row] = factor;
      // What the rounding of the quotient lost, so that the product is rounded once.
      low[row] = Math.fma(-factor, sums[row], total) / sums[row];
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      if (direct) {
        loops.subtractTargets(powers, start, end, high[row], low[row], targets, share, out);
      } else {
        subtractTargets(powers, start, end, high[row], low[row], targets, share, result);
      }
    }
    if (!direct) {
      CpuStorage.storeRows(result, to, first, rows);
    }
  }

  private static void subtractTargets(
      double[] powers,
      int from,
      int to,
      double high,
      double low,
      double[] y,
      double share,
      double[] out) {
    for (int i = from; i < to; i++) {
      out[i] = (Math.fma(powers[i], high, powers[i] * low) - y[i]) * share;
    }
  }
}
