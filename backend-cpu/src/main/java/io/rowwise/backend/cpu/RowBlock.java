package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/**
 * A few rows of logits on the heap, their targets, and what a softmax classifier makes of them, in
 * {@code double}. For one thread at a time.
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

  RowBlock(int classes) {
    this.classes = classes;
  }

  /** The given block if it is for so many classes, else a new one. */
  static RowBlock of(int classes, RowBlock current) {
    if (current != null && current.classes == classes) {
      return current;
    }
    return with(classes, NativeLoops.PRESENT);
  }

  /**
   * A new block.
   *
   * @param loops or null
   */
  static RowBlock with(int classes, NativeLoops loops) {
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

  /** Adds a number for each class to the logits. */
  abstract void addBias(double[] bias);

  /** Takes the targets of as many rows as were loaded. */
  abstract void loadTargets(Matrix targets, int first);

  /** Computes what everything below is made of: each row's largest, powers and their sum. */
  abstract void normalize();

  /** The sum of the rows' cross-entropies. */
  abstract double crossEntropy();

  /**
   * In how many rows the largest logit is where the largest target is; the first ones count. Comes
   * after {@link #crossEntropy}.
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

  /** Adds each class's sum over the rows of the result to an array, from a place on. */
  abstract void addColumnSums(double[] sums, int at);

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

  /** One log-probability: {@code z - max - logOfSum}, where the first difference is not rounded. */
  static double logProbability(double z, double max, double logOfSum) {
    double difference = z - max;
    // What the rounding lost (D. E. Knuth, TAOCP 2, 4.2.2); NaN where the difference is infinite.
    double part = difference - z;
    double lost = (z - (difference - part)) - (max + part);
    return difference - (logOfSum - (Double.isNaN(lost) ? 0 : lost));
  }
}
