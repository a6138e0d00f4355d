package io.rowwise.trainer;

import io.rowwise.backend.Matrix;

/** What a stochastic solver makes of the gradient of a batch, with its memory of earlier ones. */
interface UpdateRule extends AutoCloseable {
  /**
   * Takes a step.
   *
   * @param parameters become others
   * @param gradient of a batch; stays as it is
   * @param rate the learning rate
   */
  void update(Matrix parameters, Matrix gradient, double rate);

  @Override
  void close();
}
