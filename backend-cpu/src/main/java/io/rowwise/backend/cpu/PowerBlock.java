package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/**
 * A few rows of logits with their powers and the sums of these, and what is made of them in loops
 * that know no rows. As in {@link Float64Softmax}, powers are taken relative to one power of two;
 * where one leaves the range, {@link RowBlock} takes over. For one thread at a time.
 *
 * <p>A log-probability is the logit less the logarithm of its row's sum of powers. That is in two
 * parts, so that neither has to be rounded to the size of the other.
 */
abstract class PowerBlock {
  // With fewer classes or more, RowBlock is as fast.
  private static final int FEWEST = 9;
  private static final int MOST = 1500;

  /** How many classes. */
  final int classes;

  private final ElementType type;

  PowerBlock(ElementType type, int classes) {
    this.type = type;
    this.classes = classes;
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

  /** The most rows it takes. */
  abstract int capacity();

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
}
