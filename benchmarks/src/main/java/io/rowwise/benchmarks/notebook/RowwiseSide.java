package io.rowwise.benchmarks.notebook;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.EpochListener;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.JacobianSoftmaxClassifier;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import java.util.List;

/** Rowwise's side of the run: the data on the device, and the two classifiers. */
final class RowwiseSide implements AutoCloseable {
  private final TrainingOptions options;
  private final Matrix x;
  private final Matrix targets;
  private final Matrix validX;
  private final Matrix validTargets;
  private final SoftmaxClassifier classifier;
  private final JacobianSoftmaxClassifier jacobian;

  RowwiseSide(Backend backend, NotebookArguments arguments, NotebookData data) {
    ElementType type = arguments.type();
    int n = arguments.features();
    int c = arguments.classes();
    options = new TrainingOptions(arguments.epochs(), arguments.learningRate(), arguments.batch());
    x = backend.matrix(type, data.train().rows(), n, data.train().x());
    targets = backend.matrix(type, data.train().rows(), c, data.trainTargets());
    validX = backend.matrix(type, data.valid().rows(), n, data.valid().x());
    validTargets = backend.matrix(type, data.valid().rows(), c, data.validTargets());
    classifier = new SoftmaxClassifier(backend, type, n, c, arguments.seed());
    jacobian = new JacobianSoftmaxClassifier(backend, type, n, c, arguments.seed());
  }

  SoftmaxClassifier classifier() {
    return classifier;
  }

  JacobianSoftmaxClassifier jacobian() {
    return jacobian;
  }

  /** Both start where PyTorch starts. */
  void copyParameters(double[] weights, double[] bias) {
    classifier.copyParameters(weights, bias);
    jacobian.copyParameters(weights, bias);
  }

  /** The classifier's probabilities for the validation rows, row-major. */
  double[] predict() {
    try (Matrix probabilities = classifier.predict(validX)) {
      return probabilities.toDoubles();
    }
  }

  /** The classifier's cross-entropy on the validation rows. */
  double crossEntropy() {
    return classifier.crossEntropyLoss(validX, validTargets);
  }

  List<EpochResult> fit(SoftmaxClassifier which, EpochListener listener) {
    return which.fit(x, targets, validX, validTargets, options, listener);
  }

  @Override
  public void close() {
    jacobian.close();
    classifier.close();
    validTargets.close();
    validX.close();
    targets.close();
    x.close();
  }
}
