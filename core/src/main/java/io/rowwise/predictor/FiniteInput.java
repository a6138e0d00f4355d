package io.rowwise.predictor;

import io.rowwise.backend.ElementType;
import io.rowwise.model.SoftmaxModel;
import java.util.Locale;

/** Refuses numbers that are not finite, or not once they are rounded to an element type. */
final class FiniteInput {
  private FiniteInput() {}

  /** Halfway from the largest number to where the next would be; from here on it is an infinity. */
  private static double beyond(ElementType type) {
    return switch (type) {
      case FLOAT32 -> 0x1.ffffffp127;
      case FLOAT64 -> Double.POSITIVE_INFINITY;
      case BFLOAT16 -> 0x1.ffp127;
      case FLOAT16 -> 65520;
    };
  }

  /**
   * Refuses rows.
   *
   * @param x rows x features
   * @throws IllegalArgumentException that names row and column of the first that is not finite
   */
  static void requireRows(double[] x, int features, ElementType type) {
    double beyond = beyond(type);
    for (int i = 0; i < x.length; i++) {
      // Not the other way round, which NaN would pass.
      if (!(Math.abs(x[i]) < beyond)) {
        throw notFinite(Double.toString(x[i]), i, features, type);
      }
    }
  }

  /** As {@link #requireRows(double[], int, ElementType)}. */
  static void requireRows(float[] x, int features, ElementType type) {
    double beyond = beyond(type);
    for (int i = 0; i < x.length; i++) {
      if (!(Math.abs(x[i]) < beyond)) {
        throw notFinite(Float.toString(x[i]), i, features, type);
      }
    }
  }

  private static IllegalArgumentException notFinite(
      String value, int index, int features, ElementType type) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "predict: x is %s in row %d, column %d, counted from 0; wanted a finite %s, or options"
                + " with nonFinite(PASS)",
            value,
            index / features,
            index % features,
            type));
  }

  /**
   * Refuses a model that this type is too small for.
   *
   * @throws IllegalArgumentException that names row and column of the first parameter that is not
   *     finite in that type
   */
  static void requireParameters(SoftmaxModel model, ElementType type) {
    if (model.type() != type) {
      requireParameters("weights", model.weights(), model.classes(), type);
      requireParameters("bias", model.bias(), model.classes(), type);
    }
  }

  private static void requireParameters(
      String name, double[] values, int columns, ElementType type) {
    for (int i = 0; i < values.length; i++) {
      if (!type.isFinite(values[i])) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "predictor: %s is %s in row %d, column %d, counted from 0, which is not finite in"
                    + " %s; use options with type(FLOAT64)",
                name,
                values[i],
                i / columns,
                i % columns,
                type));
      }
    }
  }
}
