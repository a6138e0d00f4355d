package io.rowwise.backend.contract;

import io.rowwise.backend.Backend;

/** The reference backend passes the contract. */
final class ReferenceBackendTest extends BackendContract {
  @Override
  public Backend openBackend() {
    return new ReferenceBackend();
  }

  /** It has no fused softmax: the composition's bound. */
  @Override
  public double softmaxUlps(double distanceFromMax, int classes) {
    return 4 + distanceFromMax;
  }

  /** The composition's bound, as well. */
  @Override
  public double rmsNormUlps(double logarithm, int columns) {
    return 5 + sumUlps(columns) / 2 + 2 * Math.abs(logarithm);
  }

  /** Its sums are long and rounded once. */
  @Override
  public double sumUlps(int terms) {
    return 1;
  }
}
