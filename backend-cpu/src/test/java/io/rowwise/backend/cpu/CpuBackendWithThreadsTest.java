package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.contract.BackendContract;

/** With helpers it does the same, also where little is shared among them. */
final class CpuBackendWithThreadsTest extends BackendContract {
  @Override
  public Backend openBackend() {
    return new CpuBackend(new Workers(3, 0, 0));
  }
}
