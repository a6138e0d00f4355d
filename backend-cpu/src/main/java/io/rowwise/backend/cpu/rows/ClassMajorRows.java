package io.rowwise.backend.cpu.rows;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.math.Float64Exponential;
import io.rowwise.backend.cpu.math.Logarithm;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;
import java.util.Arrays;

/**
 * Rows of few classes, in {@code double}, with an array for each class: so every loop runs along
 * many rows. Powers are taken relative to each row's largest.
 *
 * @param <A> {@code float[]} or {@code double[]}, as the matrices' type is
 */
final class ClassMajorRows<A> extends Rows {
  private static final NativeMemory MEMORY = NativeMemory.OF_THIS_JVM;
  private static final Loops<double[]> DOUBLES = Loops.float64();
  private static final int ELEMENTS = 2048;
  // The product of some sums stays finite as long as their exponents add up to this.
  private static final int EXPONENTS_PER_LOGARITHM = 992;

  private final Loops<A> loops;
  private final Logarithm<double[]> logarithm;
  private final int capacity;
  private final int sumsPerLogarithm;
  private final double[][] logits;
  private final double[][] targets;
  private final double[][] result;
  private final A rowByRow;
  private final double[] rounded;
  private final double[] reduced;
  private final long[] bits;
  private final double[] shift;
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
  private boolean oneHot;

  ClassMajorRows(Loops<A> loops, int classes) {
    super(loops.type(), classes);
    this.loops = loops;
    this.capacity = ELEMENTS / Math.max(1, classes);
    this.logarithm = Logarithm.of(DOUBLES, new Scratch(), capacity);
    // Each sum is at most classes * 2^0.5.
    this.sumsPerLogarithm = EXPONENTS_PER_LOGARITHM / (Math.getExponent((double) classes) + 2);
    this.logits = new double[classes][capacity];
    this.targets = new double[classes][capacity];
    this.result = new double[classes][capacity];
    this.rowByRow = loops.array(classes * capacity);
    this.rounded = new double[capacity];
    this.reduced = new double[capacity];
    this.bits = new long[capacity];
    this.shift = new double[capacity];
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
  public int capacity() {
    return capacity;
  }

  @Override
  public void load(CpuStorage from, long position, long leadingDimension, int newRows) {
    rows = newRows;
    read(from, position, leadingDimension, logits);
  }

  private void read(CpuStorage from, long position, long leadingDimension, double[][] to) {
    loops.load(from, position, rows, classes, leadingDimension, rowByRow);
    for (int j = 0; j < classes; j++) {
      loops.loadColumn(rowByRow, j, classes, to[j], rows);
    }
  }

  @Override
  public void loadByClass(CpuStorage from, long position, long leadingDimension, int newRows) {
    rows = newRows;
    if (from.type() == ElementType.FLOAT64) {
      for (int j = 0; j < classes; j++) {
        from.read(position + j * leadingDimension, 1, rows, rows, logits[j]);
      }
    } else {
      loops.load(from, position, classes, rows, leadingDimension, rowByRow);
      for (int j = 0; j < classes; j++) {
        loops.loadColumn(rowByRow, j * rows, 1, logits[j], rows);
      }
    }
  }

  @Override
  public void takeBias(double[] newBias) {
    bias = newBias;
  }

  @Override
  public void addBias() {
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.add(bias[j], logits[j], rows);
    }
  }

  @Override
  public void loadTargets(Matrix matrix, int first) {
    read(
        CpuStorage.of(matrix),
        CpuStorage.position(matrix, first),
        matrix.leadingDimension(),
        targets);
    addUpTargets();
  }

  @Override
  public void loadLabels(int[] labels, int first) {
    for (int j = 0; j < classes; j++) {
      Arrays.fill(targets[j], 0, rows, 0);
    }
    for (int i = 0; i < rows; i++) {
      int label = labels[first + i];
      if (label >= 0 && label < classes) {
        targets[label][i] = 1;
      } else {
        for (int j = 0; j < classes; j++) {
          targets[j][i] = Double.NaN;
        }
      }
    }
    addUpTargets();
  }

  @Override
  public void weighTargets(double[] weights, int first) {
    for (int j = 0; j < classes; j++) {
      for (int i = 0; i < rows; i++) {
        targets[j][i] *= weights[first + i];
      }
    }
    addUpTargets();
  }

  private void addUpTargets() {
    Arrays.fill(total, 0, rows, 0);
    Arrays.fill(fromOneHot, 0, rows, 0);
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.addUp(targets[j], total, fromOneHot, rows);
    }
    ClassMajorLoops.addDistanceFromOne(total, fromOneHot, rows);
    oneHot = Arrays.mismatch(fromOneHot, 0, rows, zeros, 0, rows) < 0;
  }

  @Override
  public void keep(Matrix mask, int first, double temperature) {
    double divisor = loops.rounded(temperature);
    boolean isForAll = mask.rows() == 1;
    int maskRows = isForAll ? 1 : rows;
    loops.load(mask, isForAll ? 0 : first, maskRows, rowByRow);
    for (int j = 0; j < classes; j++) {
      loops.loadColumn(rowByRow, j, classes, targets[j], maskRows);
      if (isForAll) {
        Arrays.fill(targets[j], 0, rows, targets[j][0]);
      }
      for (int i = 0; i < rows; i++) {
        boolean isKept = targets[j][i] != 0;
        logits[j][i] = isKept ? loops.rounded(logits[j][i] / divisor) : Double.NEGATIVE_INFINITY;
      }
    }
  }

  @Override
  public void normalize() {
    System.arraycopy(logits[0], 0, max, 0, rows);
    for (int j = 1; j < classes; j++) {
      DOUBLES.raise(max, logits[j], rows);
    }
    DOUBLES.multiply(max, max, differences, rows);
    Arrays.fill(shift, 0, rows, 0);
    double extreme = Float64Exponential.LARGEST * Float64Exponential.LARGEST;
    if (!(sum(differences) <= extreme)) {
      shiftWhereExtreme();
    }
    Float64Exponential.round(max, roundedMax, rows);
    for (int j = 0; j < classes; j++) {
      Float64Exponential.reduce(logits[j], rounded, reduced, rows);
      long lowest = Float64Exponential.SMALLEST_EXPONENT;
      MEMORY.scale(reduced, rounded, roundedMax, lowest, bits, result[j], rows);
    }
    takeSums();
    // All are positive: no infinities can cancel.
    if (Double.isNaN(sum(sum))) {
      for (int j = 0; j < classes; j++) {
        Float64Exponential.reduce(logits[j], rounded, reduced, rows);
        Float64Exponential.scale(logits[j], rounded, reduced, max, roundedMax, result[j], rows);
      }
      takeSums();
    }
  }

  private double sum(double[] ofRows) {
    return DOUBLES.sum(ofRows, 0, rows);
  }

  /** Four classes before the sum is touched, which keeps the rounding errors small. */
  private void takeSums() {
    System.arraycopy(result[0], 0, sum, 0, rows);
    int j = 1;
    for (; j + 3 < classes; j += 4) {
      ClassMajorLoops.addFour(sum, result[j], result[j + 1], result[j + 2], result[j + 3], rows);
    }
    for (; j < classes; j++) {
      DOUBLES.add(sum, result[j], sum, rows);
    }
  }

  private void shiftWhereExtreme() {
    for (int i = 0; i < rows; i++) {
      if (ExactPowers.isExtreme(max[i])) {
        for (int j = 0; j < classes; j++) {
          logits[j][i] -= max[i];
        }
        shift[i] = max[i];
        max[i] = 0;
      }
    }
  }

  @Override
  public double crossEntropy() {
    Arrays.fill(picked, 0, rows, 0);
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.pick(targets[j], logits[j], max, picked, rows);
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
      logarithms +=
          Math.log(ClassMajorLoops.product(sum, from, Math.min(rows, from + sumsPerLogarithm)));
    }
    ClassMajorLoops.subtractMissing(picked, roundedMax, max, differences, rows);
    double loss = logarithms - sum(differences);
    return Double.isNaN(loss) ? crossEntropyOfWanted() : loss;
  }

  /** Without multiplying targets of 0 with infinite differences. */
  private double crossEntropyOfWanted() {
    takeLogOfSum();
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
    logarithm.log(sum, logOfSum, rows);
    ClassMajorLoops.addMissing(logOfSum, roundedMax, max, rows);
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
  public int correct() {
    if (!oneHot) {
      return super.correct();
    }
    Arrays.fill(differences, 0, rows, 0);
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.measure(max, logits[j], rounded, rows);
      DOUBLES.add(differences, rounded, differences, rows);
    }
    // Only one of each row is the largest.
    if (sum(differences) != (classes - 1.0) * rows) {
      return super.correct();
    }
    // A one-hot row's label is right if it picks the very largest: 0 there, else 1.
    ClassMajorLoops.measure(zeros, picked, differences, rows);
    double wrong = sum(differences);
    return wrong == Math.rint(wrong) ? rows - (int) wrong : super.correct();
  }

  @Override
  public boolean isCorrect(int row) {
    int predicted = firstLargest(logits, row);
    boolean isRight = predicted == firstLargest(targets, row);
    return isRight && !Double.isNaN(logits[predicted][row] + targets[predicted][row]);
  }

  @Override
  public double[] logSumExp() {
    takeLogOfSum();
    for (int i = 0; i < rows; i++) {
      high[i] = Double.isInfinite(shift[i]) ? shift[i] : shift[i] + (max[i] + logOfSum[i]);
    }
    return high;
  }

  @Override
  public void toProbabilities() {
    ClassMajorLoops.invert(sum, high, low, rows);
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.divide(result[j], high, low, rows);
    }
  }

  @Override
  public void toLogProbabilities() {
    takeLogOfSum();
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.takeLogProbabilities(logits[j], max, logOfSum, result[j], rows);
    }
  }

  @Override
  public void toGradient(double totalWeight) {
    toProbabilities();
    double share = 1.0 / totalWeight;
    for (int j = 0; j < classes; j++) {
      ClassMajorLoops.subtract(result[j], targets[j], total, share, rows);
    }
  }

  @Override
  public void addToColumnSums() {
    for (int j = 0; j < classes; j++) {
      columnSums[j] += sum(result[j]);
    }
  }

  @Override
  public void store(CpuStorage to, long position, long leadingDimension) {
    for (int j = 0; j < classes; j++) {
      loops.storeColumn(result[j], rowByRow, j, classes, rows);
    }
    loops.store(rowByRow, to, position, rows, classes, leadingDimension);
  }

  @Override
  public void storeByClass(CpuStorage to, long position, long leadingDimension) {
    if (to.type() == ElementType.FLOAT64) {
      for (int j = 0; j < classes; j++) {
        to.write(position + j * leadingDimension, 1, rows, rows, result[j]);
      }
    } else {
      for (int j = 0; j < classes; j++) {
        loops.storeColumn(result[j], rowByRow, j * rows, 1, rows);
      }
      loops.store(rowByRow, to, position, classes, rows, leadingDimension);
    }
  }
}
