package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import java.util.OptionalInt;

/**
 * NVIDIA GPUs, by the name {@code cuda}. {@code -Drowwise.cuda=off} switches them off; nothing
 * native is loaded then.
 *
 * <p>Safe for use by many threads.
 */
public final class CudaBackendProvider implements BackendProvider {
  /** The system property that switches this backend off when it is {@code off}. */
  public static final String SWITCH_PROPERTY = "rowwise.cuda";

  /** Touches no native code. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int priority() {
    return 100;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if {@code -Drowwise.cuda} is neither {@code on} nor {@code
   *     off}
   */
  @Override
  public Backend open(OptionalInt index) {
    requireSwitchedOn();
    Device device = new DeviceSearch(DriverLoader.driver()).find(index);
    throw new BackendUnavailableException(
        "this version has not been run on a GPU yet and does not compute on one (the device found"
            + " is "
            + device
            + ")");
  }

  private static void requireSwitchedOn() {
    String position = System.getProperty(SWITCH_PROPERTY, "on");
    if (position.equals("off")) {
      throw new BackendUnavailableException("switched off by -D" + SWITCH_PROPERTY + "=off");
    }
    if (!position.equals("on")) {
      throw new IllegalArgumentException(
          "-D%s=%s: choose on or off".formatted(SWITCH_PROPERTY, position));
    }
  }
}
