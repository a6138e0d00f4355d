package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/**
 * A few rows of logits with their powers and the sums of these, and what is made of them. As in
 * {@link Float64Softmax}, powers are taken relative to one power of two; where one leaves the
 * range, {@link RowBlock} takes over. For one thread at a time.
 *
 * <p>A log-probability is the logit less the logarithm of its row's sum of powers. That is in two
 * parts, so that neither has to be rounded to the size of the other.
 */
abstract class PowerBlock {
  // With fewer classes or more, RowBlock is as fast.
  private static final int FEWEST = 9;
  private static final int MOST = 1500;
  // Loops over shorter rows are faster where they write to an array.
  private static final int FEWEST_FOR_DIRECT = 64;

  /** How many classes. */
  final int classes;

  /** The most rows it takes. */
  final int capacity;

  /** Of each row's powers. */
  final double[] sums;

  /** Of each row, a number in two parts. */
  final double[] high;

  /** The second part. */
  final double[] low;

  private final ElementType type;
  private final double[] exponents;
  private final double[] mantissas;
  private final double[] logarithms;
  private final Elements.Unary<double[]> logarithm;
  private double base;

  PowerBlock(ElementType type, int classes, int capacity, NativeLoops loops) {
    this.type = type;
    this.classes = classes;
    this.capacity = capacity;
    this.sums = new double[capacity];
    this.high = new double[capacity];
    this.low = new double[capacity];
    this.exponents = new double[capacity];
    this.mantissas = new double[capacity];
    this.logarithms = new double[capacity];
    this.logarithm = Logarithm.function(loops, new Scratch(), capacity);
  }

  /**
   * The given one if it is for that type and so many classes, else a new one; null where {@link
   * RowBlock} is better.
   */
  static PowerBlock of(ElementType type, int classes, PowerBlock current) {
    if (current != null && current.type == type && current.classes == classes) {
      return current;
    }
    NativeLoops loops = NativeLoops.PRESENT;
    if (loops == null || classes < FEWEST || classes > MOST) {
      return null;
    }
    return switch (type) {
      case FLOAT32 -> new Float32PowerBlock(classes, loops);
      case FLOAT64 -> new Float64PowerBlock(classes, loops);
    };
  }

  /**
   * Takes logits; false where a power leaves the range of normal numbers, and then the block is of
   * no use.
   */
  abstract boolean load(Matrix logits, int first, int rows);

  /** Computes the log-softmax, perhaps in the logits' place. */
  abstract void storeLogProbabilities(Matrix to, int first);

  /** The sum of the rows' cross-entropies. */
  abstract double crossEntropy(Matrix targets, int first);

  /**
   * Computes the gradient of the mean cross-entropy of {@code batchRows} rows with respect to the
   * logits, perhaps in their place or in that of the targets.
   */
  abstract void storeGradient(Matrix targets, int batchRows, Matrix to, int first);

  /**
   * Takes the rows' sums; whether all are numbers.
   *
   * @param exponent of the power of two that the powers are relative to
   */
  final boolean takeSums(int rows, double exponent) {
    base = exponent;
    boolean areNumbers = true;
    for (int row = 0; row < rows; row++) {
      sums[row] = sumOfPowers(row);
      areNumbers &= !Double.isNaN(sums[row]);
    }
    return areNumbers;
  }

  abstract double sumOfPowers(int row);

  /** Takes the logarithms of the rows' sums of powers, which are relative to the base. */
  final void takeLogarithms(int rows) {
    for (int row = 0; row < rows; row++) {
      // So a row's result has the same bits whatever the base is.
      int ofSum = Math.getExponent(sums[row]);
      mantissas[row] = sums[row] * Exponential.powerOfTwo(-ofSum);
      exponents[row] = base + ofSum;
    }
    logarithm.apply(mantissas, logarithms, rows);
    for (int row = 0; row < rows; row++) {
      takeLogarithm(row, exponents[row], logarithms[row]);
    }
  }

  /** Takes that of {@code 2^n} times a number with a known logarithm as the row's two parts. */
  abstract void takeLogarithm(int row, double n, double ofMantissa);

  /** Whether results go to their place at once, not by way of an array. */
  final boolean isDirect(Matrix to) {
    return classes >= FEWEST_FOR_DIRECT && to.leadingDimension() == classes;
  }
}
