package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** {@link PowerBlock} of {@code float32} logits, in {@code float} arithmetic. */
final class Float32PowerBlock extends PowerBlock {

  private final NativeLoops loops;
  private final float[] logits;
  private final float[] targets;
  private final float[] rounded;
  private final float[] reduced;
  private final float[] powers;
  private final float[] result;
  private final int[] bits;
  private final long[] sumBits;
  private int rows;
  private int count;

  Float32PowerBlock(int classes, NativeLoops loops) {
    super(ElementType.FLOAT32, classes, Math.max(1, Float32Softmax.ELEMENTS / classes), loops);
    int elements = capacity * classes;
    this.loops = loops;
    this.logits = new float[elements];
    this.targets = new float[elements];
    this.rounded = new float[elements];
    this.reduced = new float[elements];
    this.powers = new float[elements];
    this.result = new float[elements];
    this.bits = new int[elements];
    this.sumBits = new long[NativeElements.BLOCK / 4];
  }

  @Override
  boolean load(Matrix matrix, int first, int newRows) {
    rows = newRows;
    count = rows * classes;
    CpuStorage.loadRows(matrix, first, rows, logits);
    float largest = Float32Softmax.max(logits, Math.min(count, Float32Softmax.PROBED));
    // Not if it is NaN, either.
    if (!(Math.abs(largest) <= ExponentialInFloat.LARGEST)) {
      return false;
    }
    float shifted = ExponentialInFloat.round(largest);
    int base = Float.floatToRawIntBits(shifted) + ExponentialInFloat.LOWEST_EXPONENT;
    ExponentialInFloat.reduce(logits, rounded, reduced, count);
    loops.scale(rounded, base, reduced, bits, powers, count);
    return takeSums(rows, shifted - ExponentialInFloat.ROUNDER);
  }

  @Override
  double sumOfPowers(int row) {
    return sum(powers, row);
  }

  private double sum(float[] values, int row) {
    int start = row * classes;
    int end = start + classes;
    return classes >= Float32Softmax.LONG_ROW
        ? loops.floats().sum(values, start, end, sumBits, result)
        : Sums.sum(values, start, end);
  }

  @Override
  void takeLogarithm(int row, double n, double ofMantissa) {
    double logOfSum = Math.fma(n, ManyClassesInFloat.LN_2, ofMantissa);
    high[row] = (float) logOfSum;
    low[row] = logOfSum - high[row];
  }

  @Override
  void storeLogProbabilities(Matrix to, int first) {
    takeLogarithms(rows);
    boolean direct = isDirect(to);
    long out = direct ? CpuStorage.of(to).beforeWritten(CpuStorage.position(to, first)) : 0;
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      float larger = (float) high[row];
      float smaller = (float) low[row];
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

  private static void subtract(float[] x, int from, int to, float high, float low, float[] out) {
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
      weigh(targets, logits, start, start + classes, (float) high[row], (float) low[row], result);
    }
    // The powers are not needed any more.
    return loops.floats().sum(result, 0, count, sumBits, powers);
  }

  private static void weigh(
      float[] y, float[] x, int from, int to, float high, float low, float[] out) {
    for (int i = from; i < to; i++) {
      out[i] = y[i] * ((high - x[i]) + low);
    }
  }

  @Override
  void storeGradient(Matrix matrix, int batchRows, Matrix to, int first) {
    CpuStorage.loadRows(matrix, first, rows, targets);
    float share = (float) (1.0 / batchRows);
    boolean direct = isDirect(to);
    long out = direct ? CpuStorage.of(to).beforeWritten(CpuStorage.position(to, first)) : 0;
    for (int row = 0; row < rows; row++) {
      high[row] = sum(targets, row) / sums[row];
    }
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int end = start + classes;
      float factor = (float) high[row];
      if (direct) {
        loops.subtractTargets(powers, start, end, factor, targets, share, out);
      } else {
        subtractTargets(powers, start, end, factor, targets, share, result);
      }
    }
    if (!direct) {
      CpuStorage.storeRows(result, to, first, rows);
    }
  }

  private static void subtractTargets(
      float[] powers, int from, int to, float factor, float[] y, float share, float[] out) {
    for (int i = from; i < to; i++) {
      out[i] = Math.fma(powers[i], factor, -y[i]) * share;
    }
  }
}
