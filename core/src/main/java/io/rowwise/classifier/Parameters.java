package io.rowwise.classifier;

import io.rowwise.array.ArrayLength;
import io.rowwise.array.Doubles;
import io.rowwise.backend.Arguments;
import io.rowwise.backend.ElementType;
import io.rowwise.random.NumpyRandom;
import java.util.Locale;
import java.util.Objects;

/** Weights, row-major, and a bias, on their way into a classifier. */
final class Parameters {
  private final double[] weights;
  private final double[] bias;

  Parameters(double[] weights, double[] bias) {
    this.weights = Objects.requireNonNull(weights, "weights");
    this.bias = Objects.requireNonNull(bias, "bias");
  }

  Parameters(float[] weights, float[] bias) {
    this(
        Doubles.of(Objects.requireNonNull(weights, "weights")),
        Doubles.of(Objects.requireNonNull(bias, "bias")));
  }

  /** From a standard normal: the weights row by row, then the bias. */
  static Parameters drawn(int features, int classes, long seed) {
    requireSize(features, classes);
    long count = (long) features * classes;
    if (count > ArrayLength.LARGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "classifier: %d features and %d classes have %d weights, a Java array holds %d",
              features,
              classes,
              count,
              ArrayLength.LARGEST));
    }
    NumpyRandom random = new NumpyRandom(seed);
    Parameters drawn = new Parameters(new double[(int) count], new double[classes]);
    random.standardNormal(drawn.weights);
    random.standardNormal(drawn.bias);
    return drawn;
  }

  static void requireSize(int features, int classes) {
    Arguments.requireSome("classifier", "x", "features", features);
    Arguments.requireSome("classifier", "targets", "classes", classes);
  }

  double[] weights() {
    return weights;
  }

  double[] bias() {
    return bias;
  }

  /**
   * Checks that there are as many as are wanted, and that each is finite in the type.
   *
   * @throws IllegalArgumentException if not
   */
  void require(String operation, ElementType type, int features, int classes) {
    require(operation, "weights", weights, type, features, classes);
    require(operation, "bias", bias, type, 1, classes);
  }

  private static void require(
      String operation, String name, double[] values, ElementType type, int rows, int classes) {
    long wanted = (long) rows * classes;
    if (values.length != wanted) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s has %d values, wanted %d x %d = %d",
              operation,
              name,
              values.length,
              rows,
              classes,
              wanted));
    }
    for (int i = 0; i < values.length; i++) {
      if (!type.isFinite(values[i])) {
        Arguments.requireFinite(
            operation,
            String.format(Locale.ROOT, "%s[%d][%d]", name, i / classes, i % classes),
            values[i],
            type);
      }
    }
  }
}
