package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.context.CudaModules;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.FailingGpu;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.interpreter.PtxModule;
import java.util.HashMap;
import java.util.Map;

/** The CUDA backend with its kernels in the interpreter, for the tests of other modules. */
public final class InterpretedCuda {
  /** The driver's error for a device without memory. */
  public static final int OUT_OF_MEMORY = DriverException.OUT_OF_MEMORY;

  /** An error after which a device does nothing any more. */
  public static final int ILLEGAL_ADDRESS = 700;

  private final Map<String, PtxModule> parsed = new HashMap<>();
  private InterpretedGpu gpu;
  private FailingGpu failing;

  /** None is open yet. */
  public InterpretedCuda() {}

  /**
   * Opens a device; the caller closes it. One at a time.
   *
   * @param failingCall the number of the driver's call that fails, counted from 1, or -1
   * @param code the driver's error
   */
  public Backend open(int failingCall, int code) {
    gpu = new InterpretedGpu(parsed);
    failing = new FailingGpu(gpu, failingCall, code);
    return CudaBackendProvider.open(
        new Device("cuda:0", "interpreter", 1L << 30, Map.of()),
        CudaModules.PTX_ONLY,
        failing::proxy);
  }

  /** How many calls of the driver there were, those that give back not counted. */
  public int calls() {
    return failing.calls();
  }

  /** Whether all memory, streams and recordings were given back. */
  public boolean holdsNothing() {
    return gpu.holdsNothing();
  }
}
