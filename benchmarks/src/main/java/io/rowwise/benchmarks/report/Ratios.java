package io.rowwise.benchmarks.report;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How many times faster one is than another, round by round: what was measured in the same quarter
 * of an hour is compared, and all of that is summed up.
 *
 * @param sorted of each round, the smallest first; at least one
 */
record Ratios(List<Double> sorted) {
  /** Of times of the same rounds, {@code theirs / ours}. */
  static Ratios of(List<Double> theirs, List<Double> ours) {
    int rounds = Math.min(theirs.size(), ours.size());
    return new Ratios(
        IntStream.range(0, rounds)
            .mapToObj(round -> theirs.get(round) / ours.get(round))
            .sorted()
            .toList());
  }

  double median() {
    return Measurement.median(sorted);
  }

  /** The median, and the range where there was more than one round: {@code 2.51 (2.31 to 2.70)}. */
  String inWords(String around) {
    String median = around + Measurement.threeDigits(median()) + around;
    if (sorted.size() == 1) {
      return median;
    }
    return median
        + " (%s to %s)"
            .formatted(
                Measurement.threeDigits(sorted.get(0)),
                Measurement.threeDigits(sorted.get(sorted.size() - 1)));
  }
}
