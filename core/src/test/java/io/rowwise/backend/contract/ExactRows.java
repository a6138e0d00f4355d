package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * The functions of rows of logits, in double-double, with running error analysis: to what a kernel
 * may lose itself comes what its inputs' errors do to the result. First-order terms only.
 */
final class ExactRows {
  private final ElementType type;
  private final IntToDoubleFunction softmaxUlps;
  private final IntToDoubleFunction sumUlps;

  /**
   * @param sumUlps the largest error of a sum of that many numbers of one sign, in ulp
   */
  ExactRows(ElementType type, IntToDoubleFunction sumUlps) {
    this.type = type;
    this.sumUlps = sumUlps;
    this.softmaxUlps = classes -> 3 + sumUlps.applyAsDouble(classes);
  }

  /** The softmax of each row, within the bound of the composition. */
  Expected softmax(Expected logits) {
    int classes = logits.columns();
    Expected result = Expected.empty(logits.rows(), classes);
    double ulp = 2 * Accuracy.unitRoundoff(type);
    for (int row = 0; row < logits.rows(); row++) {
      DoubleDouble[] distances = distancesFromMax(logits, row);
      DoubleDouble[] powers =
          Arrays.stream(distances).map(DoubleDouble::exp).toArray(DoubleDouble[]::new);
      DoubleDouble sum = sum(powers);
      double logitError = largestBound(logits, row);
      for (int j = 0; j < classes; j++) {
        DoubleDouble probability = powers[j].dividedBy(sum);
        double relative =
            ulp * (softmaxUlps.applyAsDouble(classes) - distances[j].high())
                + logits.bound(row, j)
                + logitError;
        result.set(row, j, probability, relative * probability.high() + smallest());
      }
    }
    return result;
  }

  /** The logarithm of the softmax of each row. */
  Expected logSoftmax(Expected logits) {
    int classes = logits.columns();
    Expected result = Expected.empty(logits.rows(), classes);
    double ulp = 2 * Accuracy.unitRoundoff(type);
    for (int row = 0; row < logits.rows(); row++) {
      DoubleDouble[] distances = distancesFromMax(logits, row);
      DoubleDouble logSum = logOfSum(distances);
      double logitError = largestBound(logits, row);
      for (int j = 0; j < classes; j++) {
        double size = logSoftmaxSize(distances[j], logSum);
        result.set(
            row,
            j,
            distances[j].minus(logSum),
            ulp * (3 + sumUlps.applyAsDouble(classes)) * size + logits.bound(row, j) + logitError);
      }
    }
    return result;
  }

  /**
   * What the error of a log-softmax is measured against: the larger of its two terms, or 1, since a
   * sum of powers just above 1 is known to an ulp of 1 and its logarithm no better.
   */
  static double logSoftmaxSize(DoubleDouble distance, DoubleDouble logSum) {
    return Math.max(1, Math.max(-distance.high(), logSum.high()));
  }

  /** The mean cross-entropy, 1 x 1. */
  Expected crossEntropy(Expected logits, double[] targets) {
    Expected logProbabilities = logSoftmax(logits);
    DoubleDouble sum = DoubleDouble.ZERO;
    double sizes = 0;
    double errors = 0;
    for (int i = 0; i < targets.length; i++) {
      DoubleDouble term = logProbabilities.values()[i].times(targets[i]);
      sum = sum.minus(term);
      sizes += Math.abs(term.high());
      errors += Math.abs(targets[i]) * logProbabilities.bounds()[i];
    }
    // Rows are added up, then the rows' sums: each term meets at most so many roundings.
    int roundings = logits.columns() + logits.rows() + 4;
    Expected result = Expected.empty(1, 1);
    result.set(
        0,
        0,
        sum.dividedBy(logits.rows()),
        (errors + roundings * Accuracy.unitRoundoff(type) * sizes) / logits.rows() + smallest());
    return result;
  }

  /** The gradient of the mean cross-entropy. */
  Expected gradient(Expected logits, double[] targets) {
    Expected probabilities = softmax(logits);
    int classes = logits.columns();
    int rows = logits.rows();
    double u = Accuracy.unitRoundoff(type);
    Expected result = Expected.empty(rows, classes);
    for (int row = 0; row < rows; row++) {
      DoubleDouble targetSum = DoubleDouble.ZERO;
      double targetSize = 0;
      for (int j = 0; j < classes; j++) {
        targetSum = targetSum.plus(targets[row * classes + j]);
        targetSize += Math.abs(targets[row * classes + j]);
      }
      for (int j = 0; j < classes; j++) {
        DoubleDouble probability = probabilities.value(row, j);
        double target = targets[row * classes + j];
        double bound =
            targetSize * probabilities.bound(row, j)
                + (classes + 4) * u * (probability.high() * targetSize + Math.abs(target));
        result.set(
            row,
            j,
            probability.times(targetSum).plus(-target).dividedBy(rows),
            bound / rows + smallest());
      }
    }
    return result;
  }

  /** The logits less the largest of their row. */
  static DoubleDouble[] distancesFromMax(Expected logits, int row) {
    DoubleDouble max = logits.value(row, 0);
    for (int j = 1; j < logits.columns(); j++) {
      DoubleDouble candidate = logits.value(row, j);
      if (candidate.minus(max).high() > 0) {
        max = candidate;
      }
    }
    DoubleDouble[] distances = new DoubleDouble[logits.columns()];
    for (int j = 0; j < distances.length; j++) {
      distances[j] = logits.value(row, j).minus(max);
    }
    return distances;
  }

  static DoubleDouble logOfSum(DoubleDouble[] distances) {
    return sum(Arrays.stream(distances).map(DoubleDouble::exp).toArray(DoubleDouble[]::new)).log();
  }

  private static DoubleDouble sum(DoubleDouble[] values) {
    return Arrays.stream(values).reduce(DoubleDouble.ZERO, DoubleDouble::plus);
  }

  private static double largestBound(Expected logits, int row) {
    double largest = 0;
    for (int j = 0; j < logits.columns(); j++) {
      largest = Math.max(largest, logits.bound(row, j));
    }
    return largest;
  }

  /** What rounding near 0 costs, where an ulp no longer shrinks with the number. */
  private double smallest() {
    return 4 * Accuracy.ulp(type, 0);
  }
}
