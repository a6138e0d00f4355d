package io.rowwise.classifier;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import io.rowwise.random.NumpyRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A softmax (multinomial logistic) classifier: {@code p = softmax(x * weights + bias)}, trained by
 * mini-batch gradient descent on the mean cross-entropy.
 *
 * <p>{@code x} has a row for each sample and a column for each feature; {@code targets} a row for
 * each sample and a column for each class, one-hot or with the probability of each class ({@link
 * io.rowwise.dataset.OneHot} makes them from labels). Both live on the classifier's backend and
 * have its element type.
 *
 * <p><b>Saturated logits.</b> The notebook computes the loss as {@code -(y * log(p)).sum() / m} and
 * the gradient through {@code -(y / p) / m}, which are infinite or NaN where a probability
 * underflows to 0. Here the loss is computed from the logits by log-softmax and the gradient as
 * {@code (p * sum(y) - y) / m} (see {@link CrossEntropyGradient}): equal to rounding where the
 * notebook's are finite, and finite where they are not.
 *
 * <p>The classifier owns its parameters and is closed by whoever made it, before its backend. Use
 * it from one thread at a time.
 */
public sealed class SoftmaxClassifier implements AutoCloseable permits JacobianSoftmaxClassifier {
  /** Of an epoch: its loss, and the cross-entropy and accuracy of the validation data. */
  private static final int RESULTS = 3;

  private final Backend backend;
  private final ElementType type;
  private final int features;
  private final int classes;
  private final Matrix weights;
  private final Matrix bias;
  // Read together: one wait for the device.
  private final Matrix results;
  private final Matrix trainingLoss;
  private final Matrix validation;
  // What is read from them, so that a step allocates nothing.
  private final double[] one = new double[1];
  private final double[] two = new double[2];
  private final LinearSoftmax prediction;
  private final TrainingStep step;
  private final TrainingEpoch epoch;
  private final Evaluation evaluation;
  private boolean closed;

  /**
   * A classifier with parameters drawn from a standard normal: the weights row by row, then the
   * bias, as NumPy's {@code RandomState(seed).standard_normal} gives them.
   *
   * @param backend stays the caller's
   * @param type of the parameters and of all data
   * @param features columns of {@code x}, at least 1
   * @param classes columns of the targets, at least 1
   * @param seed 0 to 4294967295
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public SoftmaxClassifier(
      Backend backend, ElementType type, int features, int classes, long seed) {
    this(backend, type, features, classes, seed, null);
  }

  /**
   * A classifier with the given parameters, such as those of a trained one.
   *
   * @param backend stays the caller's
   * @param type of the parameters and of all data
   * @param features columns of {@code x}, at least 1
   * @param classes columns of the targets, at least 1
   * @param weights features x classes, row-major; copied
   * @param bias one value for each class; copied
   * @throws IllegalArgumentException if an argument is out of its range, there are more or fewer
   *     values, or one is not finite
   */
  public SoftmaxClassifier(
      Backend backend,
      ElementType type,
      int features,
      int classes,
      double[] weights,
      double[] bias) {
    this(backend, type, features, classes, new Parameters(weights, bias), null);
  }

  /** With a step of training of its own, or the backend's best if it is null. */
  SoftmaxClassifier(
      Backend backend,
      ElementType type,
      int features,
      int classes,
      long seed,
      TrainingStep ownStep) {
    this(backend, type, features, classes, Parameters.drawn(features, classes, seed), ownStep);
  }

  private SoftmaxClassifier(
      Backend backend,
      ElementType type,
      int features,
      int classes,
      Parameters starting,
      TrainingStep ownStep) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.type = Objects.requireNonNull(type, "type");
    requireSize(features, classes);
    this.features = features;
    this.classes = classes;
    requireParameters("classifier", "weights", starting.weights, features);
    requireParameters("classifier", "bias", starting.bias, 1);
    this.weights = backend.matrix(type, features, classes, starting.weights);
    this.bias = backend.matrix(type, 1, classes, starting.bias);
    this.results = backend.matrix(type, 1, RESULTS);
    this.trainingLoss = results.columns(0, 1);
    this.validation = results.columns(1, RESULTS);
    this.prediction = backend.kernel(LinearSoftmax.TYPE);
    this.evaluation = backend.kernel(Evaluation.TYPE);
    if (ownStep == null) {
      this.step = backend.kernel(TrainingStep.TYPE);
      this.epoch = backend.kernel(TrainingEpoch.TYPE);
    } else {
      this.step = TrainingStep.TYPE.checked(backend, ownStep);
      this.epoch = TrainingEpoch.of(backend, step);
    }
  }

  /** The backend that it computes on. */
  public final Backend backend() {
    return backend;
  }

  /** The element type of its parameters and data. */
  public final ElementType type() {
    return type;
  }

  /** The columns of {@code x}. */
  public final int features() {
    return features;
  }

  /** The columns of the targets. */
  public final int classes() {
    return classes;
  }

  /** The weights, features x classes: a view, valid until the classifier is closed. */
  public final Matrix weights() {
    requireOpen("weights");
    return weights.rows(0, features);
  }

  /** The bias, 1 x classes: a view, valid until the classifier is closed. */
  public final Matrix bias() {
    requireOpen("bias");
    return bias.rows(0, 1);
  }

  /**
   * Replaces the parameters.
   *
   * @param newWeights features x classes, row-major
   * @param newBias one value for each class
   * @throws IllegalArgumentException if there are more or fewer values, or one is not finite; then
   *     the parameters are as they were
   */
  public final void copyParameters(double[] newWeights, double[] newBias) {
    requireOpen("copyParameters");
    requireParameters("copyParameters", "weights", newWeights, features);
    requireParameters("copyParameters", "bias", newBias, 1);
    weights.write(newWeights);
    bias.write(newBias);
  }

  /**
   * Takes over the parameters of another classifier, which may be on another backend or of another
   * type.
   *
   * @throws IllegalArgumentException if it has other features or classes, or a parameter of it is
   *     not finite
   */
  public final void copyParameters(SoftmaxClassifier other) {
    requireOpen("copyParameters");
    if (other.features != features || other.classes != classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "copyParameters: the other classifier has %d features and %d classes, this one %d and"
                  + " %d",
              other.features,
              other.classes,
              features,
              classes));
    }
    copyParameters(other.weights().toDoubles(), other.bias().toDoubles());
  }

  /**
   * The probability of each class for each row.
   *
   * @param x m x features
   * @return m x classes; the caller owns and closes it
   */
  public final Matrix predict(Matrix x) {
    requireInput("predict", x);
    Matrix probabilities = backend.matrix(type, x.rows(), classes);
    try {
      predict(x, probabilities);
    } catch (RuntimeException e) {
      probabilities.close();
      throw e;
    }
    return probabilities;
  }

  /**
   * The probability of each class for each row.
   *
   * @param x m x features
   * @param probabilities m x classes; gets the result
   */
  public final void predict(Matrix x, Matrix probabilities) {
    requireInput("predict", x);
    prediction.apply(x, weights, bias, probabilities);
  }

  /**
   * The mean cross-entropy of the given rows, in nats.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   */
  public final double crossEntropyLoss(Matrix x, Matrix targets) {
    return score("crossEntropyLoss", x, targets).crossEntropy();
  }

  /**
   * The share of rows whose most probable class is the one of the largest target, from 0 to 1.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   */
  public final double accuracy(Matrix x, Matrix targets) {
    return score("accuracy", x, targets).accuracy();
  }

  /**
   * Cross-entropy and accuracy, in one pass over the data.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   */
  public final Score evaluate(Matrix x, Matrix targets) {
    return score("evaluate", x, targets);
  }

  /**
   * One step of gradient descent on one batch.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   * @param learningRate finite and not negative
   * @return the batch's mean cross-entropy before the step
   */
  public final double update(Matrix x, Matrix targets, double learningRate) {
    requireInput("update", x);
    requireTargets("update", x, targets);
    TrainingOptions.requireLearningRate("update", learningRate);
    step.apply(x, targets, learningRate, weights, bias, trainingLoss);
    trainingLoss.read(one);
    return one[0];
  }

  /**
   * Trains without validation data; the validation values of the results are NaN. Waits for the
   * device once, at the end.
   *
   * @param x m x features, m at least 1; taken in the given order, in every epoch
   * @param targets m x classes
   * @return the result of every epoch
   */
  public final List<EpochResult> fit(Matrix x, Matrix targets, TrainingOptions options) {
    requireTraining(x, targets, options);
    return fitUnwatched(x, targets, null, null, options);
  }

  /**
   * Trains without validation data; the validation values of the results are NaN. Waits for the
   * device once an epoch.
   *
   * @param x m x features, m at least 1; taken in the given order, in every epoch
   * @param targets m x classes
   * @param listener is told of every epoch
   * @return the result of every epoch
   */
  public final List<EpochResult> fit(
      Matrix x, Matrix targets, TrainingOptions options, EpochListener listener) {
    Objects.requireNonNull(listener, "listener");
    requireTraining(x, targets, options);
    return fitWatched(x, targets, null, null, options, listener);
  }

  /**
   * Trains. Waits for the device once, at the end.
   *
   * @param x m x features, m at least 1; taken in the given order, in every epoch
   * @param targets m x classes
   * @param validationX v x features, v at least 1
   * @param validationTargets v x classes
   * @return the result of every epoch
   */
  public final List<EpochResult> fit(
      Matrix x,
      Matrix targets,
      Matrix validationX,
      Matrix validationTargets,
      TrainingOptions options) {
    requireTraining(x, targets, options);
    requireValidation(validationX, validationTargets);
    return fitUnwatched(x, targets, validationX, validationTargets, options);
  }

  /**
   * Trains. Waits for the device once an epoch.
   *
   * @param x m x features, m at least 1; taken in the given order, in every epoch
   * @param targets m x classes
   * @param validationX v x features, v at least 1
   * @param validationTargets v x classes
   * @param listener is told of every epoch
   * @return the result of every epoch
   */
  public final List<EpochResult> fit(
      Matrix x,
      Matrix targets,
      Matrix validationX,
      Matrix validationTargets,
      TrainingOptions options,
      EpochListener listener) {
    Objects.requireNonNull(listener, "listener");
    requireTraining(x, targets, options);
    requireValidation(validationX, validationTargets);
    return fitWatched(x, targets, validationX, validationTargets, options, listener);
  }

  private void requireTraining(Matrix x, Matrix targets, TrainingOptions options) {
    Objects.requireNonNull(options, "options");
    requireInput("fit", x);
    requireTargets("fit", x, targets);
  }

  private void requireValidation(Matrix validationX, Matrix validationTargets) {
    requireInput("fit: validation", validationX);
    requireTargets("fit: validation", validationX, validationTargets);
  }

  private List<EpochResult> fitWatched(
      Matrix x,
      Matrix targets,
      Matrix validationX,
      Matrix validationTargets,
      TrainingOptions options,
      EpochListener listener) {
    List<EpochResult> history = new ArrayList<>(options.epochs());
    double[] values = new double[RESULTS];
    backend.fill(Double.NaN, results);
    for (int i = 0; i < options.epochs(); i++) {
      train(x, targets, validationX, validationTargets, options);
      results.read(values);
      EpochResult result = result(i, values, 0);
      history.add(result);
      listener.onEpoch(result);
    }
    return List.copyOf(history);
  }

  /** The device goes from epoch to epoch without waiting for anybody to look. */
  private List<EpochResult> fitUnwatched(
      Matrix x,
      Matrix targets,
      Matrix validationX,
      Matrix validationTargets,
      TrainingOptions options) {
    List<EpochResult> history = new ArrayList<>(options.epochs());
    try (Matrix all = backend.matrix(type, options.epochs(), RESULTS)) {
      backend.fill(Double.NaN, results);
      for (int i = 0; i < options.epochs(); i++) {
        // Each epoch is the same work on the same matrices, which a backend can record.
        train(x, targets, validationX, validationTargets, options);
        backend.copy(results, all.rows(i, i + 1));
      }
      double[] values = all.toDoubles();
      for (int i = 0; i < options.epochs(); i++) {
        history.add(result(i, values, i * RESULTS));
      }
    }
    return List.copyOf(history);
  }

  /** One epoch, and its validation where there is any; tells the results' matrix. */
  private void train(
      Matrix x,
      Matrix targets,
      Matrix validationX,
      Matrix validationTargets,
      TrainingOptions options) {
    epoch.apply(
        x, targets, options.batchRows(), options.learningRate(), weights, bias, trainingLoss);
    if (validationX != null) {
      evaluation.apply(validationX, validationTargets, weights, bias, validation);
    }
  }

  private static EpochResult result(int epoch, double[] values, int at) {
    return new EpochResult(epoch, values[at], values[at + 1], values[at + 2]);
  }

  /** Frees the parameters and the kernels' scratch memory. Closing twice is harmless. */
  @Override
  public final void close() {
    if (closed) {
      return;
    }
    closed = true;
    prediction.close();
    evaluation.close();
    step.close();
    epoch.close();
    results.close();
    bias.close();
    weights.close();
  }

  private Score score(String operation, Matrix x, Matrix targets) {
    requireInput(operation, x);
    requireTargets(operation, x, targets);
    evaluation.apply(x, targets, weights, bias, validation);
    validation.read(two);
    return new Score(two[0], two[1]);
  }

  private void requireOpen(String operation) {
    if (closed) {
      throw new IllegalStateException(operation + ": the classifier is closed");
    }
  }

  private void requireInput(String operation, Matrix x) {
    requireOpen(operation);
    Arguments.requireUsable(operation, backend, "x", x);
    requireOwnType(operation, "x", x);
    if (x.columns() != features) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d columns, this classifier was trained on %d",
              operation,
              x.columns(),
              features));
    }
  }

  private void requireTargets(String operation, Matrix x, Matrix targets) {
    Arguments.requireUsable(operation, backend, "targets", targets);
    requireOwnType(operation, "targets", targets);
    Arguments.requireSome(operation, "x", "rows", x.rows());
    Arguments.requireShape(operation, "targets", targets, x.rows(), classes);
  }

  private void requireOwnType(String operation, String name, Matrix matrix) {
    if (matrix.type() != type) {
      throw new IllegalArgumentException(
          "%s: %s is %s, this classifier is %s".formatted(operation, name, matrix.type(), type));
    }
  }

  private static void requireSize(int features, int classes) {
    Arguments.requireSome("classifier", "x", "features", features);
    Arguments.requireSome("classifier", "targets", "classes", classes);
  }

  private void requireParameters(String operation, String name, double[] values, int rows) {
    Objects.requireNonNull(values, name);
    int wanted = Math.multiplyExact(rows, classes);
    if (values.length != wanted) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s has %d values, wanted %d x %d = %d",
              operation,
              name,
              values.length,
              rows,
              classes,
              wanted));
    }
    for (int i = 0; i < values.length; i++) {
      double value = type == ElementType.FLOAT32 ? (float) values[i] : values[i];
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: %s[%d][%d] is %s, wanted a finite %s",
                operation,
                name,
                i / classes,
                i % classes,
                values[i],
                type));
      }
    }
  }

  /** What a classifier starts from. */
  private static final class Parameters {
    private final double[] weights;
    private final double[] bias;

    private Parameters(double[] weights, double[] bias) {
      this.weights = weights;
      this.bias = bias;
    }

    private static Parameters drawn(int features, int classes, long seed) {
      requireSize(features, classes);
      NumpyRandom random = new NumpyRandom(seed);
      Parameters drawn =
          new Parameters(new double[Math.multiplyExact(features, classes)], new double[classes]);
      random.standardNormal(drawn.weights);
      random.standardNormal(drawn.bias);
      return drawn;
    }
  }
}
