package io.rowwise.backend.cpu;

/** Sums over arrays, in an order that is fixed, fast and keeps rounding errors small. */
final class Sums {
  private static final int STRAIGHT = 128;
  private static final int FLOATS_AT_ONCE = 64;

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
    // Eight chains of additions, since one would wait for each to finish.
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    double fifth = 0;
    double sixth = 0;
    double seventh = 0;
    double eighth = 0;
    int i = from;
    for (; i + 7 < to; i += 8) {
      first += values[i];
      second += values[i + 1];
      third += values[i + 2];
      fourth += values[i + 3];
      fifth += values[i + 4];
      sixth += values[i + 5];
      seventh += values[i + 6];
      eighth += values[i + 7];
    }
    for (; i < to; i++) {
      first += values[i];
    }
    return ((first + second) + (third + fourth)) + ((fifth + sixth) + (seventh + eighth));
  }

  /**
   * The sum of {@code values[from]} to {@code values[to - 1]}, none negative: few additions in
   * {@code float} one after the other, the rest in {@code double}.
   */
  static double sum(float[] values, int from, int to) {
    double sum = 0;
    int i = from;
    for (; i + FLOATS_AT_ONCE <= to; i += FLOATS_AT_ONCE) {
      sum += sumOfFew(values, i, i + FLOATS_AT_ONCE);
    }
    return i < to ? sum + sumOfFew(values, i, to) : sum;
  }

  private static double sumOfFew(float[] values, int from, int to) {
    float first = 0;
    float second = 0;
    float third = 0;
    float fourth = 0;
    float fifth = 0;
    float sixth = 0;
    float seventh = 0;
    float eighth = 0;
    int i = from;
    for (; i + 7 < to; i += 8) {
      first += values[i];
      second += values[i + 1];
      third += values[i + 2];
      fourth += values[i + 3];
      fifth += values[i + 4];
      sixth += values[i + 5];
      seventh += values[i + 6];
      eighth += values[i + 7];
    }
    if (i + 3 < to) {
      first += values[i];
      second += values[i + 1];
      third += values[i + 2];
      fourth += values[i + 3];
      i += 4;
    }
    for (; i < to; i++) {
      fifth += values[i];
    }
    return ((double) (first + second) + (third + fourth)) + ((fifth + sixth) + (seventh + eighth));
  }
}
