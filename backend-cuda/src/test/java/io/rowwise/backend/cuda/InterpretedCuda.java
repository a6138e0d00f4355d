package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.context.CudaModules;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.FailingGpu;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.interpreter.PtxModule;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The CUDA backend with its kernels in the interpreter, for the tests of other modules. */
public final class InterpretedCuda {
  /** The driver's error for a device without memory. */
  public static final int OUT_OF_MEMORY = DriverException.OUT_OF_MEMORY;

  /** An error after which a device does nothing any more. */
  public static final int ILLEGAL_ADDRESS = 700;

  private final Map<String, PtxModule> parsed = new ConcurrentHashMap<>();
  private final Map<Integer, InterpretedGpu> gpus = new ConcurrentHashMap<>();
  private final Map<Integer, FailingGpu> failing = new ConcurrentHashMap<>();

  /** None is open yet. */
  public InterpretedCuda() {}

  /** What a device is called. */
  public static Device device(String provider, int number) {
    return new Device(provider + ":" + number, "interpreter", 1L << 30, Map.of());
  }

  /**
   * Opens the device of that number; the caller closes it. Each one at a time.
   *
   * @param failingCall the number of the driver's call that fails, counted from 1, or -1
   * @param code the driver's error
   */
  public Backend open(int number, int failingCall, int code) {
    InterpretedGpu gpu = new InterpretedGpu(parsed);
    FailingGpu calls = new FailingGpu(gpu, failingCall, code);
    gpus.put(number, gpu);
    failing.put(number, calls);
    return CudaBackendProvider.open(device("cuda", number), CudaModules.PTX_ONLY, calls::proxy);
  }

  /** How many calls of a device's driver there were, those that give back not counted. */
  public int calls(int number) {
    return failing.get(number).calls();
  }

  /** Whether all memory, streams and recordings of a device were given back. */
  public boolean holdsNothing(int number) {
    return gpus.get(number).holdsNothing();
  }
}
