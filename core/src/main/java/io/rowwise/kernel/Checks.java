package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;

/** The checks that several kernels share. */
final class Checks {
  private Checks() {}

  /** A result of the same shape as the logits, possibly in their place. */
  static void requireRowFunction(
      String operation, Backend backend, Matrix logits, String name, Matrix result) {
    requireRowFunction(operation, backend, "logits", logits, name, result);
  }

  /** A result of the same shape as what it is made of, possibly in its place. */
  static void requireRowFunction(
      String operation, Backend backend, String xName, Matrix x, String name, Matrix result) {
    Arguments.requireUsable(operation, backend, xName, x);
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
    Arguments.requireUsable(operation, backend, name, result);
    Arguments.requireType(operation, name, result, type);
    Arguments.requireShape(operation, name, result, rows, columns);
  }

  static void requireLogitsAndTargets(
      String operation, Backend backend, Matrix logits, Targets targets) {
    Arguments.requireUsable(operation, backend, "logits", logits);
    Arguments.requireSome(operation, "logits", "rows", logits.rows());
    Arguments.requireSome(operation, "logits", "columns", logits.columns());
    requirePresent(operation, targets);
    targets.require(operation, backend, logits.type(), logits.rows(), logits.columns());
  }

  static void requireLinear(
      String operation, Backend backend, Matrix x, Matrix weights, Matrix bias) {
    Arguments.requireUsable(operation, backend, "x", x);
    Arguments.requireUsable(operation, backend, "weights", weights);
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
    Arguments.requireSome(operation, "x", "rows", x.rows());
    requirePresent(operation, targets);
    targets.require(operation, backend, x.type(), x.rows(), weights.columns());
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
