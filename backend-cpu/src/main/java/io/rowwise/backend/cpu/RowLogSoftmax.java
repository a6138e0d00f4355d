package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;

/**
 * The log-softmax of rows one after the other, as one long loop: each logit less the logarithm of
 * its row's sum of powers. That is in two parts, so that neither of them has to be rounded to the
 * size of the other. For one thread at a time.
 */
abstract class RowLogSoftmax {
  // With fewer classes or more, RowBlock is as fast.
  private static final int FEWEST = 9;
  private static final int MOST = 1500;

  /** How many classes. */
  final int classes;

  private final ElementType type;

  RowLogSoftmax(ElementType type, int classes) {
    this.type = type;
    this.classes = classes;
  }

  /**
   * The given one if it is for that type and so many classes, else a new one; null where {@link
   * RowBlock} is better.
   */
  static RowLogSoftmax of(ElementType type, int classes, RowLogSoftmax current) {
    if (current != null && current.type == type && current.classes == classes) {
      return current;
    }
    NativeLoops loops = NativeLoops.PRESENT;
    if (loops == null || classes < FEWEST || classes > MOST) {
      return null;
    }
    return switch (type) {
      case FLOAT32 -> new Float32LogSoftmax(classes, loops);
      case FLOAT64 -> new Float64LogSoftmax(classes, loops);
    };
  }

  /** The most rows it takes at once. */
  abstract int capacity();

  /**
   * Computes the log-softmax of up to {@link #capacity} rows.
   *
   * @param to may be where {@code from} is
   * @return false, with nothing written, where a power leaves the range of normal numbers
   */
  abstract boolean apply(
      CpuStorage from,
      long position,
      long leadingDimension,
      int rows,
      CpuStorage to,
      long toPosition,
      long toLeadingDimension);
}
