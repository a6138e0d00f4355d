package io.rowwise.benchmarks.contender;

/** A function of rows that is not of the softmax family, or more than a softmax. */
public enum RowFunction {
  /** The logarithm of each row's sum of powers. */
  LOG_SUM_EXP,
  /** The softmax over a temperature of about three quarters of the columns, others in each row. */
  MASKED_SOFTMAX,
  /** Each row divided by its root mean square, with a gain. */
  RMS_NORM,
  /** The five largest of each row, or all of fewer: the values. */
  TOP_K;

  static final double TEMPERATURE = 0.7;
  static final double EPSILON = 1e-5;

  static int k(RowProblem problem) {
    return Math.min(5, problem.columns());
  }

  /** What is kept. */
  static double[] mask(RowProblem problem) {
    double[] mask = new double[problem.values().length];
    for (int i = 0; i < mask.length; i++) {
      // So that none is left out altogether.
      boolean isFirst = i % problem.columns() == 0;
      mask[i] = isFirst || problem.values()[i] > -2 ? 1 : 0;
    }
    return mask;
  }

  static double[] gain(RowProblem problem) {
    double[] gain = new double[problem.columns()];
    System.arraycopy(problem.positive(), 0, gain, 0, gain.length);
    return gain;
  }
}
