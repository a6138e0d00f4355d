package io.rowwise.benchmarks.contender;

/** What is done with rows of logits. */
public enum RowOperation {
  /** Each row's probabilities. */
  SOFTMAX,
  /** Their logarithms. */
  LOG_SOFTMAX,
  /** The mean cross-entropy with one-hot targets. */
  CROSS_ENTROPY,
  /** Its gradient with respect to the logits. */
  GRADIENT,
  /** No arithmetic: what moving the bytes takes. */
  COPY
}
