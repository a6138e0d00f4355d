package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;
import java.util.Objects;

/**
 * What rows of logits are to become: one row of probabilities for each, or the number of its class,
 * and how much each row counts.
 *
 * <pre>{@code
 * Targets.ofProbabilities(oneHotRows)                    // m x c
 * Targets.ofClasses(labels).ignoring(-1).weights(s)      // m x 1 each
 * }</pre>
 *
 * <p>The number of a class says the same as a one-hot row, in a column where that takes c: the
 * numbers are 0 to {@code c - 1}, of the element type of the logits, or of {@code float32} where
 * that has 16 bits (in {@code float32} they are exact up to 2^24). A row of another number, which
 * is not {@linkplain #ignoring ignored}, has NaN as its loss and its gradient; so has a NaN.
 *
 * <p><b>Weights.</b> A mean over rows becomes {@code sum of s[i] * term[i] / sum of s[i]}: a row of
 * weight 2 counts as if it were there twice. Ignored rows have weight 0, as with PyTorch's {@code
 * ignore_index}. A row of weight 0 adds nothing where its logits are numbers; a NaN among them
 * stays NaN. Where all weights are 0, the mean is NaN. Weights are not negative; nobody checks.
 * They are of the type of the logits, or of {@code float32} where that has 16 bits.
 *
 * <p>A null is found by the operation that is given it. Immutable; the matrices stay the caller's,
 * are read at each use and may change between uses.
 */
public final class Targets {
  private final Matrix values;
  private final boolean areClasses;
  private final double ignored;
  private final Matrix weights;

  private Targets(Matrix values, boolean areClasses, double ignored, Matrix weights) {
    this.values = values;
    this.areClasses = areClasses;
    this.ignored = ignored;
    this.weights = weights;
  }

  /**
   * One-hot rows, or the probability of each class.
   *
   * @param probabilities m x c
   */
  public static Targets ofProbabilities(Matrix probabilities) {
    return new Targets(probabilities, false, Double.NaN, null);
  }

  /**
   * The number of each row's class.
   *
   * @param classes m x 1
   */
  public static Targets ofClasses(Matrix classes) {
    return new Targets(classes, true, Double.NaN, null);
  }

  /**
   * The same, where rows of a number do not count.
   *
   * @param classNumber such as -1, or PyTorch's -100; may be the number of a class
   * @throws IllegalStateException if these are probabilities
   */
  public Targets ignoring(double classNumber) {
    if (!areClasses) {
      throw new IllegalStateException(
          "targets: rows of probabilities have no class number to ignore; give them weight 0");
    }
    return new Targets(values, true, classNumber, weights);
  }

  /**
   * The same, where rows count by weight.
   *
   * @param rowWeights m x 1, not negative and not all 0
   */
  public Targets weights(Matrix rowWeights) {
    return new Targets(
        values, areClasses, ignored, Objects.requireNonNull(rowWeights, "the targets' weights"));
  }

  /** Those of consecutive rows: views. */
  public Targets rows(int from, int to) {
    return new Targets(
        values.rows(from, to),
        areClasses,
        ignored,
        weights == null ? null : weights.rows(from, to));
  }

  /** The same with other values of the same kind. */
  Targets values(Matrix newValues) {
    return new Targets(newValues, areClasses, ignored, weights);
  }

  /** How many rows there are. */
  public int rows() {
    return values.rows();
  }

  /** The class of each row, m x 1, or its probabilities, m x c. */
  public Matrix values() {
    return values;
  }

  /** Whether {@link #values} are numbers of classes. */
  public boolean areClasses() {
    return areClasses;
  }

  /** Whether rows of some class number do not count. */
  public boolean hasIgnored() {
    return !Double.isNaN(ignored);
  }

  /** The class number whose rows do not count; NaN if there is none. */
  public double ignored() {
    return ignored;
  }

  /** Whether rows count by weight. */
  public boolean hasWeights() {
    return weights != null;
  }

  /**
   * The weight of each row, m x 1.
   *
   * @throws IllegalStateException if there are none
   */
  public Matrix weights() {
    if (weights == null) {
      throw new IllegalStateException("targets: each row counts once, there are no weights");
    }
    return weights;
  }

  /** Whether each row counts once, so that a mean divides by their number. */
  public boolean countEachRowOnce() {
    return weights == null && !hasIgnored();
  }

  /**
   * Checks that these fit logits of that type and shape, for a call.
   *
   * @param operation for the message: {@code fit}
   * @throws IllegalArgumentException if they do not
   * @throws IllegalStateException if a matrix of theirs is closed
   */
  public void require(String operation, Backend backend, ElementType type, int rows, int classes) {
    Arguments.requireUsableOfAnyType(operation, backend, "targets", values);
    if (areClasses) {
      Arguments.requireTypeComputedIn(operation, "targets", values, type);
      if (values.rows() != rows || values.columns() != 1) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: the targets' class numbers are %dx%d, wanted %dx1",
                operation,
                values.rows(),
                values.columns(),
                rows));
      }
    } else {
      Arguments.requireType(operation, "targets", values, type);
      Arguments.requireShape(operation, "targets", values, rows, classes);
    }
    if (weights != null) {
      Checks.requireNumbers(operation, backend, "the targets' weights", weights, type, rows);
    }
  }

  /** Checks that a result shares no element with these. */
  void requireDistinct(String operation, String name, Matrix result) {
    Arguments.requireDistinct(operation, name, result, "targets", values);
    if (weights != null) {
      Arguments.requireDistinct(operation, name, result, "the targets' weights", weights);
    }
  }

  /** Ends a call; see {@link Arguments#keepReachable}. */
  void keepReachable() {
    Arguments.keepReachable(values);
    if (weights != null) {
      Arguments.keepReachable(weights);
    }
  }

  /** What they are, for messages: {@code Targets[classes Matrix[...], weights ...]}. */
  @Override
  public String toString() {
    return "Targets[%s %s%s%s]"
        .formatted(
            areClasses ? "classes" : "probabilities",
            values,
            hasIgnored() ? ", ignoring " + ignored : "",
            weights == null ? "" : ", weights " + weights);
  }
}
