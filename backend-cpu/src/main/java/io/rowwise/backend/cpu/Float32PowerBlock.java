package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** {@link PowerBlock} of {@code float32} logits, in {@code float} arithmetic. */
final class Float32PowerBlock extends PowerBlock {

  private final NativeLoops loops;
  private final float[] logits;
  private final float[] targets;
  private final float[] rounded;
  private final float[] reduced;
  private final float[] powers;
  // For each element, a number of its row in two parts.
  private final float[] high;
  private final float[] low;
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
    this.high = new float[elements];
    this.low = new float[elements];
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

  private void spread(int row, float first, float second) {
    int start = row * classes;
    Arrays.fill(high, start, start + classes, first);
    Arrays.fill(low, start, start + classes, second);
  }

  @Override
  void spreadLogarithm(int row, double n, double ofMantissa) {
    double logOfSum = Math.fma(n, ManyClassesInFloat.LN_2, ofMantissa);
    float first = (float) logOfSum;
    spread(row, first, (float) (logOfSum - first));
  }

  @Override
  void storeLogProbabilities(Matrix to, int first) {
    spreadLogarithms(rows);
    subtract(logits, high, low, result, count);
    CpuStorage.storeRows(result, to, first, rows);
  }

  private static void subtract(float[] x, float[] high, float[] low, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (x[i] - high[i]) - low[i];
    }
  }

  @Override
  double crossEntropy(Matrix matrix, int first) {
    CpuStorage.loadRows(matrix, first, rows, targets);
    spreadLogarithms(rows);
    weigh(targets, logits, high, low, result, count);
    // The powers are not needed any more.
    return loops.floats().sum(result, 0, count, sumBits, powers);
  }

  private static void weigh(
      float[] y, float[] x, float[] high, float[] low, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = y[i] * ((high[i] - x[i]) + low[i]);
    }
  }

  @Override
  void storeGradient(Matrix matrix, int batchRows, Matrix to, int first) {
    CpuStorage.loadRows(matrix, first, rows, targets);
    for (int row = 0; row < rows; row++) {
      double factor = sum(targets, row) / sums[row];
      float larger = (float) factor;
      spread(row, larger, (float) (factor - larger));
    }
    subtractTargets(powers, high, low, targets, (float) (1.0 / batchRows), result, count);
    CpuStorage.storeRows(result, to, first, rows);
  }

  private static void subtractTargets(
      float[] powers, float[] high, float[] low, float[] y, float share, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (Math.fma(powers[i], high[i], powers[i] * low[i]) - y[i]) * share;
    }
  }
}
