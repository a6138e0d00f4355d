package io.rowwise.benchmarks.contender;

import io.rowwise.backend.ElementType;
import java.util.Arrays;
import java.util.Locale;

/**
 * Whether a contender does the work that it is timed at: its results beside those of plain loops in
 * {@code float64}, as a share of the largest number in them. In {@code float64} the rest is the
 * order of the sums; in {@code float32} it is rounding, of as many steps as a small problem has.
 */
public final class Correctness {
  private static final double FLOAT64 = 1e-11;
  private static final double FLOAT32 = 1e-4;

  private Correctness() {}

  private static double tolerance(ElementType type) {
    return type == ElementType.FLOAT64 ? FLOAT64 : FLOAT32;
  }

  /**
   * Trains twice on a small part of the problem, and compares the parameters.
   *
   * @throws IllegalStateException if they are wrong
   */
  public static void requireTraining(
      Contender contender, ElementType type, TrainingProblem problem) {
    TrainingProblem small = problem.small();
    try (Contender reference = new JavaContender();
        Work expected = reference.training(ElementType.FLOAT64, small);
        Work actual = contender.training(type, small)) {
      requireNear("parameters at the start", small.parameters(), actual.result(), 1e-7);
      for (int i = 0; i < 2; i++) {
        expected.run();
        actual.run();
      }
      requireNear("parameters", expected.result(), actual.result(), tolerance(type));
    }
  }

  /**
   * Predicts a small part of the problem.
   *
   * @throws IllegalStateException if it is wrong
   */
  public static void requirePrediction(
      Contender contender, ElementType type, TrainingProblem problem) {
    TrainingProblem small = problem.small();
    try (Contender reference = new JavaContender();
        Work expected = reference.prediction(ElementType.FLOAT64, small);
        Work actual = contender.prediction(type, small)) {
      requireSame("probabilities", expected, actual, type);
    }
  }

  /**
   * Compares a prediction in {@code float32} that was made in another process.
   *
   * @param probabilities of all rows of the problem
   * @throws IllegalStateException if they are wrong
   */
  public static void requireProbabilities(double[] probabilities, TrainingProblem problem) {
    try (Contender reference = new JavaContender();
        Work expected = reference.prediction(ElementType.FLOAT64, problem)) {
      expected.run();
      requireNear("probabilities", expected.result(), probabilities, FLOAT32);
    }
  }

  /**
   * Compares a whole result.
   *
   * @throws IllegalStateException if it is wrong
   */
  public static void requireRows(
      Contender contender, ElementType type, RowOperation operation, RowProblem problem) {
    try (Contender reference = new JavaContender();
        Work expected = reference.rows(ElementType.FLOAT64, operation, problem);
        Work actual = contender.rows(type, operation, problem)) {
      requireSame(operation.toString(), expected, actual, type);
    }
  }

  /**
   * Compares a whole result.
   *
   * @throws IllegalStateException if it is wrong
   */
  public static void requireFunction(
      Contender contender, ElementType type, RowFunction function, RowProblem problem) {
    try (Contender reference = new JavaContender();
        Work expected = reference.function(ElementType.FLOAT64, function, problem);
        Work actual = contender.function(type, function, problem)) {
      requireSame(function.toString(), expected, actual, type);
    }
  }

  /**
   * Compares a whole result.
   *
   * @throws IllegalStateException if it is wrong
   */
  public static void requirePrimitive(
      Contender contender, ElementType type, Primitive primitive, RowProblem problem) {
    try (Contender reference = new JavaContender();
        Work expected = reference.primitive(ElementType.FLOAT64, primitive, problem);
        Work actual = contender.primitive(type, primitive, problem)) {
      requireSame(primitive.toString(), expected, actual, type);
    }
  }

  private static void requireSame(String what, Work expected, Work actual, ElementType type) {
    expected.run();
    // The second time is what is timed.
    actual.run();
    actual.run();
    requireNear(what, expected.result(), actual.result(), tolerance(type));
  }

  private static void requireNear(
      String what, double[] expected, double[] actual, double tolerance) {
    if (expected.length != actual.length) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT, "%s: %d numbers, wanted %d", what, actual.length, expected.length));
    }
    double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
    for (int i = 0; i < expected.length; i++) {
      // In this form a NaN is wrong as well.
      if (!(Math.abs(expected[i] - actual[i]) <= tolerance * largest)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT, "%s: number %d is %s, wanted %s", what, i, actual[i], expected[i]));
      }
    }
  }
}
