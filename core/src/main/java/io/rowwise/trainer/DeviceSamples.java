package io.rowwise.trainer;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Targets;
import java.util.Arrays;
import java.util.Objects;

/** Rows that lie on the device, all of them. */
final class DeviceSamples implements Samples {
  private final Backend backend;
  private final Matrix x;
  private final Targets targets;
  private final int classes;
  private final LinearCrossEntropy crossEntropy;
  private final Evaluation evaluation;

  DeviceSamples(Backend backend, Matrix x, Targets targets, int classes) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.x = Objects.requireNonNull(x, "x");
    this.targets = Objects.requireNonNull(targets, "targets");
    this.classes = classes;
    Arguments.requireSome("samples", "x", "rows", x.rows());
    Arguments.requireSome("samples", "targets", "classes", classes);
    targets.require("samples", backend, x.type(), x.rows(), classes);
    this.crossEntropy = backend.kernel(LinearCrossEntropy.TYPE);
    this.evaluation = backend.kernel(Evaluation.TYPE);
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public ElementType type() {
    return x.type();
  }

  @Override
  public int count() {
    return x.rows();
  }

  @Override
  public int features() {
    return x.columns();
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    int features = x.columns();
    crossEntropy.apply(
        x.rows(from, to),
        targets.rows(from, to),
        parameters.rows(0, features),
        parameters.rows(features, features + 1),
        loss,
        gradient.rows(0, features),
        gradient.rows(features, features + 1));
  }

  @Override
  public double crossEntropy(Matrix parameters) {
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

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    moments.add(x.rows(from, to), targets.rows(from, to), parameters);
  }

  @Override
  public double[] logits(Matrix parameters) {
    int features = x.columns();
    try (Matrix logits = backend.matrix(x.type(), x.rows(), classes)) {
      backend.matmul(x, parameters.rows(0, features), logits);
      backend.add(logits, parameters.rows(features, features + 1), logits);
      return logits.toDoubles();
    }
  }

  @Override
  public int[] labels() {
    return Arrays.stream(targets.values().toDoubles()).mapToInt(label -> (int) label).toArray();
  }

  @Override
  public double[] weights() {
    return targets.hasWeights() ? targets.weights().toDoubles() : null;
  }

  @Override
  public void close() {
    crossEntropy.close();
    evaluation.close();
  }
}
