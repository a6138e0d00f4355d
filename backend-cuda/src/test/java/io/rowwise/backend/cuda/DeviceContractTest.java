package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.contract.BackendContract;
import java.util.OptionalInt;
import org.junit.jupiter.api.condition.EnabledIf;

/** The CUDA backend does on this machine's GPU what every backend must. */
@EnabledIf(value = "isUsable", disabledReason = "there is no usable NVIDIA GPU")
public final class DeviceContractTest extends BackendContract {
  static boolean isUsable() {
    try {
      new CudaBackendProvider().open(OptionalInt.empty()).close();
      return true;
    } catch (BackendUnavailableException e) {
      return false;
    }
  }

  @Override
  public Backend openBackend() {
    return new CudaBackendProvider().open(OptionalInt.empty());
  }
}
