package io.rowwise.benchmarks.gpu;

/**
 * A ratio of two measured times that is to be reached: {@code other / ours}.
 *
 * @param claim what it says, for people
 * @param other what is compared with
 * @param ours what is to be fast
 * @param least the ratio wanted
 */
record Aim(String claim, Measured other, Measured ours, double least) {
  /**
   * Which measurement.
   *
   * @param name its name
   * @param parameters what is said of its parameters: {@code type=float32,columns=256}
   */
  record Measured(String name, String parameters) {}
}
