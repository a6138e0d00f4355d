package io.rowwise.backend;

import java.lang.ref.Reference;
import java.util.Locale;

/**
 * The checks that every operation on matrices makes before it computes. Kernels from outside use
 * them too, so that their errors read like ours.
 */
public final class Arguments {
  private Arguments() {}

  /**
   * Checks that a matrix can be used in a call that takes {@code float32} and {@code float64}: it
   * is there, belongs to the backend, is open and of such a type.
   *
   * @param operation for the message: {@code training-step}
   * @param name the argument's name, for the message: {@code x}
   * @throws IllegalArgumentException if it belongs to another backend, or has 16 bits
   * @throws IllegalStateException if it or its backend is closed
   */
  public static void requireUsable(String operation, Backend backend, String name, Matrix matrix) {
    requireUsableOfAnyType(operation, backend, name, matrix);
    requireArithmetic(operation, name, matrix.type());
  }

  /**
   * Checks that a type is one that every operation takes.
   *
   * @param operation for the message: {@code rowMax}
   * @param name for the message, what is of that type: {@code x}
   * @throws IllegalArgumentException if it has 16 bits; the message says what takes it
   */
  public static void requireArithmetic(String operation, String name, ElementType type) {
    if (type.isHalf()) {
      throw new IllegalArgumentException(
          ("%s: %s is %s, a type for softmax, log-softmax, cross-entropy, its gradient,"
                  + " linear-softmax and copy; copy it to a float32 matrix first")
              .formatted(operation, name, type));
    }
  }

  /**
   * Checks that a matrix can be used in a call that takes every type: it is there, belongs to the
   * backend and is open.
   *
   * @param operation for the message: {@code softmax}
   * @param name the argument's name, for the message: {@code logits}
   * @throws IllegalArgumentException if it belongs to another backend
   * @throws IllegalStateException if it or its backend is closed
   */
  public static void requireUsableOfAnyType(
      String operation, Backend backend, String name, Matrix matrix) {
    if (matrix == null) {
      throw new NullPointerException(operation + ": " + name + " is null");
    }
    if (matrix.backend() != backend) {
      throw new IllegalArgumentException(
          "%s: %s belongs to another backend (%s), this one is %s; copy it over with read and write"
              .formatted(operation, name, matrix.backend().device().id(), backend.device().id()));
    }
    matrix.requireOpen(operation, name);
  }

  /**
   * Checks a matrix's shape.
   *
   * @throws IllegalArgumentException if it differs
   */
  public static void requireShape(
      String operation, String name, Matrix matrix, int rows, int columns) {
    if (matrix.rows() != rows || matrix.columns() != columns) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s is %dx%d, wanted %dx%d",
              operation,
              name,
              matrix.rows(),
              matrix.columns(),
              rows,
              columns));
    }
  }

  /**
   * Checks that a matrix has the element type of the call.
   *
   * @throws IllegalArgumentException if it differs
   */
  public static void requireType(String operation, String name, Matrix matrix, ElementType wanted) {
    if (matrix.type() != wanted) {
      throw new IllegalArgumentException(
          "%s: %s is %s, wanted %s like the other arguments"
              .formatted(operation, name, matrix.type(), wanted));
    }
  }

  /**
   * Checks that a matrix has the type that another one is computed in: {@code float32} where that
   * has 16 bits, else the same.
   *
   * @throws IllegalArgumentException if it differs
   */
  public static void requireTypeComputedIn(
      String operation, String name, Matrix matrix, ElementType of) {
    if (of.isHalf() && matrix.type() != of.computedIn()) {
      throw new IllegalArgumentException(
          "%s: %s is %s, wanted %s, which %s is computed in"
              .formatted(operation, name, matrix.type(), of.computedIn(), of));
    }
    requireType(operation, name, matrix, of.computedIn());
  }

  /**
   * Checks that a result shares no element with an input.
   *
   * @throws IllegalArgumentException if it does
   */
  public static void requireDistinct(
      String operation, String name, Matrix result, String inputName, Matrix input) {
    if (result.overlaps(input)) {
      throw new IllegalArgumentException(
          "%s: %s (%s) overlaps %s (%s); give it a matrix of its own"
              .formatted(operation, name, result, inputName, input));
    }
  }

  /**
   * Checks that a result shares no element with an input, unless it is the very same one.
   *
   * @throws IllegalArgumentException if it overlaps in part
   */
  public static void requireDistinctOrSame(
      String operation, String name, Matrix result, String inputName, Matrix input) {
    if (!result.coincides(input)) {
      requireDistinct(operation, name, result, inputName, input);
    }
  }

  /**
   * Checks that there is at least one.
   *
   * @param what what is counted, for the message: {@code rows}
   * @throws IllegalArgumentException if there is none
   */
  public static void requireSome(String operation, String name, String what, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s: %s has %d %s, wanted at least 1", operation, name, count, what));
    }
  }

  /**
   * Checks that a number is finite, and stays so when it is rounded to the element type.
   *
   * @param name for the message: {@code the learning rate}
   * @throws IllegalArgumentException if it is not
   */
  public static void requireFinite(String operation, String name, double value, ElementType type) {
    if (!type.isFinite(value)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s: %s is %s, wanted a finite %s", operation, name, value, type));
    }
  }

  /**
   * Checks that a learning rate can be multiplied with a gradient of a type.
   *
   * @throws IllegalArgumentException if it is negative, or not finite in the type
   */
  public static void requireLearningRate(String operation, double learningRate, ElementType type) {
    if (!(learningRate >= 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the learning rate is %s, wanted a finite number that is not negative",
              operation,
              learningRate));
    }
    requireFinite(operation, "the learning rate", learningRate, type);
  }

  /**
   * Ends a call: up to here the matrix is reachable, so that nobody frees its memory as leaked
   * while the call uses it. Without this, a matrix that the caller does not use again may be
   * collected as soon as its address is known.
   */
  @SuppressWarnings("ReachabilityFenceUsage") // After an exception nothing uses the memory.
  public static void keepReachable(Matrix matrix) {
    Reference.reachabilityFence(matrix);
  }
}
