package io.rowwise.classifier;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.ExclusiveUse;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Epoch after epoch, and what each came to. */
final class EpochLoop {
  /** Of an epoch: its loss, and the cross-entropy and accuracy of the validation data. */
  static final int RESULTS = 3;

  /** So many epochs' results are kept on the device before it is waited for. */
  private static final int EPOCHS_READ_AT_ONCE = 1024;

  /** What is trained on, and what is validated with; the latter may be null. */
  record Data(Matrix x, Targets targets, Matrix validationX, Targets validationTargets) {
    boolean hasValidation() {
      return validationX != null;
    }
  }

  private final Backend backend;
  private final TrainingEpoch epoch;
  private final Evaluation evaluation;
  private final Matrix weights;
  private final Matrix bias;
  private final Matrix results;
  private final Matrix trainingLoss;
  private final Matrix validation;

  /**
   * @param results 1 x {@link #RESULTS}, for what an epoch comes to
   */
  EpochLoop(
      Backend backend,
      TrainingEpoch epoch,
      Evaluation evaluation,
      Matrix weights,
      Matrix bias,
      Matrix results) {
    this.backend = backend;
    this.epoch = epoch;
    this.evaluation = evaluation;
    this.weights = weights;
    this.bias = bias;
    this.results = results;
    this.trainingLoss = results.columns(0, 1);
    this.validation = results.columns(1, RESULTS);
  }

  /**
   * Waits for the device after each epoch, to tell of it.
   *
   * @param use of the classifier, which the listener may use
   */
  List<EpochResult> watched(
      Data data, TrainingOptions options, EpochListener listener, ExclusiveUse use) {
    List<EpochResult> history = new ArrayList<>();
    double[] values = new double[RESULTS];
    for (int i = 0; i < options.epochs(); i++) {
      train(data, options);
      results.read(values);
      EpochResult result = result(i, values, 0, data);
      history.add(result);
      use.pause();
      try {
        listener.onEpoch(result);
      } finally {
        use.resume();
      }
    }
    return Collections.unmodifiableList(history);
  }

  /** The device goes from epoch to epoch without waiting for anybody to look. */
  List<EpochResult> unwatched(Data data, TrainingOptions options) {
    List<EpochResult> history = new ArrayList<>();
    int epochs = options.epochs();
    int most = Math.min(epochs, EPOCHS_READ_AT_ONCE);
    try (Matrix all = backend.matrix(results.type(), most, RESULTS)) {
      double[] values = new double[most * RESULTS];
      while (history.size() < epochs) {
        int first = history.size();
        int count = Math.min(most, epochs - first);
        for (int i = 0; i < count; i++) {
          // Each epoch is the same work on the same matrices, which a backend can record.
          train(data, options);
          backend.copy(results, all.rows(i, i + 1));
        }
        all.read(values);
        for (int i = 0; i < count; i++) {
          history.add(result(first + i, values, i * RESULTS, data));
        }
      }
    }
    return Collections.unmodifiableList(history);
  }

  /** One epoch, and its validation where there is any; tells the results' matrix. */
  private void train(Data data, TrainingOptions options) {
    epoch.apply(
        data.x(),
        data.targets(),
        options.batchRows(),
        options.learningRate(),
        weights,
        bias,
        trainingLoss);
    if (data.hasValidation()) {
      evaluation.apply(data.validationX(), data.validationTargets(), weights, bias, validation);
    }
  }

  /** Without validation data there may be in their place what a listener has evaluated. */
  private static EpochResult result(int epoch, double[] values, int at, Data data) {
    return data.hasValidation()
        ? new EpochResult(epoch, values[at], values[at + 1], values[at + 2])
        : new EpochResult(epoch, values[at], Double.NaN, Double.NaN);
  }
}
