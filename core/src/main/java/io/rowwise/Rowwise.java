package io.rowwise;

import io.rowwise.backend.Backends;
import java.util.Locale;
import java.util.Optional;

/** What a bug report needs to know. */
public final class Rowwise {
  private Rowwise() {}

  /** This library's version; empty if it is run from its classes rather than from its jar. */
  public static Optional<String> version() {
    return Optional.ofNullable(Rowwise.class.getPackage().getImplementationVersion());
  }

  /**
   * Some lines: this library's version, the platform, and for each backend on the class path the
   * device and the kernels chosen for it, or why it is not usable. Opens and closes every usable
   * backend, which takes a moment and some memory; throws nothing.
   */
  public static String describe() {
    return String.format(
        Locale.ROOT,
        "Rowwise %s on Java %s (%s), %s %s, %d processors, %d MiB of heap at most%n%s",
        version().orElse("of no version, run from its classes"),
        System.getProperty("java.version"),
        System.getProperty("java.vendor"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20,
        Backends.describe());
  }
}
