package io.rowwise.backend.cpu.rows;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.math.Exponential;
import io.rowwise.backend.cpu.math.Float64Exponential;
import io.rowwise.backend.cpu.math.Logarithm;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;
import java.util.Arrays;

/**
 * Rows one after the other, as one long loop, in the arithmetic of the matrix's type.
 *
 * <p>All powers of a block are taken relative to one power of two instead of each row's largest;
 * that changes no bit of a power, as long as none leaves the range of {@link Exponential#relative}.
 * Where one does, {@link ExactPowers} takes the rows one by one. So everything below sees powers,
 * their sums and the exponents of what they are relative to, wherever these are from.
 *
 * <p>A log-probability is the logit less the logarithm of its row's sum of powers. That is in two
 * parts, so that neither has to be rounded to the size of the other.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
final class RowMajorRows<A> extends Rows {
  // The largest of so many logits tells what the powers are relative to.
  private static final int PROBED = 32;
  // So many results are added up in the matrix's type.
  private static final int RESULTS_OF_A_PARTIAL_SUM = 16;
  private static final int NONE = -1;

  private final Loops<A> loops;
  private final Exponential<A> exponential;
  private final Logarithm<double[]> logarithm;
  private final int capacity;
  private final boolean isSearched;
  private final A logits;
  private final A targets;
  private final A powers;
  private final A result;
  private final A spare;
  private final A bias;
  private final A partialSums;
  private final A zeros;
  private final int[] labels;
  private final double[] sums;
  private final double[] exponents;
  private final double[] shifts;
  private final double[] mantissas;
  private final double[] logarithms;
  private final double[] high;
  private final double[] low;
  private ExactPowers<A> exact;
  private int count;
  private int rowsOfBias;
  private boolean isEachOneHot;
  private boolean isMasked;
  private int inPartialSums;

  RowMajorRows(Loops<A> loops, int classes) {
    super(loops.type(), classes);
    if (classes > NativeMemory.MOST) {
      throw new IllegalArgumentException(
          "rows of " + classes + " columns, at most " + NativeMemory.MOST + " are computed");
    }
    this.loops = loops;
    this.capacity = RowForm.capacity(loops.type(), classes);
    this.isSearched = RowForm.isSearched(classes);
    int elements = capacity * classes;
    this.exponential = Exponential.of(loops, new Scratch(), elements);
    this.logarithm = Logarithm.of(Loops.float64(), new Scratch(), capacity);
    this.logits = loops.array(elements);
    this.targets = loops.array(elements);
    this.powers = loops.array(elements);
    this.result = loops.array(elements);
    this.spare = loops.array(elements);
    this.bias = loops.array(elements);
    this.partialSums = loops.array(classes);
    this.zeros = loops.array(classes);
    this.labels = new int[capacity];
    this.sums = new double[capacity];
    this.exponents = new double[capacity];
    this.shifts = new double[capacity];
    this.mantissas = new double[capacity];
    this.logarithms = new double[capacity];
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
    count = rows * classes;
    isMasked = false;
    loops.load(from, position, rows, classes, leadingDimension, logits);
  }

  @Override
  public void loadByClass(CpuStorage from, long position, long leadingDimension, int newRows) {
    throw new UnsupportedOperationException("rows of " + classes + " classes lie row by row");
  }

  @Override
  public void takeBias(double[] newBias) {
    for (int j = 0; j < classes; j++) {
      loops.set(bias, j, newBias[j]);
    }
    rowsOfBias = 1;
  }

  @Override
  public void addBias() {
    if (rowsOfBias < rows) {
      Loops.repeat(bias, classes, rows);
      rowsOfBias = rows;
    }
    loops.add(logits, bias, logits, count);
  }

  @Override
  public void loadTargets(Matrix matrix, int first) {
    loops.load(matrix, first, rows, targets);
    isEachOneHot = isSearched;
    for (int row = 0; row < rows && isEachOneHot; row++) {
      labels[row] = label(row * classes, (row + 1) * classes);
      isEachOneHot = labels[row] != NONE;
    }
  }

  @Override
  public void loadLabels(int[] newLabels, int first) {
    loops.fill(targets, 0, count, 0);
    isEachOneHot = isSearched;
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      int label = newLabels[first + row];
      if (label >= 0 && label < classes) {
        labels[row] = start + label;
        loops.set(targets, start + label, 1);
      } else {
        isEachOneHot = false;
        loops.fill(targets, start, start + classes, Double.NaN);
      }
    }
  }

  @Override
  public void weighTargets(double[] weights, int first) {
    System.arraycopy(weights, first, high, 0, rows);
    loops.multiplyRows(targets, rows, classes, high, result);
    System.arraycopy(result, 0, targets, 0, count);
  }

  @Override
  public void keep(Matrix mask, int first, double temperature) {
    if (mask.rows() == 1) {
      loops.load(mask, 0, 1, targets);
      Loops.repeat(targets, classes, rows);
    } else {
      loops.load(mask, first, rows, targets);
    }
    loops.divide(logits, temperature, count);
    loops.toOnes(targets, count);
    isMasked = true;
  }

  /** Where the only target is that is not zero, if there is one. */
  private int label(int start, int end) {
    int first = loops.indexOfNonZero(targets, start, end, zeros);
    return first < end && loops.indexOfNonZero(targets, first + 1, end, zeros) == end
        ? first
        : NONE;
  }

  @Override
  public void normalize() {
    double largest = loops.probe(logits, Math.min(count, PROBED));
    boolean areNumbers = exponential.takes(largest);
    if (areNumbers) {
      exponential.relative(logits, largest, result, spare, powers, count);
      if (isMasked) {
        // Logits of -inf would have every row computed by itself.
        loops.multiply(powers, targets, powers, count);
      }
      Arrays.fill(exponents, 0, rows, exponential.exponent(largest));
      Arrays.fill(shifts, 0, rows, 0);
      takeSums();
      // All are positive: no infinities can cancel.
      areNumbers = !Double.isNaN(Loops.float64().sum(sums, 0, rows));
    }
    if (!areNumbers) {
      if (isMasked) {
        loops.forbid(logits, targets, count);
      }
      takeExactPowers();
    }
  }

  private void takeSums() {
    if (capacity == 1) {
      sums[0] = loops.sumOfMany(powers, classes, result, spare);
    } else {
      loops.sumRows(powers, rows, classes, sums);
    }
  }

  private void takeExactPowers() {
    if (exact == null) {
      exact = new ExactPowers<>(loops, classes);
    }
    for (int row = 0; row < rows; row++) {
      exact.take(logits, powers, row * classes);
      sums[row] = exact.sum();
      exponents[row] = exact.exponent();
      shifts[row] = exact.shift();
    }
  }

  /** Takes the logarithms of the rows' sums, each in two parts. */
  private void takeLogarithms() {
    for (int row = 0; row < rows; row++) {
      // So a row's result has the same bits whatever its powers are relative to.
      int ofSum = Math.getExponent(sums[row]);
      mantissas[row] = sums[row] * Float64Exponential.powerOfTwo(-ofSum);
    }
    logarithm.log(mantissas, logarithms, rows);
    for (int row = 0; row < rows; row++) {
      double exponent = exponents[row] + Math.getExponent(sums[row]);
      double product = Float64Exponential.timesLn2(exponent);
      double sum = product + logarithms[row];
      // What that rounding lost (D. E. Knuth, TAOCP 2, 4.2.2).
      double part = sum - product;
      double lost = (product - (sum - part)) + (logarithms[row] - part);
      high[row] = loops.rounded(sum);
      low[row] = (lost + Float64Exponential.missingOfLn2(exponent, product)) + (sum - high[row]);
    }
  }

  @Override
  public double crossEntropy() {
    takeLogarithms();
    double loss = 0;
    if (isEachOneHot) {
      for (int row = 0; row < rows; row++) {
        loss += crossEntropy(row, labels[row]);
      }
    } else {
      loops.weighRows(targets, logits, rows, classes, high, low, result);
      loss = loops.sum(result, 0, count);
    }
    return Double.isNaN(loss) ? crossEntropyOfWanted() : loss;
  }

  /** Of one class. */
  private double crossEntropy(int row, int at) {
    return loops.get(targets, at) * ((high[row] - loops.get(logits, at)) + low[row]);
  }

  /** Without multiplying targets of 0 with infinite differences. */
  private double crossEntropyOfWanted() {
    double loss = 0;
    for (int at = 0; at < count; at++) {
      int row = at / classes;
      if (loops.get(targets, at) != 0 || Double.isNaN(high[row])) {
        loss += crossEntropy(row, at);
      }
    }
    return loss;
  }

  @Override
  public boolean isCorrect(int row) {
    int start = row * classes;
    int end = start + classes;
    int label = isEachOneHot ? labels[row] : NONE;
    double target = isEachOneHot ? loops.get(targets, label) : 0;
    // A single negative one is not the largest.
    if (!(target > 0)) {
      target = loops.max(targets, start, end, result, spare);
      label = loops.indexOf(target, targets, start, end);
    }
    double logit = loops.max(logits, start, end, result, spare);
    boolean isRight = loops.indexOf(logit, logits, start, end) == label;
    return isRight && !Double.isNaN(sums[row] + target);
  }

  @Override
  public double[] logSumExp() {
    takeLogarithms();
    for (int row = 0; row < rows; row++) {
      double shift = shifts[row];
      high[row] = Double.isInfinite(shift) ? shift : shift + (high[row] + low[row]);
    }
    return high;
  }

  @Override
  public void toProbabilities() {
    for (int row = 0; row < rows; row++) {
      high[row] = 1 / sums[row];
    }
    loops.multiplyRows(powers, rows, classes, high, result);
  }

  @Override
  public void toLogProbabilities() {
    takeLogarithms();
    loops.subtractRows(logits, rows, classes, high, low, result);
  }

  @Override
  public void toGradient(double totalWeight) {
    if (!isEachOneHot) {
      loops.sumRows(targets, rows, classes, high);
    }
    for (int row = 0; row < rows; row++) {
      double ofRow = isEachOneHot ? loops.get(targets, labels[row]) : high[row];
      high[row] = ofRow / sums[row];
    }
    loops.subtractTargets(powers, rows, classes, high, targets, 1.0 / totalWeight, result);
  }

  @Override
  public void store(CpuStorage to, long position, long leadingDimension) {
    loops.store(result, to, position, rows, classes, leadingDimension);
  }

  @Override
  public void storeByClass(CpuStorage to, long position, long leadingDimension) {
    throw new UnsupportedOperationException("rows of " + classes + " classes lie row by row");
  }

  @Override
  public void clearColumnSums() {
    super.clearColumnSums();
    loops.fill(partialSums, 0, classes, 0);
    inPartialSums = 0;
  }

  @Override
  public void addToColumnSums() {
    loops.addRows(result, rows, classes, spare);
    loops.add(partialSums, result, partialSums, classes);
    inPartialSums++;
    if (inPartialSums == RESULTS_OF_A_PARTIAL_SUM) {
      addPartialSums();
    }
  }

  private void addPartialSums() {
    loops.addToTotals(columnSums, partialSums, classes);
    loops.fill(partialSums, 0, classes, 0);
    inPartialSums = 0;
  }

  @Override
  public void copyColumnSums(double[] to, int at) {
    addPartialSums();
    super.copyColumnSums(to, at);
  }
}
