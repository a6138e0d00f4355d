package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.contract.BackendContract;

/** The CPU backend does what every backend must. */
final class CpuBackendTest extends BackendContract {
  @Override
  public Backend openBackend() {
    return new CpuBackend(1);
  }
}
