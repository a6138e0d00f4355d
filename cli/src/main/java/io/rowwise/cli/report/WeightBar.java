package io.rowwise.cli.report;

import java.util.Objects;

/**
 * A weight of the classifier. Immutable.
 *
 * @param feature the name of the feature that is multiplied by it
 * @param className the class whose logit it adds to
 * @param weight a finite number
 */
public record WeightBar(String feature, String className, double weight) {
  /**
   * Checks the weight.
   *
   * @throws IllegalArgumentException if it is infinite or NaN
   */
  public WeightBar {
    Objects.requireNonNull(feature, "feature");
    Objects.requireNonNull(className, "className");
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "weight bar: the weight of '"
              + feature
              + "' for '"
              + className
              + "' is "
              + weight
              + ", want a finite one");
    }
  }
}
