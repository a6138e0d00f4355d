package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.trainer.StreamTrainingContract;

/** On the CPU, where mapped rows are computed on as they are. */
public final class CpuStreamTrainingTest extends StreamTrainingContract {
  @Override
  protected Backend open() {
    return new CpuBackend(2);
  }
}
