package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/**
 * A few rows of logits on the heap, their targets, and what a softmax classifier makes of them. For
 * one thread at a time.
 *
 * <p>Powers are taken relative to the row's largest logit without subtracting it; see {@link
 * Exponential}. A rounded difference would cost the probability of a logit 700 below the largest
 * hundreds of ulp.
 */
abstract class RowBlock {
  /** With more classes than this a block is one row. */
  static final int FEW_CLASSES = 40;

  /** How many classes. */
  final int classes;

  /** Each class's sum over the results added so far. */
  final double[] columnSums;

  private final ElementType type;

  /**
   * @param type of matrices that it takes; null if it takes both
   */
  RowBlock(ElementType type, int classes) {
    this.type = type;
    this.classes = classes;
    this.columnSums = new double[classes];
  }

  /** The given block if it is for that type and so many classes, else a new one. */
  static RowBlock of(ElementType type, int classes, RowBlock current) {
    if (current != null
        && current.classes == classes
        && (current.type == null || current.type == type)) {
      return current;
    }
    return with(type, classes, NativeLoops.PRESENT);
  }

  /**
   * A new block.
   *
   * @param loops or null
   */
  static RowBlock with(ElementType type, int classes, NativeLoops loops) {
    boolean inFloat = type == ElementType.FLOAT32 && loops != null;
    return inFloat && classes > FEW_CLASSES && classes <= NativeLoops.MOST
        ? new ManyClassesInFloat(classes, loops)
        : inDouble(classes, loops);
  }

  /**
   * A new block that computes in {@code double}, for matrices of both types.
   *
   * @param loops or null
   */
  static RowBlock inDouble(int classes, NativeLoops loops) {
    return classes <= FEW_CLASSES
        ? new FewClasses(classes, loops)
        : new ManyClasses(classes, loops);
  }

  /** The most rows it takes. */
  abstract int capacity();

  /** Takes the logits of rows that lie one after the other. */
  abstract void load(CpuStorage from, long position, long leadingDimension, int rows);

  /** Takes the logits of rows that lie class by class. */
  abstract void loadByClass(CpuStorage from, long position, long leadingDimension, int rows);

  /** Takes a number for each class. The array stays as it is while {@link #addBias} is used. */
  abstract void takeBias(double[] bias);

  /** Adds the bias to the logits. */
  abstract void addBias();

  /** Takes the targets of as many rows as were loaded. */
  abstract void loadTargets(Matrix targets, int first);

  /** Computes what everything below is made of: each row's largest, powers and their sum. */
  abstract void normalize();

  /** The sum of the rows' cross-entropies. */
  abstract double crossEntropy();

  /**
   * In how many rows the largest logit is where the largest target is; the first ones count. Where
   * the probabilities or a target are NaN, it is nowhere. Comes after {@link #crossEntropy}.
   */
  abstract int correct();

  /** Makes the softmax the result. */
  abstract void toProbabilities();

  /** Makes the log-softmax the result. */
  abstract void toLogProbabilities();

  /**
   * Makes the gradient of the mean cross-entropy of {@code batchRows} rows with respect to the
   * logits the result.
   */
  abstract void toGradient(int batchRows);

  /** Begins anew with sums over results. */
  void clearColumnSums() {
    Arrays.fill(columnSums, 0);
  }

  /** Adds the rows of the result to the sums. */
  abstract void addToColumnSums();

  /** Copies each class's sum over the results added to an array, from a place on. */
  void copyColumnSums(double[] to, int at) {
    System.arraycopy(columnSums, 0, to, at, classes);
  }

  /** Puts the result into rows that lie one after the other. */
  abstract void store(CpuStorage to, long position, long leadingDimension);

  /** Puts the result into rows that lie class by class. */
  abstract void storeByClass(CpuStorage to, long position, long leadingDimension);

  final void load(Matrix matrix, int first, int rows) {
    load(
        CpuStorage.of(matrix), CpuStorage.position(matrix, first), matrix.leadingDimension(), rows);
  }

  final void store(Matrix matrix, int first) {
    store(CpuStorage.of(matrix), CpuStorage.position(matrix, first), matrix.leadingDimension());
  }

  /**
   * Whether a row has to be shifted by its largest logit after all: that is infinite, or so large
   * that {@link Exponential} does not take it. Then the difference is exact or far below what
   * matters.
   */
  static boolean isExtreme(double largest) {
    return Math.abs(largest) > Exponential.LARGEST;
  }

  /**
   * Whether a row has a class.
   *
   * @param logit the largest, after {@link #normalize}, which makes NaN of one that is infinite
   * @param target the largest
   */
  static boolean areNumbers(double logit, double target) {
    return !Double.isNaN(logit + target);
  }

  /** One log-probability: {@code z - max - logOfSum}, where the first difference is not rounded. */
  static double logProbability(double z, double max, double logOfSum) {
    double difference = z - max;
    // What the rounding lost (D. E. Knuth, TAOCP 2, 4.2.2); NaN where the difference is infinite.
    double part = difference - z;
    double lost = (z - (difference - part)) - (max + part);
    return difference - (logOfSum - (Double.isNaN(lost) ? 0 : lost));
  }
}
