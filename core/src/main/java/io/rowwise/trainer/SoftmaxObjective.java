package io.rowwise.trainer;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Targets;
import java.util.Locale;
import java.util.Objects;

/**
 * The penalised softmax regression: {@code sum of s[i] * cross-entropy[i] / sum of s[i] + penalty /
 * 2 * sum of squares of the weights}, with {@code s} the weights of rows. The bias is not
 * penalised.
 *
 * <p>scikit-learn's {@code C} is {@code 1 / (penalty * sum of s[i])}; Spark's {@code regParam} is
 * the penalty with {@code standardization = false}.
 *
 * <p>Its parameters are (features + 1) x classes: the weights, and the bias in the last row.
 * Everything stays on the backend. Used by one thread at a time; closed by whoever made it.
 */
public final class SoftmaxObjective implements RowObjective, AutoCloseable {
  private final Backend backend;
  private final Matrix x;
  private final Targets targets;
  private final int classes;
  private final double penalty;
  private final LinearCrossEntropy crossEntropy;
  private final VectorReductions reductions;
  private final Matrix loss;
  private final double[] value = new double[1];
  private FeatureMetric metric;

  /**
   * An objective on rows that stay the caller's and open as long as it is.
   *
   * @param x m x features, m at least 1
   * @param targets of m rows
   * @param classes how many there are, at least 1
   * @param penalty not negative
   */
  public SoftmaxObjective(Backend backend, Matrix x, Targets targets, int classes, double penalty) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.x = Objects.requireNonNull(x, "x");
    this.targets = Objects.requireNonNull(targets, "targets");
    Arguments.requireSome("objective", "x", "rows", x.rows());
    Arguments.requireSome("objective", "targets", "classes", classes);
    targets.require("objective", backend, x.type(), x.rows(), classes);
    if (!(penalty >= 0) || Double.isInfinite(penalty)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "objective: the penalty is %s, wanted a number of at least 0", penalty));
    }
    this.classes = classes;
    this.penalty = penalty;
    this.crossEntropy = backend.kernel(LinearCrossEntropy.TYPE);
    this.reductions = new VectorReductions(backend, x.type());
    this.loss = backend.matrix(x.type(), 1, 1);
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public ElementType type() {
    return x.type();
  }

  @Override
  public int rows() {
    return x.columns() + 1;
  }

  @Override
  public int columns() {
    return classes;
  }

  /** The weights; the bias is free. */
  @Override
  public int penalisedRows() {
    return x.columns();
  }

  @Override
  public int samples() {
    return x.rows();
  }

  @Override
  public double evaluate(Matrix parameters, Matrix gradient) {
    return evaluate(x, targets, parameters, gradient);
  }

  @Override
  public double evaluate(int from, int to, Matrix parameters, Matrix gradient) {
    return evaluate(x.rows(from, to), targets.rows(from, to), parameters, gradient);
  }

  @Override
  public void evaluate(int from, int to, Matrix parameters, Matrix gradient, Matrix result) {
    Matrix weights =
        evaluate(x.rows(from, to), targets.rows(from, to), parameters, gradient, result);
    if (isPenalised()) {
      reductions.dot(weights, weights, loss);
      backend.addScaled(penalty / 2, loss, result);
    }
  }

  private double evaluate(Matrix rows, Targets wanted, Matrix parameters, Matrix gradient) {
    Matrix weights = evaluate(rows, wanted, parameters, gradient, loss);
    double penalised = isPenalised() ? penalty / 2 * reductions.dot(weights, weights) : 0;
    loss.read(value);
    return value[0] + penalised;
  }

  /** The cross-entropy, and the gradient with that of the penalty. Returns the weights. */
  private Matrix evaluate(
      Matrix rows, Targets wanted, Matrix parameters, Matrix gradient, Matrix result) {
    int features = x.columns();
    Matrix weights = parameters.rows(0, features);
    Matrix weightsGradient = gradient.rows(0, features);
    crossEntropy.apply(
        rows,
        wanted,
        weights,
        parameters.rows(features, features + 1),
        result,
        weightsGradient,
        gradient.rows(features, features + 1));
    if (isPenalised()) {
      backend.addScaled(penalty, weights, weightsGradient);
    }
    return weights;
  }

  private boolean isPenalised() {
    return penalty > 0 && x.columns() > 0;
  }

  /** At the products of the features: what the second derivatives of all classes share. */
  @Override
  public boolean approximateAt(Matrix parameters, int evaluations) {
    if (metric == null) {
      metric = new FeatureMetric(backend, x, targets, classes, penalty);
    }
    boolean isDue = metric.isDue(evaluations);
    if (isDue) {
      metric.look(parameters);
    }
    return isDue;
  }

  @Override
  public void approximateNewton(Matrix vector, Matrix product) {
    if (metric == null) {
      backend.copy(vector, product);
    } else {
      metric.apply(vector, product);
    }
  }

  @Override
  public void close() {
    crossEntropy.close();
    reductions.close();
    loss.close();
    if (metric != null) {
      metric.close();
    }
  }
}
