package io.rowwise.predictor;

/** What predicts rows. */
interface Computation {
  /** Writes the rows' probabilities, or throws. */
  void compute(Rows rows);
}
