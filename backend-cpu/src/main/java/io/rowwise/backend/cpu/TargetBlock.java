package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/**
 * The targets of a few rows on the heap. Most are one-hot; then a label says it all, and the rows'
 * zeros need not be multiplied with anything.
 */
final class TargetBlock {
  private final int classes;
  private final double[] values;
  private final double[] total;
  private final int[] label;
  private boolean oneHot;

  TargetBlock(int classes, int capacity) {
    this.classes = classes;
    this.values = new double[capacity * classes];
    this.total = new double[capacity];
    this.label = new int[capacity];
  }

  /** The given block if it goes with a block of rows, else a new one. */
  static TargetBlock of(RowBlock block, TargetBlock current) {
    return current != null && current.classes == block.classes()
        ? current
        : new TargetBlock(block.classes(), block.capacity());
  }

  void load(Matrix targets, int first, int rows) {
    CpuStorage.loadRows(targets, first, rows, values);
    oneHot = true;
    for (int i = 0; i < rows; i++) {
      int start = i * classes;
      double sum = 0;
      double position = 0;
      int notZero = 0;
      for (int j = 0; j < classes; j++) {
        double value = values[start + j];
        sum += value;
        position += value * j;
        notZero += value == 0 ? 0 : 1;
      }
      label[i] = (int) position;
      oneHot &= notZero == 1 && sum == 1;
    }
    if (!oneHot) {
      for (int i = 0; i < rows; i++) {
        label[i] = (int) Reduction.argMax(values, i * classes, (i + 1) * classes);
        total[i] = Sums.sum(values, i * classes, (i + 1) * classes);
      }
    }
  }

  /** Whether every row has a single 1 and zeros. */
  boolean oneHot() {
    return oneHot;
  }

  /** The class of the row's largest target. */
  int label(int row) {
    return label[row];
  }

  /** The sum of the row's targets; known only if they are not {@link #oneHot}. */
  double total(int row) {
    return total[row];
  }

  double value(int row, int column) {
    return values[row * classes + column];
  }
}
