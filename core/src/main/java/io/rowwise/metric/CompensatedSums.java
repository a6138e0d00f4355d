package io.rowwise.metric;

/**
 * Sums side by side, whose error does not grow with the number of terms: A. Neumaier, <i>
 * Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen</i>, 1974.
 */
final class CompensatedSums {
  private final double[] sums;

  /** What rounding took from each sum; there is none while all terms are whole numbers. */
  private double[] lost;

  CompensatedSums(int count) {
    sums = new double[count];
  }

  void add(int index, double term) {
    double before = sums[index];
    double after = before + term;
    double rounded =
        Math.abs(before) >= Math.abs(term) ? before - after + term : term - after + before;
    sums[index] = after;
    if (rounded != 0) {
      if (lost == null) {
        lost = new double[sums.length];
      }
      lost[index] += rounded;
    }
  }

  double get(int index) {
    return lost == null ? sums[index] : sums[index] + lost[index];
  }

  double[] toArray() {
    double[] values = new double[sums.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i);
    }
    return values;
  }

  /** The sum of all terms of an array. */
  static double of(double... terms) {
    CompensatedSums sum = new CompensatedSums(1);
    for (double term : terms) {
      sum.add(0, term);
    }
    return sum.get(0);
  }
}
