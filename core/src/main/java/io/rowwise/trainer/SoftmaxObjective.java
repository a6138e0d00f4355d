package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
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
  private final Samples samples;
  private final boolean ownsSamples;
  private final double penalty;
  private final MetricSchedule schedule;
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
    this(requirePenalty(penalty), Samples.of(backend, x, targets, classes), true);
  }

  /**
   * An objective on samples, which stay the caller's and open as long as it is.
   *
   * @param penalty not negative
   */
  public SoftmaxObjective(Samples samples, double penalty) {
    this(requirePenalty(penalty), Objects.requireNonNull(samples, "samples"), false);
  }

  private SoftmaxObjective(double penalty, Samples samples, boolean ownsSamples) {
    this.samples = samples;
    this.ownsSamples = ownsSamples;
    this.backend = samples.backend();
    this.penalty = penalty;
    this.schedule = new MetricSchedule(samples.count(), samples.features(), samples.classes());
    this.reductions = new VectorReductions(backend, samples.type());
    this.loss = backend.matrix(samples.type(), 1, 1);
  }

  /** Before anything is made that would be to close. */
  private static double requirePenalty(double penalty) {
    if (!(penalty >= 0) || Double.isInfinite(penalty)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "objective: the penalty is %s, wanted a number of at least 0", penalty));
    }
    return penalty;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public ElementType type() {
    return samples.type();
  }

  @Override
  public int rows() {
    return samples.features() + 1;
  }

  @Override
  public int columns() {
    return samples.classes();
  }

  /** The weights; the bias is free. */
  @Override
  public int penalisedRows() {
    return samples.features();
  }

  @Override
  public int samples() {
    return samples.count();
  }

  @Override
  public double evaluate(Matrix parameters, Matrix gradient) {
    return evaluate(0, samples.count(), parameters, gradient);
  }

  @Override
  public double evaluate(int from, int to, Matrix parameters, Matrix gradient) {
    Matrix weights = addPenalty(from, to, parameters, gradient, loss);
    double penalised = isPenalised() ? penalty / 2 * reductions.dot(weights, weights) : 0;
    loss.read(value);
    return value[0] + penalised;
  }

  @Override
  public void evaluate(int from, int to, Matrix parameters, Matrix gradient, Matrix result) {
    Matrix weights = addPenalty(from, to, parameters, gradient, result);
    if (isPenalised()) {
      reductions.dot(weights, weights, loss);
      backend.addScaled(penalty / 2, loss, result);
    }
  }

  /** The cross-entropy, and the gradient with that of the penalty. Returns the weights. */
  private Matrix addPenalty(
      int from, int to, Matrix parameters, Matrix gradient, Matrix crossEntropy) {
    samples.crossEntropy(from, to, parameters, crossEntropy, gradient);
    int features = samples.features();
    Matrix weights = parameters.rows(0, features);
    if (isPenalised()) {
      backend.addScaled(penalty, weights, gradient.rows(0, features));
    }
    return weights;
  }

  private boolean isPenalised() {
    return penalty > 0 && samples.features() > 0;
  }

  /** At the products of the features: what the second derivatives of all classes share. */
  @Override
  public boolean approximateAt(Matrix parameters, int evaluations) {
    boolean isDue = schedule.isDue(evaluations);
    if (isDue) {
      if (metric == null) {
        metric = new FeatureMetric(backend, type(), samples.features(), penalty);
      }
      try (FeatureMoments moments =
          new FeatureMoments(backend, type(), samples.features(), samples.classes())) {
        for (int block = 0; block < schedule.blocks(); block++) {
          int first = schedule.firstRow(block);
          samples.addMoments(first, first + schedule.blockRows(), parameters, moments);
        }
        metric.update(moments.sums(), moments.totalWeight());
      }
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
    reductions.close();
    loss.close();
    if (metric != null) {
      metric.close();
    }
    if (ownsSamples) {
      samples.close();
    }
  }
}
