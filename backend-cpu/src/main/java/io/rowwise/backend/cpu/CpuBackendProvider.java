package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import java.util.OptionalInt;

/** Finds the CPU, wherever ND4J has native libraries for the platform. */
public final class CpuBackendProvider implements BackendProvider {
  /** Costs nothing; {@link #open} loads ND4J. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Backend open(OptionalInt index) {
    if (index.isPresent() && index.getAsInt() != 0) {
      throw new BackendUnavailableException(
          "there is one CPU, cpu; its cores are not chosen by number");
    }
    try {
      return new CpuBackend();
    } catch (LinkageError | RuntimeException e) {
      throw new BackendUnavailableException(
          "ND4J did not start on %s %s (%s); add nd4j-native with the classifier of this platform"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), rootOf(e)),
          e);
    }
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
