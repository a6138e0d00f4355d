package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/**
 * A few rows of logits on the heap, and their softmax.
 *
 * <p>The arrays lie class by class: row i of class j is element {@code j * rows + i}. With few
 * classes the loops then run along many rows and vectorise; with many classes the block is a single
 * row, and the very same layout is that row.
 *
 * <p>Differences to the row's maximum are kept in two parts, rounded value and what the rounding
 * lost. Without the second, a logit 700 below the maximum would cost its probability hundreds of
 * ulp.
 */
final class RowBlock {
  /** With more classes than this a block is one row. */
  static final int FEW_CLASSES = 64;

  private static final int ELEMENTS = 2048;
  // The product of so many sums, each at most 2^31, stays finite.
  private static final int SUMS_PER_LOGARITHM = 32;

  private final int classes;
  private final int capacity;
  private final double[] logits;
  private final double[] shifted;
  private final double[] lost;
  private final double[] powers;
  private final double[] scratch;
  private final double[] moreScratch;
  private final double[] max;
  private final double[] sum;
  private final double[] reciprocal;
  private final double[] reciprocalLow;
  private int rows;

  RowBlock(int classes) {
    this.classes = classes;
    this.capacity = classes > FEW_CLASSES ? 1 : Math.max(1, ELEMENTS / Math.max(1, classes));
    int elements = capacity * classes;
    this.logits = new double[elements];
    this.shifted = new double[elements];
    this.lost = new double[elements];
    this.powers = new double[elements];
    this.scratch = new double[elements];
    this.moreScratch = new double[elements];
    this.max = new double[capacity];
    this.sum = new double[capacity];
    this.reciprocal = new double[capacity];
    this.reciprocalLow = new double[capacity];
  }

  /** The given block if it is for so many classes, else a new one. */
  static RowBlock of(int classes, RowBlock current) {
    return current != null && current.classes == classes ? current : new RowBlock(classes);
  }

  /** The most rows it takes. */
  int capacity() {
    return capacity;
  }

  int rows() {
    return rows;
  }

  int classes() {
    return classes;
  }

  /** Where the logits are to be put, class by class, before {@link #normalize}. */
  double[] begin(int blockRows) {
    rows = blockRows;
    return logits;
  }

  /** Takes rows of a row-major matrix. */
  void load(Matrix matrix, int first, int blockRows) {
    rows = blockRows;
    if (rows == 1) {
      CpuStorage.loadRows(matrix, first, 1, logits);
      return;
    }
    CpuStorage.loadRows(matrix, first, rows, scratch);
    for (int j = 0; j < classes; j++) {
      for (int i = 0; i < rows; i++) {
        logits[j * rows + i] = scratch[i * classes + j];
      }
    }
  }

  /** Puts values, which lie class by class, into rows of a row-major matrix. */
  void store(double[] values, Matrix matrix, int first) {
    if (rows == 1) {
      CpuStorage.storeRows(values, matrix, first, 1);
      return;
    }
    for (int j = 0; j < classes; j++) {
      for (int i = 0; i < rows; i++) {
        scratch[i * classes + j] = values[j * rows + i];
      }
    }
    CpuStorage.storeRows(scratch, matrix, first, rows);
  }

  /**
   * Computes what everything else is made of: differences to the maximum, powers and their sums.
   */
  void normalize() {
    if (rows == 1) {
      max[0] = Reduction.max(logits, 0, classes);
      shift(logits, max[0], shifted, lost, classes);
    } else {
      System.arraycopy(logits, 0, max, 0, rows);
      for (int j = 1; j < classes; j++) {
        raise(max, logits, j * rows, rows);
      }
      for (int j = 0; j < classes; j++) {
        shift(logits, max, shifted, lost, j * rows, rows);
      }
    }
    Exponential.apply(shifted, lost, scratch, moreScratch, powers, classes * rows);
    if (rows == 1) {
      sum[0] = Sums.byHalves(powers, classes, scratch, moreScratch);
    } else {
      addClasses();
    }
  }

  private static void raise(double[] max, double[] logits, int at, int rows) {
    for (int i = 0; i < rows; i++) {
      max[i] = Math.max(max[i], logits[at + i]);
    }
  }

  /** The difference and what its rounding lost, exactly (D. E. Knuth, TAOCP 2, 4.2.2). */
  private static void shift(
      double[] logits, double max, double[] shifted, double[] lost, int count) {
    for (int i = 0; i < count; i++) {
      double z = logits[i];
      double difference = z - max;
      double part = difference - z;
      shifted[i] = difference;
      lost[i] = (z - (difference - part)) - (max + part);
    }
  }

  private static void shift(
      double[] logits, double[] max, double[] shifted, double[] lost, int at, int rows) {
    for (int i = 0; i < rows; i++) {
      double z = logits[at + i];
      double difference = z - max[i];
      double part = difference - z;
      shifted[at + i] = difference;
      lost[at + i] = (z - (difference - part)) - (max[i] + part);
    }
  }

  /** Adds four classes before it touches the sum, which keeps the rounding errors small. */
  private void addClasses() {
    Arrays.fill(sum, 0, rows, 0);
    int j = 0;
    for (; j + 3 < classes; j += 4) {
      addFour(sum, powers, j * rows, rows);
    }
    for (; j < classes; j++) {
      addOne(sum, powers, j * rows, rows);
    }
  }

  private static void addFour(double[] sum, double[] powers, int at, int rows) {
    for (int i = 0; i < rows; i++) {
      double firstTwo = powers[at + i] + powers[at + rows + i];
      double lastTwo = powers[at + 2 * rows + i] + powers[at + 3 * rows + i];
      sum[i] += firstTwo + lastTwo;
    }
  }

  private static void addOne(double[] sum, double[] powers, int at, int rows) {
    for (int i = 0; i < rows; i++) {
      sum[i] += powers[at + i];
    }
  }

  /** The softmax, class by class. Valid until the next block. */
  double[] probabilities() {
    for (int i = 0; i < rows; i++) {
      reciprocal[i] = 1 / sum[i];
      reciprocalLow[i] = Math.fma(-reciprocal[i], sum[i], 1) * reciprocal[i];
    }
    if (rows == 1) {
      divide(powers, reciprocal[0], reciprocalLow[0], moreScratch, classes);
    } else {
      for (int j = 0; j < classes; j++) {
        divide(powers, reciprocal, reciprocalLow, moreScratch, j * rows, rows);
      }
    }
    return moreScratch;
  }

  /** Multiplies with a reciprocal in two parts: rounded once, like a division, and faster. */
  private static void divide(double[] a, double high, double low, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Math.fma(a[i], high, a[i] * low);
    }
  }

  private static void divide(
      double[] a, double[] high, double[] low, double[] out, int at, int rows) {
    for (int i = 0; i < rows; i++) {
      out[at + i] = Math.fma(a[at + i], high[i], a[at + i] * low[i]);
    }
  }

  /** The log-softmax, class by class. Valid until the next block. */
  double[] logProbabilities() {
    for (int i = 0; i < rows; i++) {
      double logarithm = Math.log(sum[i]);
      for (int j = 0; j < classes; j++) {
        int at = j * rows + i;
        // Nothing is known of the loss where the difference is infinite.
        double correction = Double.isInfinite(shifted[at]) ? 0 : lost[at];
        moreScratch[at] = shifted[at] - (logarithm - correction);
      }
    }
    return moreScratch;
  }

  /** The sum of the rows' cross-entropies. */
  double crossEntropy(TargetBlock targets) {
    double loss = 0;
    if (targets.oneHot()) {
      // One logarithm for a group of rows: that of the product of their sums.
      double logarithms = 0;
      double differences = 0;
      for (int from = 0; from < rows; from += SUMS_PER_LOGARITHM) {
        int to = Math.min(rows, from + SUMS_PER_LOGARITHM);
        double product = 1;
        for (int i = from; i < to; i++) {
          product *= sum[i];
          differences += shifted[targets.label(i) * rows + i];
        }
        logarithms += Math.log(product);
      }
      return logarithms - differences;
    }
    for (int i = 0; i < rows; i++) {
      double difference = 0;
      for (int j = 0; j < classes; j++) {
        difference += targets.value(i, j) * shifted[j * rows + i];
      }
      loss += targets.total(i) * Math.log(sum[i]) - difference;
    }
    return loss;
  }

  /** In how many rows the largest logit is where the largest target is. */
  int correct(TargetBlock targets) {
    int correct = 0;
    for (int i = 0; i < rows; i++) {
      if (argMax(i, targets.label(i))) {
        correct++;
      }
    }
    return correct;
  }

  /** Whether class {@code label} is the first with the largest logit of the row. */
  private boolean argMax(int row, int label) {
    if (Double.isNaN(sum[row])) {
      return firstLargest(row) == label;
    }
    if (shifted[label * rows + row] != 0) {
      return false;
    }
    for (int j = 0; j < label; j++) {
      if (shifted[j * rows + row] == 0) {
        return false;
      }
    }
    return true;
  }

  private int firstLargest(int row) {
    int best = 0;
    for (int j = 1; j < classes && !Double.isNaN(logits[best * rows + row]); j++) {
      double z = logits[j * rows + row];
      if (z > logits[best * rows + row] || Double.isNaN(z)) {
        best = j;
      }
    }
    return best;
  }

  /**
   * The gradient of the mean cross-entropy of {@code batchRows} rows with respect to the logits,
   * class by class. Valid until the next block.
   */
  double[] gradient(TargetBlock targets, int batchRows) {
    double[] gradient = probabilities();
    double share = 1.0 / batchRows;
    if (targets.oneHot()) {
      for (int i = 0; i < rows; i++) {
        gradient[targets.label(i) * rows + i] -= 1;
      }
    } else {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < classes; j++) {
          int at = j * rows + i;
          gradient[at] = gradient[at] * targets.total(i) - targets.value(i, j);
        }
      }
    }
    int count = classes * rows;
    for (int i = 0; i < count; i++) {
      gradient[i] *= share;
    }
    return gradient;
  }
}
