package io.rowwise.benchmarks.notebook;

import io.rowwise.backend.ElementType;
import io.rowwise.benchmarks.pytorch.PyTorchClassifier;
import io.rowwise.classifier.EpochListener;
import io.rowwise.classifier.EpochResult;
import java.util.ArrayList;
import java.util.List;

/** PyTorch's side of the run. */
final class PyTorchSide implements AutoCloseable {
  private final NotebookArguments arguments;
  private final NotebookData data;
  private final PyTorchClassifier classifier;
  private final PyTorchClassifier.Samples training;
  private final PyTorchClassifier.Samples validation;

  PyTorchSide(NotebookArguments arguments, NotebookData data) {
    this.arguments = arguments;
    this.data = data;
    classifier =
        new PyTorchClassifier(
            arguments.type() == ElementType.FLOAT32
                ? PyTorchClassifier.Precision.FLOAT32
                : PyTorchClassifier.Precision.FLOAT64,
            arguments.features(),
            arguments.classes(),
            arguments.seed());
    training = classifier.samples(data.train().x(), data.trainTargets());
    validation = classifier.samples(data.valid().x(), data.validTargets());
  }

  double[] weights() {
    return classifier.weights();
  }

  double[] bias() {
    return classifier.bias();
  }

  /** The probabilities for the validation rows, row-major. */
  double[] predict() {
    return classifier.predict(data.valid().x());
  }

  /** The cross-entropy on the validation rows. */
  double crossEntropy() {
    return classifier.crossEntropy(validation);
  }

  List<EpochResult> fit(EpochListener listener) {
    List<EpochResult> history = new ArrayList<>();
    classifier.fit(
        training,
        validation,
        arguments.epochs(),
        arguments.learningRate(),
        arguments.batch(),
        epoch -> {
          EpochResult result =
              new EpochResult(
                  epoch.number() - 1,
                  epoch.trainingCrossEntropy(),
                  epoch.validationCrossEntropy(),
                  epoch.validationAccuracy());
          history.add(result);
          listener.onEpoch(result);
        });
    return history;
  }

  @Override
  public void close() {
    validation.close();
    training.close();
    classifier.close();
  }
}
