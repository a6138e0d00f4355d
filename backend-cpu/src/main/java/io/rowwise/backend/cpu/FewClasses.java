package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/**
 * Rows of few classes, in an array for each class: so every loop runs along many rows and is
 * vectorised, which C2 does only where all arrays of a loop are read and written at the same index.
 */
final class FewClasses extends RowBlock {
  private static final int ELEMENTS = 2048;
  // The product of some sums stays finite as long as their exponents add up to this.
  private static final int EXPONENTS_PER_LOGARITHM = 992;
  // Times the difference of two doubles that are normal, it is far above 1.
  private static final double HUGE = 0x1p1023;

  private final NativeLoops loops;
  private final int capacity;
  private final int sumsPerLogarithm;
  private final double[][] logits;
  private final double[][] targets;
  private final double[][] result;
  private final double[] rowByRow;
  private final float[] floats;
  private final double[] rounded;
  private final double[] reduced;
  private final long[] bits;
  private final double[] max;
  private final double[] roundedMax;
  private final double[] sum;
  private final double[] total;
  private final double[] fromOneHot;
  private final double[] zeros;
  private final double[] picked;
  private final double[] logOfSum;
  private final double[] differences;
  private final double[] high;
  private final double[] low;
  private double[] bias;
  private int rows;
  private boolean oneHot;

  /**
   * @param loops or null
   */
  FewClasses(int classes, NativeLoops loops) {
    super(null, classes);
    this.loops = loops;
    this.capacity = ELEMENTS / Math.max(1, classes);
    // Each sum is at most classes * 2^0.5.
    this.sumsPerLogarithm = EXPONENTS_PER_LOGARITHM / (Math.getExponent((double) classes) + 2);
    this.logits = new double[classes][capacity];
    this.targets = new double[classes][capacity];
    this.result = new double[classes][capacity];
    this.rowByRow = new double[classes * capacity];
    this.floats = new float[classes * capacity];
    this.rounded = new double[capacity];
    this.reduced = new double[capacity];
    this.bits = new long[capacity];
    this.max = new double[capacity];
    this.roundedMax = new double[capacity];
    this.sum = new double[capacity];
    this.total = new double[capacity];
    this.fromOneHot = new double[capacity];
    this.zeros = new double[capacity];
    this.picked = new double[capacity];
    this.logOfSum = new double[capacity];
    this.differences = new double[capacity];
    this.high = new double[capacity];
    this.low = new double[capacity];
  }

  @Override
  int capacity() {
    return capacity;
  }

  @Override
  void load(CpuStorage from, long position, long leadingDimension, int newRows) {
    rows = newRows;
    read(from, position, leadingDimension, logits);
  }

  private void read(CpuStorage from, long position, long leadingDimension, double[][] to) {
    if (loops != null) {
      NativeElements<?> elements = elements(from);
      for (int j = 0; j < classes; j++) {
        elements.copyColumn(from.before(position + j), leadingDimension, to[j], rows);
      }
    } else if (from.type() == ElementType.FLOAT32) {
      from.read(position, rows, classes, leadingDimension, floats);
      for (int j = 0; j < classes; j++) {
        takeColumn(floats, j, classes, to[j], rows);
      }
    } else {
      from.read(position, rows, classes, leadingDimension, rowByRow);
      for (int j = 0; j < classes; j++) {
        takeColumn(rowByRow, j, classes, to[j], rows);
      }
    }
  }

  private NativeElements<?> elements(CpuStorage of) {
    return switch (of.type()) {
      case FLOAT32 -> loops.floats();
      case FLOAT64 -> loops.doubles();
    };
  }

  private static void takeColumn(double[] from, int column, int columns, double[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = from[i * columns + column];
    }
  }

  private static void takeColumn(float[] from, int column, int columns, double[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] = from[i * columns + column];
    }
  }

  @Override
  void loadByClass(CpuStorage from, long position, long leadingDimension, int newRows) {
    rows = newRows;
    for (int j = 0; j < classes; j++) {
      long place = position + j * leadingDimension;
      if (loops != null && from.type() == ElementType.FLOAT32) {
        loops.floats().copyColumn(from.before(place), 1, logits[j], rows);
      } else {
        from.read(place, 1, rows, rows, logits[j]);
      }
    }
  }

  @Override
  void takeBias(double[] newBias) {
    bias = newBias;
  }

  @Override
  void addBias() {
    for (int j = 0; j < classes; j++) {
      add(bias[j], logits[j], rows);
    }
  }

  private static void add(double constant, double[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] += constant;
    }
  }

  @Override
  void loadTargets(Matrix matrix, int first) {
    read(
        CpuStorage.of(matrix),
        CpuStorage.position(matrix, first),
        matrix.leadingDimension(),
        targets);
    begin(targets[0], total, fromOneHot, rows);
    for (int j = 1; j < classes; j++) {
      addUp(targets[j], total, fromOneHot, rows);
    }
    addDistanceFromOne(total, fromOneHot, rows);
    oneHot = Arrays.mismatch(fromOneHot, 0, rows, zeros, 0, rows) < 0;
  }

  private static void begin(double[] y, double[] total, double[] fromOneHot, int count) {
    for (int i = 0; i < count; i++) {
      total[i] = y[i];
      fromOneHot[i] = Math.abs(y[i] * y[i] - y[i]);
    }
  }

  /** Only 0 and 1 are their own squares. */
  private static void addUp(double[] y, double[] total, double[] fromOneHot, int count) {
    for (int i = 0; i < count; i++) {
      total[i] += y[i];
      fromOneHot[i] += Math.abs(y[i] * y[i] - y[i]);
    }
  }

  private static void addDistanceFromOne(double[] total, double[] fromOneHot, int count) {
    for (int i = 0; i < count; i++) {
      fromOneHot[i] += Math.abs(total[i] - 1);
    }
  }

  @Override
  void normalize() {
    System.arraycopy(logits[0], 0, max, 0, rows);
    for (int j = 1; j < classes; j++) {
      raise(max, logits[j], rows);
    }
    square(max, differences, rows);
    if (!(sum(differences) <= Exponential.LARGEST * Exponential.LARGEST)) {
      shiftWhereExtreme();
    }
    Exponential.round(max, roundedMax, rows);
    takePowers(loops);
    // All are positive: no infinities can cancel.
    if (loops != null && Double.isNaN(sum(sum))) {
      takePowers(null);
    }
  }

  private static void square(double[] x, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = x[i] * x[i];
    }
  }

  private double sum(double[] ofRows) {
    return loops == null
        ? Sums.sum(ofRows, 0, rows)
        : loops.doubles().sum(ofRows, 0, rows, bits, reduced);
  }

  private void takePowers(NativeLoops by) {
    for (int j = 0; j < classes; j++) {
      Exponential.reduce(logits[j], rounded, reduced, rows);
      if (by == null) {
        Exponential.scale(logits[j], rounded, reduced, max, roundedMax, result[j], rows);
      } else {
        by.scale(
            rounded, roundedMax, Exponential.SMALLEST_EXPONENT, reduced, bits, result[j], rows);
      }
    }
    // Four classes before the sum is touched, which keeps the rounding errors small.
    System.arraycopy(result[0], 0, sum, 0, rows);
    int j = 1;
    for (; j + 3 < classes; j += 4) {
      addFour(sum, result[j], result[j + 1], result[j + 2], result[j + 3], rows);
    }
    for (; j < classes; j++) {
      add(sum, result[j], rows);
    }
  }

  private static void raise(double[] max, double[] z, int count) {
    for (int i = 0; i < count; i++) {
      max[i] = Math.max(max[i], z[i]);
    }
  }

  private static void add(double[] sum, double[] values, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] += values[i];
    }
  }

  private static void addFour(
      double[] sum, double[] a, double[] b, double[] c, double[] d, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] += (a[i] + b[i]) + (c[i] + d[i]);
    }
  }

  private void shiftWhereExtreme() {
    for (int i = 0; i < rows; i++) {
      if (isExtreme(max[i])) {
        for (int j = 0; j < classes; j++) {
          logits[j][i] -= max[i];
        }
        max[i] = 0;
      }
    }
  }

  @Override
  double crossEntropy() {
    Arrays.fill(picked, 0, rows, 0);
    int j = 0;
    for (; j + 1 < classes; j += 2) {
      pick(targets[j], logits[j], targets[j + 1], logits[j + 1], max, picked, rows);
    }
    if (j < classes) {
      pick(targets[j], logits[j], max, picked, rows);
    }
    if (!oneHot) {
      takeLogOfSum();
      double loss = 0;
      for (int i = 0; i < rows; i++) {
        loss += total[i] * logOfSum[i] - picked[i];
      }
      return Double.isNaN(loss) ? crossEntropyOfWanted() : loss;
    }
    double logarithms = 0;
    for (int from = 0; from < rows; from += sumsPerLogarithm) {
      logarithms += Math.log(product(sum, from, Math.min(rows, from + sumsPerLogarithm)));
    }
    subtractMissing(picked, roundedMax, max, differences, rows);
    double loss = logarithms - sum(differences);
    return Double.isNaN(loss) ? crossEntropyOfLabels() : loss;
  }

  /**
   * Adds {@code y * (z - max)}: of a one-hot row the difference of its label, if all are finite.
   */
  private static void pick(double[] y, double[] z, double[] max, double[] picked, int count) {
    for (int i = 0; i < count; i++) {
      picked[i] = Math.fma(y[i], z[i] - max[i], picked[i]);
    }
  }

  /** The same of two classes. */
  private static void pick(
      double[] y,
      double[] z,
      double[] nextY,
      double[] nextZ,
      double[] max,
      double[] picked,
      int count) {
    for (int i = 0; i < count; i++) {
      double both = Math.fma(y[i], z[i] - max[i], nextY[i] * (nextZ[i] - max[i]));
      picked[i] += both;
    }
  }

  /** The logarithms of the sums are relative to the rounded maxima, the differences to the true. */
  private static void subtractMissing(
      double[] picked, double[] roundedMax, double[] max, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = picked[i] - Exponential.missing(roundedMax[i], max[i]);
    }
  }

  private static double product(double[] values, int from, int to) {
    double first = 1;
    double second = 1;
    double third = 1;
    double fourth = 1;
    int i = from;
    for (; i + 3 < to; i += 4) {
      first *= values[i];
      second *= values[i + 1];
      third *= values[i + 2];
      fourth *= values[i + 3];
    }
    for (; i < to; i++) {
      first *= values[i];
    }
    return (first * second) * (third * fourth);
  }

  /** Without multiplying the zeros of one-hot rows with infinite differences. */
  private double crossEntropyOfLabels() {
    takeLogOfSum();
    double loss = 0;
    for (int i = 0; i < rows; i++) {
      loss += logOfSum[i] - (logits[label(i)][i] - max[i]);
    }
    return loss;
  }

  /** The same for any targets; the logarithms have been taken. */
  private double crossEntropyOfWanted() {
    double loss = 0;
    for (int i = 0; i < rows; i++) {
      double difference = 0;
      for (int j = 0; j < classes; j++) {
        if (targets[j][i] != 0) {
          difference += targets[j][i] * (logits[j][i] - max[i]);
        }
      }
      loss += total[i] * logOfSum[i] - difference;
    }
    return loss;
  }

  /** Of the powers relative to the largest. */
  private void takeLogOfSum() {
    Logarithm.apply(sum, rounded, reduced, logOfSum, rows);
    addMissing(logOfSum, roundedMax, max, rows);
  }

  private static void addMissing(double[] logOfSum, double[] roundedMax, double[] max, int count) {
    for (int i = 0; i < count; i++) {
      logOfSum[i] += Exponential.missing(roundedMax[i], max[i]);
    }
  }

  private int label(int row) {
    return firstLargest(targets, row);
  }

  /** A NaN counts as the largest. */
  private int firstLargest(double[][] values, int row) {
    int best = 0;
    for (int j = 1; j < classes && !Double.isNaN(values[best][row]); j++) {
      double value = values[j][row];
      if (value > values[best][row] || Double.isNaN(value)) {
        best = j;
      }
    }
    return best;
  }

  @Override
  int correct() {
    if (!oneHot) {
      return correctOneByOne();
    }
    Arrays.fill(differences, 0, rows, 0);
    for (int j = 0; j < classes; j++) {
      addMeasure(max, logits[j], differences, rows);
    }
    // Only one of each row is the largest.
    if (sum(differences) != (classes - 1.0) * rows) {
      return correctOneByOne();
    }
    // A one-hot row's label is right if it picks the very largest: 0 there, else 1.
    measure(zeros, picked, differences, rows);
    double wrong = sum(differences);
    return wrong == Math.rint(wrong) ? rows - (int) wrong : correctOneByOne();
  }

  /** How far {@code a} is above {@code b}, up to 1: 0 or 1 but for the smallest of differences. */
  private static void measure(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Math.min(1, (a[i] - b[i]) * HUGE);
    }
  }

  private static void addMeasure(double[] a, double[] b, double[] sums, int count) {
    for (int i = 0; i < count; i++) {
      sums[i] += Math.min(1, (a[i] - b[i]) * HUGE);
    }
  }

  private int correctOneByOne() {
    int correct = 0;
    for (int i = 0; i < rows; i++) {
      int predicted = firstLargest(logits, i);
      boolean isRight = predicted == label(i);
      correct += isRight && areNumbers(logits[predicted][i], targets[predicted][i]) ? 1 : 0;
    }
    return correct;
  }

  @Override
  void toProbabilities() {
    invert(sum, high, low, rows);
    for (int j = 0; j < classes; j++) {
      divide(result[j], high, low, rows);
    }
  }

  /** A reciprocal in two parts: multiplying with it rounds once, like a division, and is faster. */
  private static void invert(double[] sum, double[] high, double[] low, int count) {
    for (int i = 0; i < count; i++) {
      double reciprocal = 1 / sum[i];
      high[i] = reciprocal;
      low[i] = Math.fma(-reciprocal, sum[i], 1) * reciprocal;
    }
  }

  private static void divide(double[] values, double[] high, double[] low, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = Math.fma(values[i], high[i], values[i] * low[i]);
    }
  }

  @Override
  void toLogProbabilities() {
    takeLogOfSum();
    for (int j = 0; j < classes; j++) {
      takeLogProbabilities(logits[j], max, logOfSum, result[j], rows);
    }
  }

  private static void takeLogProbabilities(
      double[] z, double[] max, double[] logOfSum, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = logProbability(z[i], max[i], logOfSum[i]);
    }
  }

  @Override
  void toGradient(int batchRows) {
    toProbabilities();
    double share = 1.0 / batchRows;
    for (int j = 0; j < classes; j++) {
      subtract(result[j], targets[j], total, share, rows);
    }
  }

  private static void subtract(double[] p, double[] y, double[] total, double share, int count) {
    for (int i = 0; i < count; i++) {
      p[i] = (p[i] * total[i] - y[i]) * share;
    }
  }

  @Override
  void addToColumnSums() {
    for (int j = 0; j < classes; j++) {
      columnSums[j] += sum(result[j]);
    }
  }

  @Override
  void store(CpuStorage to, long position, long leadingDimension) {
    if (loops != null) {
      NativeElements<?> elements = elements(to);
      for (int j = 0; j < classes; j++) {
        elements.copyToColumn(result[j], to.beforeWritten(position + j), leadingDimension, rows);
      }
    } else if (to.type() == ElementType.FLOAT32) {
      for (int j = 0; j < classes; j++) {
        putColumn(result[j], floats, j, classes, rows);
      }
      to.write(position, rows, classes, leadingDimension, floats);
    } else {
      for (int j = 0; j < classes; j++) {
        putColumn(result[j], rowByRow, j, classes, rows);
      }
      to.write(position, rows, classes, leadingDimension, rowByRow);
    }
  }

  private static void putColumn(double[] from, double[] to, int column, int columns, int count) {
    for (int i = 0; i < count; i++) {
      to[i * columns + column] = from[i];
    }
  }

  private static void putColumn(double[] from, float[] to, int column, int columns, int count) {
    for (int i = 0; i < count; i++) {
      to[i * columns + column] = (float) from[i];
    }
  }

  @Override
  void storeByClass(CpuStorage to, long position, long leadingDimension) {
    for (int j = 0; j < classes; j++) {
      long place = position + j * leadingDimension;
      if (loops != null && to.type() == ElementType.FLOAT32) {
        loops.floats().copyToColumn(result[j], to.beforeWritten(place), 1, rows);
      } else {
        to.write(place, 1, rows, rows, result[j]);
      }
    }
  }
}
