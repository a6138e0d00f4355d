package io.rowwise.dataset;

import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** scikit-learn's {@code sklearn.utils.random.sample_without_replacement}, method "auto". */
final class SampleWithoutReplacement {
  private SampleWithoutReplacement() {}

  /** Different numbers of 0 to {@code population - 1}, at most as many as there are. */
  static int[] draw(int population, int count, NumpyRandom random) {
    // The limits are scikit-learn's. They decide which random numbers are taken, not only the cost.
    double ratio = (double) count / population;
    if (ratio > 0.01 && ratio < 0.99) {
      return Arrays.copyOf(random.permutation(population), count);
    }
    return ratio < 0.2
        ? drawAgainIfTaken(population, count, random)
        : drawReplacements(population, count, random);
  }

  private static int[] drawAgainIfTaken(int population, int count, NumpyRandom random) {
    int[] sample = new int[count];
    Set<Integer> taken = new HashSet<>();
    for (int i = 0; i < count; i++) {
      do {
        sample[i] = random.randint(population);
      } while (!taken.add(sample[i]));
    }
    return sample;
  }

  /**
   * Reservoir sampling: starts with the first numbers, and lets each later one replace at random.
   */
  private static int[] drawReplacements(int population, int count, NumpyRandom random) {
    int[] sample = new int[count];
    for (int i = 0; i < population; i++) {
      int place = i < count ? i : random.randint(i + 1);
      if (place < count) {
        sample[place] = i;
      }
    }
    return sample;
  }
}
