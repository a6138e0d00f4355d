package io.rowwise.backend;

import java.util.Locale;
import java.util.OptionalInt;

/**
 * What a program decides about a backend that it opens, before the system properties. Immutable.
 *
 * @param threads how many threads may work for one caller at once, itself included; empty for what
 *     the properties say. Devices that start no threads pass it over
 */
public record BackendOptions(OptionalInt threads) {
  private static final int MOST_THREADS = 1024;
  private static final BackendOptions DEFAULTS = new BackendOptions(OptionalInt.empty());

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public BackendOptions {
    if (threads.isPresent() && (threads.getAsInt() < 1 || threads.getAsInt() > MOST_THREADS)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "backend: %d threads, wanted 1 to %d",
              threads.getAsInt(),
              MOST_THREADS));
    }
  }

  /** Nothing decided. */
  public static BackendOptions defaults() {
    return DEFAULTS;
  }

  /** The same with a number of threads. */
  public BackendOptions threads(int count) {
    return new BackendOptions(OptionalInt.of(count));
  }
}
