package io.rowwise.trainer;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** How much the rows of each class count. Immutable. */
public final class ClassWeights {
  private static final ClassWeights NONE = new ClassWeights(false, Map.of());
  private static final ClassWeights BALANCED = new ClassWeights(true, Map.of());

  private final boolean isBalanced;
  private final Map<String, Double> byName;

  private ClassWeights(boolean isBalanced, Map<String, Double> byName) {
    this.isBalanced = isBalanced;
    this.byName = byName;
  }

  /** Every row counts once. */
  public static ClassWeights none() {
    return NONE;
  }

  /** {@code rows / (classes * rows of the class)}, so that all classes count alike. */
  public static ClassWeights balanced() {
    return BALANCED;
  }

  /**
   * A weight for each name; classes without one count once.
   *
   * @throws IllegalArgumentException if one is negative or not finite
   */
  public static ClassWeights of(Map<String, Double> byName) {
    byName.forEach(
        (name, weight) -> {
          if (!(weight >= 0) || weight.isInfinite()) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "class weights: that of '%s' is %s, wanted a finite number of at least 0",
                    name,
                    weight));
          }
        });
    return new ClassWeights(false, Map.copyOf(byName));
  }

  /** Whether all rows count alike. */
  public boolean areNone() {
    return !isBalanced && byName.isEmpty();
  }

  /**
   * The weight of each class.
   *
   * @param counts how many rows each class has
   * @throws IllegalArgumentException if a weight is for a class that there is not
   */
  public double[] of(List<String> classNames, long[] counts) {
    Objects.requireNonNull(classNames, "classNames");
    for (String name : byName.keySet()) {
      if (!classNames.contains(name)) {
        throw new IllegalArgumentException(
            "class weights: there is no class '%s', only %s".formatted(name, classNames));
      }
    }
    double rows = Arrays.stream(counts).sum();
    double[] weights = new double[counts.length];
    for (int j = 0; j < counts.length; j++) {
      double balanced = counts[j] == 0 ? 0 : rows / ((double) counts.length * counts[j]);
      weights[j] = isBalanced ? balanced : byName.getOrDefault(classNames.get(j), 1.0);
    }
    return weights;
  }

  /** As options name it: {@code none}, {@code balanced}, or the weights by name. */
  @Override
  public String toString() {
    return isBalanced ? "balanced" : byName.isEmpty() ? "none" : byName.toString();
  }
}
