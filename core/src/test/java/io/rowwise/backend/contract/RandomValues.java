package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;

/** Random test data, rounded to an element type; the same for the same seed. */
final class RandomValues {
  private final ElementType type;
  private final SplittableRandom random;

  RandomValues(ElementType type, long seed) {
    this.type = type;
    this.random = new SplittableRandom(seed);
  }

  static double rounded(ElementType type, double value) {
    return type.rounded(value);
  }

  static double[] rounded(ElementType type, double[] values) {
    return Arrays.stream(values).map(value -> rounded(type, value)).toArray();
  }

  /** Normally distributed around 0. */
  double[] normal(int count, double deviation) {
    return rounded(
        type,
        DoubleStream.generate(() -> deviation * random.nextGaussian()).limit(count).toArray());
  }

  double[] normal(int count) {
    return normal(count, 1);
  }

  /** Between the bounds. */
  double[] uniform(int count, double from, double to) {
    return rounded(type, random.doubles(count, from, to).toArray());
  }

  /** Rows of zeros with a single 1. */
  double[] oneHot(int rows, int columns) {
    double[] values = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      values[row * columns + random.nextInt(columns)] = 1;
    }
    return values;
  }
}
