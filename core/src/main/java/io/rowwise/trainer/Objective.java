package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/**
 * A function of a matrix of parameters, with its gradient: all that a {@link Solver} sees. Used by
 * one thread at a time.
 */
public interface Objective {
  /** Where the parameters live. */
  Backend backend();

  /** The type of the parameters. */
  ElementType type();

  /** The rows of the parameters. */
  int rows();

  /** The columns of the parameters. */
  int columns();

  /**
   * How many of the first rows are penalised, or to be; those behind them are not, such as a bias.
   */
  default int penalisedRows() {
    return rows();
  }

  /**
   * Computes the value and the gradient.
   *
   * @param parameters rows x columns
   * @param gradient rows x columns; gets the derivative with respect to each parameter
   * @return the value
   */
  double evaluate(Matrix parameters, Matrix gradient);

  /**
   * Looks at the second derivatives at some parameters, for {@link #approximateNewton} from then
   * on. A solver asks at the start and now and then.
   *
   * @param parameters rows x columns
   * @param evaluations since it was asked last
   * @return whether it took another look, so that products of before are no longer the same
   */
  default boolean approximateAt(Matrix parameters, int evaluations) {
    return false;
  }

  /**
   * Multiplies a vector by a positive definite matrix that is near the inverse of the second
   * derivatives: what a solver starts from. Without knowledge, the identity.
   *
   * @param vector rows x columns
   * @param product rows x columns; overlaps nothing
   */
  default void approximateNewton(Matrix vector, Matrix product) {
    backend().copy(vector, product);
  }
}
