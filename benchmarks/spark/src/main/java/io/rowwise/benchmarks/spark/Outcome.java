package io.rowwise.benchmarks.spark;

/** What came of a fit. Its arrays are its callers' to look at. */
final class Outcome {
  final double seconds;
  final double[] history;
  final double[] weights;
  final double[] bias;

  /**
   * Puts it together.
   *
   * @param seconds of the call of fit
   * @param history the objective at the start and after each iteration
   * @param weights features x classes
   */
  Outcome(double seconds, double[] history, double[] weights, double[] bias) {
    this.seconds = seconds;
    this.history = history;
    this.weights = weights;
    this.bias = bias;
  }

  int iterations() {
    return history.length - 1;
  }

  double objective() {
    return history[history.length - 1];
  }
}
