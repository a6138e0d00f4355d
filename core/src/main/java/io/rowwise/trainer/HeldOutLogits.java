package io.rowwise.trainer;

import io.rowwise.backend.Matrix;
import io.rowwise.metric.ConformalThreshold;

/** The logits of rows that are kept aside, on the host, for what is fitted after the training. */
final class HeldOutLogits {
  private final int classes;
  private final double[] logits;
  private final int[] labels;
  private final double[] weights;

  /** At some parameters: (features + 1) x classes, the bias in the last row. */
  HeldOutLogits(Samples samples, Matrix parameters) {
    this.classes = samples.classes();
    this.logits = samples.logits(parameters);
    this.labels = samples.labels();
    this.weights = samples.weights();
  }

  Temperature temperature() {
    return Temperature.of(logits, classes, labels, weights);
  }

  /** Of the probabilities with a temperature. */
  ConformalThreshold conformalThreshold(double coverage, double temperature) {
    double[] probabilities = new double[logits.length];
    for (int at = 0; at < logits.length; at += classes) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int j = at; j < at + classes; j++) {
        largest = Math.max(largest, logits[j]);
      }
      double sum = 0;
      for (int j = at; j < at + classes; j++) {
        probabilities[j] = Math.exp((logits[j] - largest) / temperature);
        sum += probabilities[j];
      }
      for (int j = at; j < at + classes; j++) {
        probabilities[j] /= sum;
      }
    }
    return ConformalThreshold.of(probabilities, classes, labels, coverage);
  }
}
