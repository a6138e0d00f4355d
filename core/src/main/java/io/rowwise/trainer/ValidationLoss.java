package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Evaluation;

/** The mean cross-entropy of rows that are kept aside, without penalties. */
final class ValidationLoss implements AutoCloseable {
  private final Validation validation;
  private final Evaluation evaluation;
  private final Matrix result;
  private final double[] values = new double[2];

  ValidationLoss(Backend backend, Validation validation) {
    this.validation = validation;
    this.evaluation = backend.kernel(Evaluation.TYPE);
    this.result = backend.matrix(validation.x().type(), 1, 2);
  }

  /** At some parameters: (features + 1) x classes, the bias in the last row. */
  double at(Matrix parameters) {
    int features = parameters.rows() - 1;
    evaluation.apply(
        validation.x(),
        validation.targets(),
        parameters.rows(0, features),
        parameters.rows(features, features + 1),
        result);
    result.read(values);
    return values[0];
  }

  @Override
  public void close() {
    evaluation.close();
    result.close();
  }
}
