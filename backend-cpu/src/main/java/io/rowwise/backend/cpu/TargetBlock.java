package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/**
 * The targets of a few rows on the heap. Most are one-hot; then a label says it all, and the rows'
 * zeros need not be multiplied with anything.
 */
final class TargetBlock {
  private static final long ONE = Double.doubleToRawLongBits(1);
  private static final int EXPONENT_SHIFT = 52;

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
    oneHot = readLabels(rows);
    if (!oneHot) {
      for (int i = 0; i < rows; i++) {
        label[i] = (int) Reduction.argMax(values, i * classes, (i + 1) * classes);
        total[i] = Sums.sum(values, i * classes, (i + 1) * classes);
      }
    }
  }

  /**
   * Takes the rows for one-hot and reads their labels; tells whether they are. Branches would be
   * mispredicted at every other row, so there is none but the row's end: the lowest bit of a
   * double's exponent is 1 for 1 and 0 for 0.
   */
  private boolean readLabels(int rows) {
    int count = rows * classes;
    long other = 0;
    int ones = 0;
    int sum = 0;
    int column = 0;
    int row = 0;
    boolean singles = true;
    for (int i = 0; i < count; i++) {
      long bits = Double.doubleToRawLongBits(values[i]);
      long isOne = (bits >>> EXPONENT_SHIFT) & 1;
      other |= bits ^ (ONE & -isOne);
      ones += (int) isOne;
      sum += (int) isOne * column;
      column++;
      if (column == classes) {
        label[row] = sum;
        singles &= ones == 1;
        row++;
        ones = 0;
        sum = 0;
        column = 0;
      }
    }
    return other == 0 && singles;
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
