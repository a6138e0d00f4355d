package io.rowwise;

import io.rowwise.backend.Backends;

/** What a bug report needs to know. */
public final class Rowwise {
  private Rowwise() {}

  /**
   * Some lines: this library's version, the platform, and for each backend on the class path the
   * device and the kernels chosen for it, or why it is not usable. Opens and closes every usable
   * backend, which takes a moment and some memory; throws nothing.
   */
  public static String describe() {
    String version = Rowwise.class.getPackage().getImplementationVersion();
    return "Rowwise %s on Java %s (%s), %s %s, %d processors, %d MiB of heap at most%n%s"
        .formatted(
            version == null ? "of no version, run from its classes" : version,
            System.getProperty("java.version"),
            System.getProperty("java.vendor"),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors(),
            Runtime.getRuntime().maxMemory() >> 20,
            Backends.describe());
  }
}
