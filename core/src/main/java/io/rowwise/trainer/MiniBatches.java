package io.rowwise.trainer;

import java.util.Locale;
import java.util.Objects;

/**
 * How often a stochastic solver goes over the rows, in which pieces, and with which steps.
 *
 * <p>Where rows have weights, the mean of a batch is that of its own rows, as with PyTorch's {@code
 * CrossEntropyLoss}; a batch whose rows all weigh 0 has none, so that such rows are to be left out.
 *
 * <p>A batch is a run of consecutive rows, the last may have fewer; each epoch takes the batches in
 * an order of its own, that of NumPy's {@code RandomState(seed)}, which gives one {@code
 * permutation(batches)} an epoch. The rows themselves stay where they are: whoever makes the
 * matrices shuffles them once.
 *
 * @param epochs at least 1
 * @param batchRows at least 1; as many as there are, or more, for all rows at once
 * @param learningRate above 0
 * @param schedule what becomes of the learning rate from epoch to epoch
 * @param seed 0 to 4294967295
 */
public record MiniBatches(
    int epochs, int batchRows, double learningRate, LearningRateSchedule schedule, long seed) {
  private static final long LARGEST_SEED = 0xFFFF_FFFFL;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public MiniBatches {
    requireAtLeastOne("epochs", epochs);
    requireAtLeastOne("rows a batch", batchRows);
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "mini-batches: the learning rate is %s, wanted a finite number above 0"
              .formatted(learningRate));
    }
    Objects.requireNonNull(schedule, "schedule");
    if (seed < 0 || seed > LARGEST_SEED) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "mini-batches: the seed is %d, wanted 0 to %d", seed, LARGEST_SEED));
    }
  }

  private static void requireAtLeastOne(String what, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "mini-batches: %d %s, wanted at least 1", count, what));
    }
  }

  /** The same with another {@link #epochs()}. */
  public MiniBatches epochs(int count) {
    return new MiniBatches(count, batchRows, learningRate, schedule, seed);
  }

  /** The same with another {@link #batchRows()}. */
  public MiniBatches batchRows(int count) {
    return new MiniBatches(epochs, count, learningRate, schedule, seed);
  }

  /** The same with another {@link #learningRate()}. */
  public MiniBatches learningRate(double rate) {
    return new MiniBatches(epochs, batchRows, rate, schedule, seed);
  }

  /** The same with another {@link #schedule()}. */
  public MiniBatches schedule(LearningRateSchedule newSchedule) {
    return new MiniBatches(epochs, batchRows, learningRate, newSchedule, seed);
  }

  /** The same with another {@link #seed()}. */
  public MiniBatches seed(long newSeed) {
    return new MiniBatches(epochs, batchRows, learningRate, schedule, newSeed);
  }
}
