package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** One row of many classes. */
final class ManyClasses extends RowBlock {
  private static final int FEW_LEFT = 32;

  private final NativeLoops loops;
  private final double[] logits;
  private final double[] targets;
  private final double[] result;
  private final double[] rounded;
  private final double[] reduced;
  private final long[] bits;
  private final double[] zeros;
  private final float[] floats;
  private double[] bias;
  private double max;
  private double roundedMax;
  private double sum;
  private double total;
  private int label;
  private boolean oneHot;

  /**
   * @param loops or null
   */
  ManyClasses(int classes, NativeLoops loops) {
    super(null, classes);
    this.loops = classes <= NativeLoops.MOST ? loops : null;
    this.logits = new double[classes];
    this.targets = new double[classes];
    this.result = new double[classes];
    this.rounded = new double[classes];
    this.reduced = new double[classes];
    this.bits = new long[classes];
    this.zeros = new double[classes];
    this.floats = new float[classes];
  }

  @Override
  int capacity() {
    return 1;
  }

  @Override
  void load(CpuStorage from, long position, long leadingDimension, int rows) {
    read(from, position, logits);
  }

  /** A row, by a copy of the floats as they are: widening them one by one takes longer. */
  private void read(CpuStorage from, long position, double[] to) {
    if (from.type() == ElementType.FLOAT32) {
      from.read(position, 1, classes, classes, floats);
      widen(floats, to, classes);
    } else {
      from.read(position, 1, classes, classes, to);
    }
  }

  /** Takes the logits of its row from an array. */
  void takeLogits(float[] from) {
    widen(from, logits, classes);
  }

  /** Takes the targets of its row from an array. */
  void takeTargets(float[] from) {
    widen(from, targets, classes);
    examineTargets();
  }

  /** Puts the result into an array, rounded. */
  void copyResult(float[] to) {
    narrow(result, to, classes);
  }

  /** The class of the largest target. */
  int label() {
    return label;
  }

  /** The sum of the targets. */
  double sumOfTargets() {
    return total;
  }

  private static void widen(float[] from, double[] to, int count) {
    for (int j = 0; j < count; j++) {
      to[j] = from[j];
    }
  }

  private static void narrow(double[] from, float[] to, int count) {
    for (int j = 0; j < count; j++) {
      to[j] = (float) from[j];
    }
  }

  @Override
  void loadByClass(CpuStorage from, long position, long leadingDimension, int rows) {
    from.read(position, classes, 1, leadingDimension, logits);
  }

  @Override
  void takeBias(double[] newBias) {
    bias = newBias;
  }

  @Override
  void addBias() {
    for (int j = 0; j < classes; j++) {
      logits[j] += bias[j];
    }
  }

  @Override
  void loadTargets(Matrix matrix, int first) {
    read(CpuStorage.of(matrix), CpuStorage.position(matrix, first), targets);
    examineTargets();
  }

  private void examineTargets() {
    label = Arrays.mismatch(targets, zeros);
    oneHot =
        label >= 0
            && targets[label] == 1
            && Arrays.mismatch(targets, label + 1, classes, zeros, label + 1, classes) < 0;
    total = 1;
    if (!oneHot) {
      label = (int) Reduction.argMax(targets, 0, classes);
      total = Sums.sum(targets, 0, classes);
    }
  }

  @Override
  void normalize() {
    max = largest(logits, classes, rounded, reduced);
    if (isExtreme(max)) {
      for (int j = 0; j < classes; j++) {
        logits[j] -= max;
      }
      max = 0;
    }
    roundedMax = Exponential.round(max);
    Exponential.reduce(logits, rounded, reduced, classes);
    if (loops != null) {
      long lowest = Exponential.SMALLEST_EXPONENT;
      long base = Double.doubleToRawLongBits(roundedMax) + lowest;
      loops.scale(rounded, base, lowest, reduced, bits, result, classes);
      sum = Sums.sum(result, 0, classes);
      if (!Double.isNaN(sum)) {
        return;
      }
    }
    Exponential.scale(logits, rounded, reduced, max, roundedMax, result, classes);
    sum = Sums.sum(result, 0, classes);
  }

  /** By halves, since a loop over two arrays is vectorised and one over a single array is not. */
  private static double largest(double[] values, int count, double[] left, double[] right) {
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
        return Reduction.max(left, 0, remaining);
      }
      pairs = remaining / 2;
      System.arraycopy(left, remaining - pairs, right, 0, pairs);
      remaining -= pairs;
    }
  }

  private static void larger(double[] values, double[] others, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = Math.max(values[i], others[i]);
    }
  }

  private double logOfSum() {
    return Math.log(sum) + Exponential.missing(roundedMax, max);
  }

  @Override
  double crossEntropy() {
    if (oneHot) {
      return logOfSum() - (logits[label] - max);
    }
    double difference = 0;
    for (int j = 0; j < classes; j++) {
      difference += targets[j] * (logits[j] - max);
    }
    if (Double.isNaN(difference)) {
      difference = differenceOfWanted();
    }
    return total * logOfSum() - difference;
  }

  /** Without multiplying targets of 0 with infinite differences. */
  private double differenceOfWanted() {
    double difference = 0;
    for (int j = 0; j < classes; j++) {
      if (targets[j] != 0) {
        difference += targets[j] * (logits[j] - max);
      }
    }
    return difference;
  }

  @Override
  int correct() {
    int predicted = (int) Reduction.argMax(logits, 0, classes);
    return predicted == label && areNumbers(logits[label], targets[label]) ? 1 : 0;
  }

  @Override
  void toProbabilities() {
    double high = 1 / sum;
    divide(result, high, Math.fma(-high, sum, 1) * high, classes);
  }

  /** Multiplies with a reciprocal in two parts: rounded once, like a division, and faster. */
  private static void divide(double[] values, double high, double low, int count) {
    for (int j = 0; j < count; j++) {
      values[j] = Math.fma(values[j], high, values[j] * low);
    }
  }

  @Override
  void toLogProbabilities() {
    double logOfSum = logOfSum();
    for (int j = 0; j < classes; j++) {
      result[j] = logProbability(logits[j], max, logOfSum);
    }
  }

  @Override
  void toGradient(int batchRows) {
    toProbabilities();
    subtract(result, targets, total, 1.0 / batchRows, classes);
  }

  private static void subtract(double[] p, double[] y, double total, double share, int count) {
    for (int j = 0; j < count; j++) {
      p[j] = (p[j] * total - y[j]) * share;
    }
  }

  @Override
  void addToColumnSums() {
    for (int j = 0; j < classes; j++) {
      columnSums[j] += result[j];
    }
  }

  @Override
  void store(CpuStorage to, long position, long leadingDimension) {
    if (to.type() == ElementType.FLOAT32) {
      narrow(result, floats, classes);
      to.write(position, 1, classes, classes, floats);
    } else {
      to.write(position, 1, classes, classes, result);
    }
  }

  @Override
  void storeByClass(CpuStorage to, long position, long leadingDimension) {
    to.write(position, classes, 1, leadingDimension, result);
  }
}
