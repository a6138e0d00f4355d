package io.rowwise.backend.cpu;

/** Sums over arrays, in an order that is fixed, fast and keeps rounding errors small. */
final class Sums {
  private static final int STRAIGHT = 128;

  private Sums() {}

  /**
   * The sum of {@code values[from]} to {@code values[to - 1]}, pairwise (N. J. Higham, The accuracy
   * of floating point summation, 1993): the error grows with the logarithm of the length.
   */
  static double sum(double[] values, int from, int to) {
    if (to - from > STRAIGHT) {
      int middle = from + (to - from) / 2;
      return sum(values, from, middle) + sum(values, middle, to);
    }
    // Four chains of additions, since one would wait for each to finish.
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    int i = from;
    for (; i + 3 < to; i += 4) {
      first += values[i];
      second += values[i + 1];
      third += values[i + 2];
      fourth += values[i + 3];
    }
    for (; i < to; i++) {
      first += values[i];
    }
    return (first + second) + (third + fourth);
  }
}
