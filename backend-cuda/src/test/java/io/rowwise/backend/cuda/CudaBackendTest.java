package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.contract.BackendContract;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import java.util.Map;

/** The CUDA backend does what every backend must, with its shipped kernels in the interpreter. */
final class CudaBackendTest extends BackendContract {
  @Override
  public Backend openBackend() {
    return new CudaBackend(
        new Device("cuda:0", "interpreter", 1L << 30, Map.of()), new InterpretedGpu());
  }
}
