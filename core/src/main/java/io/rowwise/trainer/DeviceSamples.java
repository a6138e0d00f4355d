package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;

/** Rows that lie on the device, all of them. */
final class DeviceSamples extends TargetedSamples {
  private final Matrix x;
  private final LinearKernels kernels;

  DeviceSamples(Backend backend, Matrix x, Targets targets, int classes) {
    super(backend, x.type(), x.rows(), x.columns(), targets, classes);
    this.x = x;
    this.kernels = new LinearKernels(backend);
  }

  @Override
  public void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient) {
    kernels.crossEntropy(x.rows(from, to), targets().rows(from, to), parameters, loss, gradient);
  }

  @Override
  public double crossEntropy(Matrix parameters) {
    return kernels.crossEntropy(x, targets(), parameters);
  }

  @Override
  public void addMoments(int from, int to, Matrix parameters, FeatureMoments moments) {
    moments.add(x.rows(from, to), targets().rows(from, to), parameters);
  }

  @Override
  public double[] logits(Matrix parameters) {
    return kernels.logits(x, parameters);
  }

  @Override
  public void close() {
    kernels.close();
  }
}
