package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/**
 * One {@code float32} row of many classes, in {@code float} arithmetic. A row whose powers leave
 * its range goes to {@link ManyClasses}.
 *
 * <p>Errors are a few {@code float} ulp: of a probability, and of 1 where a logarithm or a
 * difference from a target is smaller.
 */
final class ManyClassesInFloat extends RowBlock {
  private static final int FEW_LEFT = 32;
  // So many rows are added up in float.
  private static final int ROWS_OF_A_PARTIAL_SUM = 16;

  static final double LN_2 = 0.6931471805599453;
  // What the powers are multiplied with, so that those far below the largest are normal numbers.
  private static final double LARGEST_FACTOR =
      Math.scalb(1.0, ExponentialInFloat.LARGEST_ABOVE + ExponentialInFloat.LOWEST_EXPONENT);

  private final NativeLoops loops;
  private final float[] logits;
  private final float[] targets;
  private final float[] powers;
  private final float[] result;
  private final float[] rounded;
  private final float[] reduced;
  private final int[] bits;
  private final long[] sums;
  private final float[] bias;
  private final float[] zeros;
  private final float[] partialSums;
  private final ManyClasses exact;
  private int rowsInPartialSums;
  private float max;
  private float roundedMax;
  private double sum;
  private double total;
  private int label;
  private boolean oneHot;
  private boolean leavesRange;

  ManyClassesInFloat(int classes, NativeLoops loops) {
    super(ElementType.FLOAT32, classes);
    this.loops = loops;
    this.logits = new float[classes];
    this.targets = new float[classes];
    this.powers = new float[classes];
    this.result = new float[classes];
    this.rounded = new float[classes];
    this.reduced = new float[classes];
    this.bits = new int[classes];
    this.sums = new long[NativeElements.BLOCK / 4];
    this.bias = new float[classes];
    this.zeros = new float[classes];
    this.partialSums = new float[classes];
    this.exact = new ManyClasses(classes, loops);
  }

  @Override
  int capacity() {
    return 1;
  }

  @Override
  void load(CpuStorage from, long position, long leadingDimension, int rows) {
    from.read(position, 1, classes, classes, logits);
  }

  @Override
  void loadByClass(CpuStorage from, long position, long leadingDimension, int rows) {
    from.read(position, classes, 1, leadingDimension, logits);
  }

  @Override
  void takeBias(double[] newBias) {
    for (int j = 0; j < classes; j++) {
      bias[j] = (float) newBias[j];
    }
  }

  @Override
  void addBias() {
    add(logits, bias, classes);
  }

  private static void add(float[] values, float[] others, int count) {
    for (int j = 0; j < count; j++) {
      values[j] += others[j];
    }
  }

  @Override
  void loadTargets(Matrix matrix, int first) {
    CpuStorage.loadRows(matrix, first, 1, targets);
    label = Arrays.mismatch(targets, zeros);
    oneHot =
        label >= 0
            && targets[label] == 1
            && Arrays.mismatch(targets, label + 1, classes, zeros, label + 1, classes) < 0;
    total = 1;
    if (!oneHot) {
      exact.takeTargets(targets);
      label = exact.label();
      total = exact.sumOfTargets();
    }
  }

  @Override
  void normalize() {
    max = largest(logits, classes, rounded, reduced);
    sum = Double.NaN;
    if (Math.abs(max) <= ExponentialInFloat.LARGEST) {
      roundedMax = ExponentialInFloat.round(max);
      int base = Float.floatToRawIntBits(roundedMax) - ExponentialInFloat.LARGEST_ABOVE;
      ExponentialInFloat.reduce(logits, rounded, reduced, classes);
      loops.scale(rounded, base, reduced, bits, powers, classes);
      sum = loops.floats().sum(powers, 0, classes, sums, reduced) / LARGEST_FACTOR;
    }
    leavesRange = Double.isNaN(sum);
    if (leavesRange) {
      exact.takeLogits(logits);
      exact.normalize();
    }
  }

  /** By halves, since a loop over two arrays is vectorised and one over a single array is not. */
  private static float largest(float[] values, int count, float[] left, float[] right) {
    int half = count / 2;
    System.arraycopy(values, half, right, 0, count - half);
    System.arraycopy(values, 0, left, 0, half);
    // With an odd count the last one is in no pair yet.
    left[half] = values[count - 1];
    int pairs = half;
    int remaining = count - half;
    while (true) {
      larger(left, right, pairs);
      if (remaining <= FEW_LEFT) {
        break;
      }
      pairs = remaining / 2;
      System.arraycopy(left, remaining - pairs, right, 0, pairs);
      remaining -= pairs;
    }
    float largest = left[0];
    for (int j = 1; j < remaining; j++) {
      largest = Math.max(largest, left[j]);
    }
    return largest;
  }

  private static void larger(float[] values, float[] others, int count) {
    for (int j = 0; j < count; j++) {
      values[j] = Math.max(values[j], others[j]);
    }
  }

  /** The logarithm of the sum of powers relative to the largest logit. */
  private double logOfSum() {
    return Math.log(sum) + ((double) (roundedMax - ExponentialInFloat.ROUNDER) * LN_2 - max);
  }

  @Override
  double crossEntropy() {
    if (leavesRange) {
      exact.takeTargets(targets);
      return exact.crossEntropy();
    }
    if (oneHot) {
      return logOfSum() - ((double) logits[label] - max);
    }
    double difference = 0;
    for (int j = 0; j < classes; j++) {
      difference += targets[j] * ((double) logits[j] - max);
    }
    return total * logOfSum() - difference;
  }

  @Override
  int correct() {
    if (leavesRange) {
      return exact.correct();
    }
    int first = 0;
    while (logits[first] != max) {
      first++;
    }
    return first == label && areNumbers(max, targets[label]) ? 1 : 0;
  }

  @Override
  void toProbabilities() {
    if (leavesRange) {
      exact.toProbabilities();
      exact.copyResult(result);
    } else {
      double factor = 1 / (sum * LARGEST_FACTOR);
      float high = (float) factor;
      divide(powers, high, (float) (factor - high), result, classes);
    }
  }

  /** Multiplies with a reciprocal in two parts: rounded once, like a division, and faster. */
  private static void divide(float[] powers, float high, float low, float[] out, int count) {
    for (int j = 0; j < count; j++) {
      out[j] = Math.fma(powers[j], high, powers[j] * low);
    }
  }

  @Override
  void toLogProbabilities() {
    if (leavesRange) {
      exact.toLogProbabilities();
      exact.copyResult(result);
    } else {
      subtract(logits, max, (float) logOfSum(), result, classes);
    }
  }

  private static void subtract(float[] x, float first, float second, float[] out, int count) {
    for (int j = 0; j < count; j++) {
      out[j] = (x[j] - first) - second;
    }
  }

  @Override
  void toGradient(int batchRows) {
    if (leavesRange) {
      exact.takeTargets(targets);
      exact.toGradient(batchRows);
      exact.copyResult(result);
    } else {
      double factor = total / (sum * LARGEST_FACTOR);
      float high = (float) factor;
      float low = (float) (factor - high);
      toGradient(powers, high, low, targets, (float) (1.0 / batchRows), result, classes);
    }
  }

  private static void toGradient(
      float[] powers, float high, float low, float[] y, float share, float[] out, int count) {
    for (int j = 0; j < count; j++) {
      out[j] = (Math.fma(powers[j], high, powers[j] * low) - y[j]) * share;
    }
  }

  @Override
  void addToColumnSums() {
    add(partialSums, result, classes);
    rowsInPartialSums++;
    if (rowsInPartialSums == ROWS_OF_A_PARTIAL_SUM) {
      addPartialSums();
    }
  }

  private void addPartialSums() {
    for (int j = 0; j < classes; j++) {
      columnSums[j] += partialSums[j];
    }
    Arrays.fill(partialSums, 0);
    rowsInPartialSums = 0;
  }

  @Override
  void clearColumnSums() {
    super.clearColumnSums();
    Arrays.fill(partialSums, 0);
    rowsInPartialSums = 0;
  }

  @Override
  void copyColumnSums(double[] to, int at) {
    addPartialSums();
    super.copyColumnSums(to, at);
  }

  @Override
  void store(CpuStorage to, long position, long leadingDimension) {
    to.write(position, 1, classes, classes, result);
  }

  @Override
  void storeByClass(CpuStorage to, long position, long leadingDimension) {
    to.write(position, classes, 1, leadingDimension, result);
  }
}
