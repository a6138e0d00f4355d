package io.rowwise.benchmarks.contender;

import io.rowwise.backend.ElementType;
import java.util.Arrays;
import java.util.stream.IntStream;
import smile.classification.LogisticRegression;
import smile.util.IntSet;

/**
 * Smile's multinomial logistic regression, which predicts one row at a time, in {@code float64}
 * only. It is not trained: its {@code fit} is L-BFGS over all rows at once, its {@code update} a
 * step for a single row, and neither is a step for a mini-batch.
 */
final class SmileContender implements Contender {
  @Override
  public Work prediction(ElementType type, TrainingProblem problem) {
    if (type != ElementType.FLOAT64) {
      throw new UnsupportedOperationException("smile: float64 only");
    }
    int features = problem.features();
    int classes = problem.classes();
    double[][] x = new double[problem.rows()][];
    for (int row = 0; row < x.length; row++) {
      x[row] = Arrays.copyOfRange(problem.x(), row * features, (row + 1) * features);
    }
    double[][] out = new double[x.length][classes];
    LogisticRegression.Multinomial model =
        new LogisticRegression.Multinomial(
            weights(problem), 0, 0, new IntSet(IntStream.range(0, classes).toArray()));
    return new HeapWork(
        () -> {
          for (int row = 0; row < x.length; row++) {
            model.predict(x[row], out[row]);
          }
        },
        () -> Arrays.stream(out).flatMapToDouble(Arrays::stream).toArray());
  }

  /** Of all classes but the last, less those of the last, whose logit is 0; the bias at the end. */
  private static double[][] weights(TrainingProblem problem) {
    int features = problem.features();
    int last = problem.classes() - 1;
    double[][] weights = new double[last][features + 1];
    for (int j = 0; j < last; j++) {
      for (int k = 0; k < features; k++) {
        double[] given = problem.weights();
        weights[j][k] = given[k * problem.classes() + j] - given[k * problem.classes() + last];
      }
      weights[j][features] = problem.bias()[j] - problem.bias()[last];
    }
    return weights;
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
