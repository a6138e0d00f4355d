package io.rowwise.benchmarks.notebook;

import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import io.rowwise.dataset.OneHot;

/** The data set of a run, on the host: the rows to train on, and the others for validation. */
final class NotebookData {
  private final LabelledData all;
  private final LabelledData train;
  private final LabelledData valid;
  private final double[] trainTargets;
  private final double[] validTargets;

  /**
   * Makes it.
   *
   * @throws IllegalArgumentException if there is none of that shape
   */
  NotebookData(NotebookArguments arguments) {
    all =
        MakeClassification.defaults()
            .samples(arguments.samples())
            .features(arguments.features())
            .classes(arguments.classes())
            .informative(arguments.features() - 1)
            .redundant(0)
            .randomState(arguments.seed())
            .generate();
    LabelledData.Split split = all.split(arguments.train());
    train = split.train();
    valid = split.validation();
    trainTargets = OneHot.encode(train.labels(), arguments.classes());
    validTargets = OneHot.encode(valid.labels(), arguments.classes());
  }

  LabelledData all() {
    return all;
  }

  LabelledData train() {
    return train;
  }

  LabelledData valid() {
    return valid;
  }

  /** One-hot, row-major. */
  double[] trainTargets() {
    return trainTargets;
  }

  /** One-hot, row-major. */
  double[] validTargets() {
    return validTargets;
  }
}
