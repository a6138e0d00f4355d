package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;

/** The softmax of rows, a few at a time. For one thread at a time. */
abstract class RowSoftmax {
  /** Up to so many classes, loops along many rows of a class beat loops along rows. */
  private static final int FEW_CLASSES = 8;

  /** How many classes. */
  final int classes;

  private final ElementType type;

  RowSoftmax(ElementType type, int classes) {
    this.type = type;
    this.classes = classes;
  }

  /** The given one if it is for that type and so many classes, else a new one. */
  static RowSoftmax of(ElementType type, int classes, RowSoftmax current) {
    if (current != null && current.type == type && current.classes == classes) {
      return current;
    }
    return with(type, classes, NativeLoops.PRESENT);
  }

  /**
   * A new one.
   *
   * @param loops or null
   */
  static RowSoftmax with(ElementType type, int classes, NativeLoops loops) {
    if (classes <= FEW_CLASSES) {
      return new ExactSoftmax(type, classes, loops);
    }
    return switch (type) {
      case FLOAT32 -> new Float32Softmax(classes, loops);
      case FLOAT64 -> new Float64Softmax(classes, loops);
    };
  }

  final boolean isGapless(int rows, long leadingDimension) {
    return rows == 1 || leadingDimension == classes;
  }

  /** The most rows it takes at once. */
  abstract int capacity();

  /**
   * Computes the softmax of up to {@link #capacity} rows.
   *
   * @param bias added to every row, or null
   * @param to may be where {@code from} is
   */
  abstract void apply(
      CpuStorage from,
      long position,
      long leadingDimension,
      int rows,
      double[] bias,
      CpuStorage to,
      long toPosition,
      long toLeadingDimension);

  /** Any number of rows. */
  final void applyToAll(
      CpuStorage from,
      long position,
      long leadingDimension,
      int rows,
      double[] bias,
      CpuStorage to,
      long toPosition,
      long toLeadingDimension) {
    for (int first = 0; first < rows; first += capacity()) {
      apply(
          from,
          position + first * leadingDimension,
          leadingDimension,
          Math.min(capacity(), rows - first),
          bias,
          to,
          toPosition + first * toLeadingDimension,
          toLeadingDimension);
    }
  }
}
