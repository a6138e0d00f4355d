package io.rowwise.trainer;

import io.rowwise.backend.Matrix;

/** An objective that is a mean over rows, and can be computed from some of them. */
public interface RowObjective extends Objective {
  /** How many rows there are. */
  int samples();

  /**
   * Computes the value and the gradient of some rows alone, penalties included.
   *
   * @param from the first row
   * @param to the row behind the last
   * @param parameters rows x columns
   * @param gradient rows x columns; gets the derivative with respect to each parameter
   * @return the value
   */
  double evaluate(int from, int to, Matrix parameters, Matrix gradient);

  /**
   * The same, where the value stays on the device, so that nobody waits for it.
   *
   * @param value 1 x 1
   */
  default void evaluate(int from, int to, Matrix parameters, Matrix gradient, Matrix value) {
    backend().fill(evaluate(from, to, parameters, gradient), value);
  }
}
