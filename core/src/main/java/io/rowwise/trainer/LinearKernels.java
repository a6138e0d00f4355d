package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Targets;

/**
 * What samples compute of dense rows on the device, at parameters of (features + 1) x classes. Used
 * by one thread at a time; closed by whoever made it.
 */
final class LinearKernels implements AutoCloseable {
  private final Backend backend;
  private final LinearCrossEntropy crossEntropy;
  private final Evaluation evaluation;

  LinearKernels(Backend backend) {
    this.backend = backend;
    this.crossEntropy = backend.kernel(LinearCrossEntropy.TYPE);
    this.evaluation = backend.kernel(Evaluation.TYPE);
  }

  /** The mean cross-entropy of all rows, 1 x 1, and its gradient. */
  void crossEntropy(Matrix x, Targets targets, Matrix parameters, Matrix loss, Matrix gradient) {
    int features = x.columns();
    crossEntropy.apply(
        x,
        targets,
        parameters.rows(0, features),
        parameters.rows(features, features + 1),
        loss,
        gradient.rows(0, features),
        gradient.rows(features, features + 1));
  }

  /** The mean cross-entropy of all rows. */
  double crossEntropy(Matrix x, Targets targets, Matrix parameters) {
    int features = x.columns();
    try (Matrix lossAndAccuracy = backend.matrix(x.type(), 1, 2)) {
      evaluation.apply(
          x,
          targets,
          parameters.rows(0, features),
          parameters.rows(features, features + 1),
          lossAndAccuracy);
      return lossAndAccuracy.toDoubles()[0];
    }
  }

  /** The logits of all rows: rows x classes, row-major. */
  double[] logits(Matrix x, Matrix parameters) {
    int features = x.columns();
    try (Matrix logits = backend.matrix(x.type(), x.rows(), parameters.columns())) {
      backend.matmul(x, parameters.rows(0, features), logits);
      backend.add(logits, parameters.rows(features, features + 1), logits);
      return logits.toDoubles();
    }
  }

  @Override
  public void close() {
    crossEntropy.close();
    evaluation.close();
  }
}
