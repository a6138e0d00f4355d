package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;

/** The checks that several kernels share; what is not said here to take 16 bits does not. */
final class Checks {
  private Checks() {}

  /** A result of the same shape as the logits, possibly in their place; of any type. */
  static void requireRowFunction(
      String operation, Backend backend, Matrix logits, String name, Matrix result) {
    Arguments.requireUsableOfAnyType(operation, backend, "logits", logits);
    requireRowResult(operation, backend, "logits", logits, name, result);
  }

  /** A result of the same shape as what it is made of, possibly in its place. */
  static void requireRowFunction(
      String operation, Backend backend, String xName, Matrix x, String name, Matrix result) {
    Arguments.requireUsable(operation, backend, xName, x);
    requireRowResult(operation, backend, xName, x, name, result);
  }

  private static void requireRowResult(
      String operation, Backend backend, String xName, Matrix x, String name, Matrix result) {
    requireResult(operation, backend, name, result, x.type(), x.rows(), x.columns());
    Arguments.requireDistinctOrSame(operation, name, result, xName, x);
  }

  static void requireResult(
      String operation,
      Backend backend,
      String name,
      Matrix result,
      ElementType type,
      int rows,
      int columns) {
    Arguments.requireUsableOfAnyType(operation, backend, name, result);
    Arguments.requireType(operation, name, result, type);
    Arguments.requireShape(operation, name, result, rows, columns);
  }

  /** Of any type. */
  static void requireLogitsAndTargets(
      String operation, Backend backend, Matrix logits, Targets targets) {
    Arguments.requireUsableOfAnyType(operation, backend, "logits", logits);
    Arguments.requireSome(operation, "logits", "rows", logits.rows());
    Arguments.requireSome(operation, "logits", "columns", logits.columns());
    requirePresent(operation, targets);
    targets.require(operation, backend, logits.type(), logits.rows(), logits.columns());
  }

  /** Of any type. */
  static void requireLinear(
      String operation, Backend backend, Matrix x, Matrix weights, Matrix bias) {
    Arguments.requireUsableOfAnyType(operation, backend, "x", x);
    Arguments.requireUsableOfAnyType(operation, backend, "weights", weights);
    Arguments.requireType(operation, "weights", weights, x.type());
    if (x.columns() != weights.rows()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d columns, the weights have %d rows; wanted as many",
              operation,
              x.columns(),
              weights.rows()));
    }
    Arguments.requireSome(operation, "weights", "columns", weights.columns());
    requireResult(operation, backend, "bias", bias, x.type(), 1, weights.columns());
  }

  static void requireTargets(
      String operation, Backend backend, Matrix x, Matrix weights, Targets targets) {
    Arguments.requireArithmetic(operation, "x", x.type());
    Arguments.requireSome(operation, "x", "rows", x.rows());
    requirePresent(operation, targets);
    targets.require(operation, backend, x.type(), x.rows(), weights.columns());
  }

  /** A number for each row or for all, of logits of any type. */
  static void requireNumbers(
      String operation, Backend backend, String name, Matrix numbers, ElementType type, int rows) {
    Arguments.requireUsableOfAnyType(operation, backend, name, numbers);
    Arguments.requireTypeComputedIn(operation, name, numbers, type);
    Arguments.requireShape(operation, name, numbers, rows, 1);
  }

  private static void requirePresent(String operation, Targets targets) {
    if (targets == null) {
      throw new NullPointerException(operation + ": targets is null");
    }
  }

  static void requireTraining(
      String operation,
      Backend backend,
      Matrix x,
      Targets targets,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    requireLinear(operation, backend, x, weights, bias);
    requireTargets(operation, backend, x, weights, targets);
    requireResult(operation, backend, "loss", loss, x.type(), 1, 1);
    Arguments.requireLearningRate(operation, learningRate, x.type());
    Arguments.requireDistinct(operation, "weights", weights, "x", x);
    targets.requireDistinct(operation, "weights", weights);
    Arguments.requireDistinct(operation, "weights", weights, "bias", bias);
    Arguments.requireDistinct(operation, "bias", bias, "x", x);
    targets.requireDistinct(operation, "bias", bias);
    Arguments.requireDistinct(operation, "loss", loss, "x", x);
    targets.requireDistinct(operation, "loss", loss);
    Arguments.requireDistinct(operation, "loss", loss, "weights", weights);
    Arguments.requireDistinct(operation, "loss", loss, "bias", bias);
  }
}
