package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * A softmax classifier and its training in double-double. The parameters carry a bound of how far a
 * backend's may be from them, which grows from step to step.
 */
final class ExactClassifier {
  private final ElementType type;
  private final ExactRows rowsOf;
  private final Expected weights;
  private final Expected bias;

  ExactClassifier(
      ElementType type,
      IntToDoubleFunction sumUlps,
      int features,
      int classes,
      double[] weights,
      double[] bias) {
    this.type = type;
    this.rowsOf = new ExactRows(type, sumUlps);
    this.weights = Expected.given(features, classes, weights);
    this.bias = Expected.given(1, classes, bias);
  }

  Expected weights() {
    return weights;
  }

  Expected bias() {
    return bias;
  }

  /** x * weights + bias. */
  private Expected logits(double[] x, int rows) {
    int features = weights.rows();
    int classes = weights.columns();
    Expected result = Expected.empty(rows, classes);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < classes; j++) {
        DoubleDouble sum = bias.value(0, j);
        double sizes = Math.abs(sum.high());
        double errors = bias.bound(0, j);
        for (int k = 0; k < features; k++) {
          DoubleDouble term = weights.value(k, j).times(x[i * features + k]);
          sum = sum.plus(term);
          sizes += Math.abs(term.high());
          errors += Math.abs(x[i * features + k]) * weights.bound(k, j);
        }
        // The textbook bound of a dot product in whatever order, and the bias.
        double own = (features + 2) * Accuracy.unitRoundoff(type) * sizes;
        result.set(i, j, sum, own + errors);
      }
    }
    return result;
  }

  Expected probabilities(double[] x, int rows) {
    return rowsOf.softmax(logits(x, rows));
  }

  Expected crossEntropy(double[] x, double[] targets, int rows) {
    return rowsOf.crossEntropy(logits(x, rows), targets);
  }

  /** The fewest and the most rows that may count as right, given the errors of the logits. */
  int[] right(double[] x, double[] targets, int rows) {
    Expected logits = logits(x, rows);
    int fewest = 0;
    int most = 0;
    for (int row = 0; row < rows; row++) {
      int predicted = largest(logits, row);
      int wanted = largest(Expected.given(rows, logits.columns(), targets), row);
      boolean certain = true;
      boolean possible = false;
      for (int j = 0; j < logits.columns(); j++) {
        double distance = logits.value(row, predicted).minus(logits.value(row, j)).high();
        boolean mayWin = distance <= logits.bound(row, j) + logits.bound(row, predicted);
        certain &= j == predicted || !mayWin;
        possible |= mayWin && j == wanted;
      }
      fewest += certain && predicted == wanted ? 1 : 0;
      most += possible ? 1 : 0;
    }
    return new int[] {fewest, most};
  }

  private static int largest(Expected values, int row) {
    int best = 0;
    for (int j = 1; j < values.columns(); j++) {
      if (values.value(row, j).minus(values.value(row, best)).high() > 0) {
        best = j;
      }
    }
    return best;
  }

  /** One step; gives the loss before it. */
  Expected step(double[] x, double[] targets, int rows, double rate) {
    Expected logits = logits(x, rows);
    Expected loss = rowsOf.crossEntropy(logits, targets);
    Expected gradient = rowsOf.gradient(logits, targets);
    int features = weights.rows();
    double[] ones = new double[rows];
    Arrays.fill(ones, 1);
    for (int k = 0; k < features; k++) {
      double[] feature = new double[rows];
      for (int i = 0; i < rows; i++) {
        feature[i] = x[i * features + k];
      }
      descend(weights, k, feature, gradient, rate);
    }
    descend(bias, 0, ones, gradient, rate);
    return loss;
  }

  /** parameters[row] -= rate * transposed(factors) * gradient. */
  private void descend(
      Expected parameters, int row, double[] factors, Expected gradient, double rate) {
    double u = Accuracy.unitRoundoff(type);
    for (int j = 0; j < parameters.columns(); j++) {
      DoubleDouble sum = DoubleDouble.ZERO;
      double sizes = 0;
      double errors = 0;
      for (int i = 0; i < factors.length; i++) {
        DoubleDouble term = gradient.value(i, j).times(factors[i]);
        sum = sum.plus(term);
        sizes += Math.abs(term.high());
        errors += Math.abs(factors[i]) * gradient.bound(i, j);
      }
      DoubleDouble old = parameters.value(row, j);
      double own = (factors.length + 4) * u * (rate * sizes + Math.abs(old.high()));
      parameters.set(
          row,
          j,
          old.minus(sum.times(rate)),
          parameters.bound(row, j) + rate * errors + own + 4 * Accuracy.ulp(type, 0));
    }
  }

  /** One pass over batches; gives the mean of their losses. */
  Expected epoch(double[] x, double[] targets, int rows, int batchRows, double rate) {
    int features = weights.rows();
    int classes = weights.columns();
    DoubleDouble sum = DoubleDouble.ZERO;
    double errors = 0;
    double sizes = 0;
    int batches = 0;
    for (long from = 0; from < rows; from += batchRows) {
      int first = (int) from;
      int last = (int) Math.min(rows, from + batchRows);
      Expected loss =
          step(
              Arrays.copyOfRange(x, first * features, last * features),
              Arrays.copyOfRange(targets, first * classes, last * classes),
              last - first,
              rate);
      sum = sum.plus(loss.value(0, 0));
      sizes += Math.abs(loss.value(0, 0).high());
      errors += loss.bound(0, 0);
      batches++;
    }
    double own = (batches + 2) * Accuracy.unitRoundoff(type) * sizes;
    Expected result = Expected.empty(1, 1);
    result.set(0, 0, sum.dividedBy(batches), (errors + own) / batches);
    return result;
  }
}
