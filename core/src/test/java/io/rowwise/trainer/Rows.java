package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import io.rowwise.random.NumpyRandom;

/** A few rows on a backend for tests of solvers, with their targets. */
final class Rows implements AutoCloseable {
  final Matrix x;
  final Matrix labels;
  final Matrix weights;
  final int classes;

  Rows(Backend backend, ElementType type, double[][] x, double[] labels, double[] weights) {
    int features = x[0].length;
    double[] all = new double[x.length * features];
    for (int i = 0; i < x.length; i++) {
      System.arraycopy(x[i], 0, all, i * features, features);
    }
    double largest = 0;
    for (double label : labels) {
      largest = Math.max(largest, label);
    }
    this.classes = (int) largest + 1;
    this.x = backend.matrix(type, x.length, features, all);
    this.labels = backend.matrix(type, x.length, 1, labels);
    this.weights = weights == null ? null : backend.matrix(type, x.length, 1, weights);
  }

  /** Normal rows around a centre of their class, not separable. */
  static Rows random(
      Backend backend, ElementType type, int rows, int features, int classes, long seed) {
    NumpyRandom random = new NumpyRandom(seed);
    double[][] x = new double[rows][features];
    double[] labels = new double[rows];
    for (int i = 0; i < rows; i++) {
      random.standardNormal(x[i]);
      labels[i] = i % classes;
      x[i][(i % classes) % features] += 1;
    }
    return new Rows(backend, type, x, labels, null);
  }

  Targets targets() {
    Targets targets = Targets.ofClasses(labels);
    return weights == null ? targets : targets.weights(weights);
  }

  Samples samples(Backend backend) {
    return Samples.of(backend, x, targets(), classes);
  }

  SoftmaxObjective objective(Backend backend, double penalty) {
    return new SoftmaxObjective(backend, x, targets(), classes, penalty);
  }

  /** Zeros of the shape of the parameters. */
  Matrix parameters(Backend backend) {
    return backend.matrix(x.type(), x.columns() + 1, classes);
  }

  @Override
  public void close() {
    x.close();
    labels.close();
    if (weights != null) {
      weights.close();
    }
  }
}
