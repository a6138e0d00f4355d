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

  /**
   * The sum of {@code values[0]} to {@code values[count - 1]}, added by halves: the second half
   * onto the first, again and again. As exact as pairwise, and each pass vectorises.
   *
   * @param scratch as long as half of the values, rounded up; not {@code values} itself
   * @param moreScratch likewise, and another one
   */
  static double byHalves(double[] values, int count, double[] scratch, double[] moreScratch) {
    double[] from = values;
    double[] to = scratch;
    int left = count;
    while (left > 1) {
      int half = left / 2;
      addHalves(from, half, to);
      if (left % 2 == 1) {
        to[half] = from[left - 1];
      }
      left -= half;
      from = to;
      to = to == scratch ? moreScratch : scratch;
    }
    return from[0];
  }

  private static void addHalves(double[] from, int half, double[] to) {
    for (int i = 0; i < half; i++) {
      to[i] = from[i] + from[half + i];
    }
  }
}
