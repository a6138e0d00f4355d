package io.rowwise.benchmarks.service;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.InterpretedCuda;
import java.util.List;
import java.util.OptionalInt;

/**
 * The CUDA backend on the interpreter, by the name {@code interpreted}, for those who ask for it:
 * two devices, of which the first one fails.
 */
public final class InterpretedCudaProvider implements BackendProvider {
  /** What is opened next; tests set when it fails. */
  static final InterpretedCuda CUDA = new InterpretedCuda();

  private static int failingCall = -1;
  private static int code;

  /** For core. */
  public InterpretedCudaProvider() {}

  /**
   * From now on the first device's call of that number fails after opening, counted from 1; -1 for
   * none.
   */
  static synchronized void failAt(int call, int withCode) {
    failingCall = call;
    code = withCode;
  }

  @Override
  public String name() {
    return "interpreted";
  }

  /** After the CPU, so that nobody gets it who has not asked for it. */
  @Override
  public int priority() {
    return -1;
  }

  @Override
  public Backend open(OptionalInt index) {
    int number = index.orElse(0);
    synchronized (InterpretedCudaProvider.class) {
      return CUDA.open(number, number == 0 ? failingCall : -1, code);
    }
  }

  @Override
  public OptionalInt number(String device) {
    return device.matches("GPU-[01]")
        ? OptionalInt.of(device.charAt(4) - '0')
        : OptionalInt.empty();
  }

  @Override
  public List<Device> devices() {
    return List.of(InterpretedCuda.device(name(), 0), InterpretedCuda.device(name(), 1));
  }
}
