package io.rowwise.classifier;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.ExclusiveUse;
import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A softmax (multinomial logistic) classifier: {@code p = softmax(x * weights + bias)}, trained by
 * mini-batch gradient descent on the mean cross-entropy.
 *
 * <pre>{@code
 * SoftmaxClassifier.on(backend).type(FLOAT64).features(5).classes(3).seed(42).create()
 * }</pre>
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
 * it from one thread at a time: a second thread that uses or closes it meanwhile gets an {@link
 * IllegalStateException}, and so does whoever uses it after it was closed. Give each thread one of
 * its own, or let them share an {@link io.rowwise.predictor.Predictor}.
 */
public sealed class SoftmaxClassifier implements AutoCloseable permits JacobianSoftmaxClassifier {
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
  private final Evaluation evaluation;
  private final EpochLoop epochs;
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private final ExclusiveUse use =
      new ExclusiveUse(
          "this classifier", "give each thread one of its own, or let them share a Predictor");

  /** A new classifier on that backend, with its sizes by name; see {@link #SoftmaxClassifier}. */
  public static SoftmaxClassifierBuilder<? extends SoftmaxClassifier> on(Backend backend) {
    return new SoftmaxClassifierBuilder<>(
        (type, features, classes, starting) ->
            new SoftmaxClassifier(backend, type, features, classes, starting, null));
  }

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
    this(backend, type, features, classes, () -> Parameters.drawn(features, classes, seed), null);
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
    this(backend, type, features, classes, () -> new Parameters(weights, bias), null);
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
      Backend backend, ElementType type, int features, int classes, float[] weights, float[] bias) {
    this(backend, type, features, classes, () -> new Parameters(weights, bias), null);
  }

  /**
   * With a step of training of its own.
   *
   * @param ownStep or null for the backend's best
   */
  SoftmaxClassifier(
      Backend backend,
      ElementType type,
      int features,
      int classes,
      Supplier<Parameters> starting,
      Function<Backend, TrainingStep> ownStep) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.type = Objects.requireNonNull(type, "type");
    Parameters.requireSize(features, classes);
    this.features = features;
    this.classes = classes;
    Parameters parameters = starting.get();
    parameters.require("classifier", type, features, classes);
    try {
      this.weights = own(backend.matrix(type, features, classes, parameters.weights()));
      this.bias = own(backend.matrix(type, 1, classes, parameters.bias()));
      this.results = own(backend.matrix(type, 1, EpochLoop.RESULTS));
      this.trainingLoss = results.columns(0, 1);
      this.validation = results.columns(1, EpochLoop.RESULTS);
      this.prediction = own(backend.kernel(LinearSoftmax.TYPE));
      this.evaluation = own(backend.kernel(Evaluation.TYPE));
      TrainingEpoch epoch;
      if (ownStep == null) {
        this.step = own(backend.kernel(TrainingStep.TYPE));
        epoch = own(backend.kernel(TrainingEpoch.TYPE));
      } else {
        this.step = own(TrainingStep.TYPE.checked(backend, ownStep.apply(backend)));
        epoch = own(TrainingEpoch.of(backend, step));
      }
      this.epochs = new EpochLoop(backend, epoch, evaluation, this.weights, this.bias, results);
    } catch (RuntimeException | Error e) {
      closing.forEach(Runnable::run);
      throw e;
    }
  }

  private Matrix own(Matrix matrix) {
    closing.push(matrix::close);
    return matrix;
  }

  private <K extends Kernel> K own(K kernel) {
    closing.push(kernel::close);
    return kernel;
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
    use.enter("weights");
    try {
      return weights.rows(0, features);
    } finally {
      use.leave();
    }
  }

  /** The bias, 1 x classes: a view, valid until the classifier is closed. */
  public final Matrix bias() {
    use.enter("bias");
    try {
      return bias.rows(0, 1);
    } finally {
      use.leave();
    }
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
    copyParameters(new Parameters(newWeights, newBias));
  }

  /**
   * Replaces the parameters.
   *
   * @param newWeights features x classes, row-major
   * @param newBias one value for each class
   * @throws IllegalArgumentException if there are more or fewer values, or one is not finite; then
   *     the parameters are as they were
   */
  public final void copyParameters(float[] newWeights, float[] newBias) {
    copyParameters(new Parameters(newWeights, newBias));
  }

  private void copyParameters(Parameters parameters) {
    use.enter("copyParameters");
    try {
      parameters.require("copyParameters", type, features, classes);
      weights.write(parameters.weights());
      bias.write(parameters.bias());
    } finally {
      use.leave();
    }
  }

  /**
   * Takes over the parameters of another classifier, which may be on another backend or of another
   * type.
   *
   * @throws IllegalArgumentException if it has other features or classes, or a parameter of it is
   *     not finite
   */
  public final void copyParameters(SoftmaxClassifier other) {
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
    copyParameters(other.parameters());
  }

  private Parameters parameters() {
    use.enter("copyParameters: the other classifier");
    try {
      return new Parameters(weights.toDoubles(), bias.toDoubles());
    } finally {
      use.leave();
    }
  }

  /**
   * The probability of each class for each row.
   *
   * @param x m x features
   * @return m x classes; the caller owns and closes it
   */
  public final Matrix predict(Matrix x) {
    use.enter("predict");
    try {
      requireInput("predict", x);
      Matrix probabilities = backend.matrix(type, x.rows(), classes);
      try {
        prediction.apply(x, weights, bias, probabilities);
      } catch (RuntimeException | Error e) {
        probabilities.close();
        throw e;
      }
      return probabilities;
    } finally {
      use.leave();
    }
  }

  /**
   * The probability of each class for each row.
   *
   * @param x m x features
   * @param probabilities m x classes; gets the result
   */
  public final void predict(Matrix x, Matrix probabilities) {
    use.enter("predict");
    try {
      requireInput("predict", x);
      prediction.apply(x, weights, bias, probabilities);
    } finally {
      use.leave();
    }
  }

  /**
   * The probability of each class for each row, without making the rows' zeros.
   *
   * @param x m x features
   * @return m x classes; the caller owns and closes it
   */
  public final Matrix predict(SparseRows x) {
    use.enter("predict");
    Matrix probabilities = null;
    boolean isDone = false;
    try (SparseProduct product = backend.kernel(SparseProduct.TYPE);
        Softmax softmax = backend.kernel(Softmax.TYPE)) {
      requireFeatures("predict", x.columns());
      probabilities = backend.matrix(type, x.rows(), classes);
      product.multiply(x, weights, probabilities);
      backend.add(probabilities, bias, probabilities);
      softmax.apply(probabilities, probabilities);
      isDone = true;
      return probabilities;
    } finally {
      use.leave();
      if (!isDone && probabilities != null) {
        probabilities.close();
      }
    }
  }

  /**
   * The mean cross-entropy of the given rows, in nats.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   */
  public final double crossEntropyLoss(Matrix x, Matrix targets) {
    return score("crossEntropyLoss", x, Targets.ofProbabilities(targets)).crossEntropy();
  }

  /**
   * The share of rows whose most probable class is the one of the largest target, from 0 to 1. A
   * row whose probabilities are NaN has none and counts as wrong; see {@link Evaluation}.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   */
  public final double accuracy(Matrix x, Matrix targets) {
    return score("accuracy", x, Targets.ofProbabilities(targets)).accuracy();
  }

  /**
   * Cross-entropy and accuracy, in one pass over the data.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   */
  public final Score evaluate(Matrix x, Matrix targets) {
    return evaluate(x, Targets.ofProbabilities(targets));
  }

  /**
   * Cross-entropy and accuracy, in one pass over the data, where rows count by their weight.
   *
   * @param x m x features, m at least 1
   * @param targets of m rows
   */
  public final Score evaluate(Matrix x, Targets targets) {
    return score("evaluate", x, targets);
  }

  /**
   * One step of gradient descent on one batch.
   *
   * @param x m x features, m at least 1
   * @param targets m x classes
   * @param learningRate not negative, and finite in the classifier's type
   * @return the batch's mean cross-entropy before the step
   */
  public final double update(Matrix x, Matrix targets, double learningRate) {
    return update(x, Targets.ofProbabilities(targets), learningRate);
  }

  /**
   * One step of gradient descent on one batch, where rows count by their weight.
   *
   * @param x m x features, m at least 1
   * @param targets of m rows
   * @param learningRate not negative, and finite in the classifier's type
   * @return the batch's mean cross-entropy before the step
   */
  public final double update(Matrix x, Targets targets, double learningRate) {
    use.enter("update");
    try {
      requireInput("update", x);
      requireTargets("update", x, targets);
      Arguments.requireLearningRate("update", learningRate, type);
      step.apply(x, targets, learningRate, weights, bias, trainingLoss);
      trainingLoss.read(one);
      return one[0];
    } finally {
      use.leave();
    }
  }

  /**
   * Trains without validation data; the validation values of the results are NaN. Waits for the
   * device at the end, and once in 1,024 epochs.
   *
   * @param x m x features, m at least 1; taken in the given order, in every epoch
   * @param targets m x classes
   * @return the result of every epoch
   */
  public final List<EpochResult> fit(Matrix x, Matrix targets, TrainingOptions options) {
    return fit(x, Targets.ofProbabilities(targets), options);
  }

  /**
   * Trains on numbers of classes or on rows that count differently, without validation data; the
   * validation values of the results are NaN. Waits for the device at the end, and once in 1,024
   * epochs.
   *
   * @param x m x features, m at least 1; taken in the given order, in every epoch
   * @param targets of m rows
   * @return the result of every epoch
   */
  public final List<EpochResult> fit(Matrix x, Targets targets, TrainingOptions options) {
    return train(new EpochLoop.Data(x, targets, null, null), options, null);
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
    Targets wanted = Targets.ofProbabilities(targets);
    return train(new EpochLoop.Data(x, wanted, null, null), options, listener);
  }

  /**
   * Trains. Waits for the device at the end, and once in 1,024 epochs.
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
    return train(data(x, targets, validationX, validationTargets), options, null);
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
    return train(data(x, targets, validationX, validationTargets), options, listener);
  }

  private static EpochLoop.Data data(
      Matrix x, Matrix targets, Matrix validationX, Matrix validationTargets) {
    // Without validation data another method is meant.
    Objects.requireNonNull(validationX, "fit: validation: x is null");
    return new EpochLoop.Data(
        x,
        Targets.ofProbabilities(targets),
        validationX,
        Targets.ofProbabilities(validationTargets));
  }

  /**
   * Trains.
   *
   * @param listener or null
   */
  private List<EpochResult> train(
      EpochLoop.Data data, TrainingOptions options, EpochListener listener) {
    use.enter("fit");
    try {
      Objects.requireNonNull(options, "options");
      requireInput("fit", data.x());
      requireTargets("fit", data.x(), data.targets());
      if (data.hasValidation()) {
        requireInput("fit: validation", data.validationX());
        requireTargets("fit: validation", data.validationX(), data.validationTargets());
      }
      Arguments.requireLearningRate("fit", options.learningRate(), type);
      return listener == null
          ? epochs.unwatched(data, options)
          : epochs.watched(data, options, listener, use);
    } finally {
      use.leave();
    }
  }

  /**
   * Frees the parameters and the kernels' scratch memory. Closing twice is harmless.
   *
   * @throws IllegalStateException if another thread uses the classifier, or this is called by a
   *     listener while it is trained; then it stays open
   */
  @Override
  public final void close() {
    if (use.close("close")) {
      closing.forEach(Runnable::run);
    }
  }

  private Score score(String operation, Matrix x, Targets targets) {
    use.enter(operation);
    try {
      requireInput(operation, x);
      requireTargets(operation, x, targets);
      evaluation.apply(x, targets, weights, bias, validation);
      validation.read(two);
      return new Score(two[0], two[1]);
    } finally {
      use.leave();
    }
  }

  private void requireInput(String operation, Matrix x) {
    Arguments.requireUsable(operation, backend, "x", x);
    requireOwnType(operation, "x", x);
    requireFeatures(operation, x.columns());
  }

  private void requireFeatures(String operation, int columns) {
    if (columns != features) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d columns, this classifier was trained on %d",
              operation,
              columns,
              features));
    }
  }

  private void requireTargets(String operation, Matrix x, Targets targets) {
    Arguments.requireUsable(operation, backend, "targets", targets.values());
    requireOwnType(operation, "targets", targets.values());
    Arguments.requireSome(operation, "x", "rows", x.rows());
    targets.require(operation, backend, type, x.rows(), classes);
  }

  private void requireOwnType(String operation, String name, Matrix matrix) {
    if (matrix.type() != type) {
      throw new IllegalArgumentException(
          "%s: %s is %s, this classifier is %s".formatted(operation, name, matrix.type(), type));
    }
  }
}
