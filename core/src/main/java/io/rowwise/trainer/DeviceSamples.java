package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Targets;

/** Rows that lie on the device, all of them. */
final class DeviceSamples extends TargetedSamples {
  private final Matrix x;
  private final LinearCrossEntropy crossEntropy;
  private final Evaluation evaluation;

  DeviceSamples(Backend backend, Matrix x, Targets targets, int classes) {
    super(backend, x.type(), x.rows(), x.columns(), targets, classes);
    this.x = x;
    this.crossEntropy = backend.kernel(LinearCrossEntropy.TYPE);
    this.evaluation = backend.kernel(Evaluation.TYPE);
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    int features = features();
    crossEntropy.apply(
        x.rows(from, to),
        targets().rows(from, to),
        parameters.rows(0, features),
        parameters.rows(features, features + 1),
        loss,
        gradient.rows(0, features),
        gradient.rows(features, features + 1));
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    int features = features();
    try (Matrix lossAndAccuracy = backend().matrix(type(), 1, 2)) {
      evaluation.apply(
          x,
          targets(),
          parameters.rows(0, features),
          parameters.rows(features, features + 1),
          lossAndAccuracy);
      return lossAndAccuracy.toDoubles()[0];
    }
  }

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    moments.add(x.rows(from, to), targets().rows(from, to), parameters);
  }

  @Override
  public double[] logits(Matrix parameters) {
    int features = features();
    try (Matrix logits = backend().matrix(type(), x.rows(), classes())) {
      backend().matmul(x, parameters.rows(0, features), logits);
      backend().add(logits, parameters.rows(features, features + 1), logits);
      return logits.toDoubles();
    }
  }

  @Override
  public void close() {
    crossEntropy.close();
    evaluation.close();
  }
}
