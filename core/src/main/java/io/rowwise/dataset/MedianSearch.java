package io.rowwise.dataset;

import java.util.Arrays;

/**
 * Finds the median of numbers that are seen several times, and keeps none of them: each reading
 * counts how many are in each of some ranges, and the next one looks at the range with the middle
 * alone, from the smallest number in it to the largest. Where few numbers are different it is found
 * at once, and after as many readings as it has bits at the latest.
 *
 * <p>Numbers are in the order of {@link Double#compare}: -0.0 is before 0.0. Not thread-safe.
 */
final class MedianSearch {
  /** How many numbers there are in the reading; then, in the range that is looked at. */
  private long count;

  /** The keys between which the middle ones are. */
  private long least = Long.MAX_VALUE;

  private long greatest = Long.MIN_VALUE;

  /** The places of the two middle ones among those in the range; one twice if they are odd. */
  private long lowerPlace;

  private long upperPlace;

  /** Of each part of the range; null in the first reading. */
  private long[] counts;

  private long[] leastOfPart;
  private long[] greatestOfPart;
  private int shift;

  private boolean isFound;
  private double median = Double.NaN;

  /** Adds a number that is not NaN. */
  void add(double value) {
    long key = keyOrBits(Double.doubleToRawLongBits(value));
    if (counts == null) {
      count++;
      least = Math.min(least, key);
      greatest = Math.max(greatest, key);
    } else if (key >= least && key <= greatest) {
      int part = (int) ((key - least) >>> shift);
      counts[part]++;
      leastOfPart[part] = Math.min(leastOfPart[part], key);
      greatestOfPart[part] = Math.max(greatestOfPart[part], key);
    }
  }

  /** A key in the order of the numbers for the bits of a number, and the other way round. */
  private static long keyOrBits(long either) {
    return either ^ (either >> (Long.SIZE - 1) & Long.MAX_VALUE);
  }

  /**
   * All numbers were added once more.
   *
   * @throws IllegalArgumentException if they were not those of the reading before
   */
  void endReading() {
    if (isFound) {
      return;
    }
    if (counts == null) {
      lowerPlace = (count - 1) / 2;
      upperPlace = count / 2;
    } else {
      narrow();
    }
    if (count == 0) {
      isFound = true;
    } else if (!isFound && least == greatest) {
      find(least, least);
    }
  }

  private void narrow() {
    long total = 0;
    for (long ofPart : counts) {
      total += ofPart;
    }
    if (total != count) {
      throw new IllegalArgumentException(
          "TableEncoding: the rows were not those that were added before, wanted the same for the"
              + " medians");
    }
    int part = 0;
    long before = 0;
    while (before + counts[part] <= lowerPlace) {
      before += counts[part++];
    }
    if (upperPlace < before + counts[part]) {
      lowerPlace -= before;
      upperPlace -= before;
      count = counts[part];
      least = leastOfPart[part];
      greatest = greatestOfPart[part];
      return;
    }
    // The upper one is the first behind this part.
    int next = part + 1;
    while (counts[next] == 0) {
      next++;
    }
    find(greatestOfPart[part], leastOfPart[next]);
  }

  private void find(long lowerKey, long upperKey) {
    double lower = Double.longBitsToDouble(keyOrBits(lowerKey));
    double upper = Double.longBitsToDouble(keyOrBits(upperKey));
    // Halved first, for the sum of two large ones is infinite.
    median = lower == upper ? lower : lower / 2 + upper / 2;
    isFound = true;
    counts = null;
    leastOfPart = null;
    greatestOfPart = null;
  }

  /** Whether the numbers need not be added again. */
  boolean isFound() {
    return isFound;
  }

  /**
   * All numbers will be added once more.
   *
   * @param mostParts that are counted apart, at least 2
   */
  void beginReading(int mostParts) {
    long width = greatest - least; // Without a sign.
    int bits = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(mostParts);
    shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(width) - bits);
    int parts = (int) (width >>> shift) + 1;
    counts = new long[parts];
    leastOfPart = new long[parts];
    greatestOfPart = new long[parts];
    Arrays.fill(leastOfPart, Long.MAX_VALUE);
    Arrays.fill(greatestOfPart, Long.MIN_VALUE);
  }

  /** NaN if there are no numbers. */
  double median() {
    return median;
  }
}
