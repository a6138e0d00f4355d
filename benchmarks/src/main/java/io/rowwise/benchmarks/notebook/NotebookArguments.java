package io.rowwise.benchmarks.notebook;

import io.rowwise.backend.ElementType;
import java.util.Locale;

/**
 * What the run is asked to do. The defaults of {@link Notebook}'s options are the notebook's.
 *
 * @param samples rows of the data set
 * @param features columns of the data set; all but one are informative
 * @param classes how many
 * @param train rows to train on; the others are for validation
 * @param epochs passes over the training rows
 * @param learningRate of the gradient descent
 * @param batch rows of a mini-batch
 * @param seed of {@code make_classification} and of PyTorch's generator
 * @param type of everything computed
 */
record NotebookArguments(
    int samples,
    int features,
    int classes,
    int train,
    int epochs,
    double learningRate,
    int batch,
    int seed,
    ElementType type) {
  NotebookArguments {
    requireAtLeast("--features", features, 2);
    requireAtLeast("--classes", classes, 2);
    requireAtLeast("--train", train, 1);
    requireAtLeast("--epochs", epochs, 1);
    requireAtLeast("--batch", batch, 1);
    requireAtLeast("--seed", seed, 0);
    if (samples <= train) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--samples is %d and --train %d; wanted more samples, the rest is for validation",
              samples,
              train));
    }
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "--learning-rate is %s, wanted a positive number".formatted(learningRate));
    }
  }

  private static void requireAtLeast(String option, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s is %d, wanted at least %d", option, value, least));
    }
  }
}
