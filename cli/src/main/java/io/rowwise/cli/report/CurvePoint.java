package io.rowwise.cli.report;

import java.util.OptionalDouble;

/**
 * One point of the training's curve. Immutable.
 *
 * @param iteration which one, in increasing order
 * @param objective what is made small, after it; it is not drawn where it is not finite
 * @param validationLoss the loss on rows that are not trained on, if it was computed
 */
public record CurvePoint(int iteration, double objective, OptionalDouble validationLoss) {
  /** Without a validation loss. */
  public CurvePoint(int iteration, double objective) {
    this(iteration, objective, OptionalDouble.empty());
  }
}
