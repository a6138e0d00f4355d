package io.rowwise.backend.contract;

/** A sum of numbers and products that is rounded only at the end. */
final class LongSum {
  private DoubleDouble sum = DoubleDouble.ZERO;

  void add(double x) {
    sum = sum.plus(x);
  }

  void addProduct(double x, double y) {
    sum = sum.plus(DoubleDouble.product(x, y));
  }

  /** The sum so far, in double-double. */
  DoubleDouble exact() {
    return sum;
  }

  /** The sum so far, rounded to double. */
  double value() {
    return sum.high();
  }
}
