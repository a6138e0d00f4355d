package io.rowwise.benchmarks.contender;

import java.util.SplittableRandom;

/** Rows of numbers from -4 to 4, and a class for each. */
public final class RowProblem {
  private final int rows;
  private final int columns;
  private final double[] values;
  private final int[] labels;

  /** Always the same ones for a shape. */
  public RowProblem(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    SplittableRandom random = new SplittableRandom(31L * rows + columns);
    this.values = TrainingProblem.uniform(random, Math.multiplyExact(rows, columns), 4);
    this.labels = random.ints(rows, 0, columns).toArray();
  }

  /** How many rows. */
  public int rows() {
    return rows;
  }

  /** How many columns. */
  public int columns() {
    return columns;
  }

  /** The numbers, row-major; not to be changed. */
  double[] values() {
    return values;
  }

  /** The classes, one for each row; not to be changed. */
  int[] labels() {
    return labels;
  }

  /** The classes as rows of zeros and a one. */
  double[] oneHot() {
    return TrainingProblem.oneHot(labels, columns);
  }

  /** The numbers' sizes, none below a sixteenth: for what wants positive numbers. */
  double[] positive() {
    double[] positive = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      positive[i] = Math.max(0.0625, Math.abs(values[i]));
    }
    return positive;
  }
}
