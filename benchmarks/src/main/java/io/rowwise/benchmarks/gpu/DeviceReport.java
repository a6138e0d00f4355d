package io.rowwise.benchmarks.gpu;

import io.rowwise.Rowwise;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;

/** Prints what Rowwise finds on this machine, and tells whether it is what was asked for. */
public final class DeviceReport {
  /** The exit status where the backend is not usable. */
  static final int UNUSABLE = 3;

  private DeviceReport() {}

  /**
   * The command.
   *
   * @param arguments the backend, {@code cuda} for one
   */
  public static void main(String[] arguments) {
    try {
      Backends.choose(arguments[0], false).backend().close();
    } catch (BackendUnavailableException e) {
      System.err.println(e.getMessage());
      System.exit(UNUSABLE);
    }
    System.out.println(Rowwise.describe());
  }
}
