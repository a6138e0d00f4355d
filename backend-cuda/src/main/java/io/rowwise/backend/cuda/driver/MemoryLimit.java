package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.Settings;

/**
 * How much of a device's memory the backend may take: {@code -Drowwise.cuda.memory=}.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class MemoryLimit {
  public static final String PROPERTY = "rowwise.cuda.memory";

  private MemoryLimit() {}

  /**
   * The limit in bytes.
   *
   * @param whole the device's memory, the limit where the property says nothing or more
   * @throws IllegalArgumentException if the property is not a size
   */
  public static long of(long whole) {
    return Math.min(whole, Settings.bytes(PROPERTY).orElse(whole));
  }
}
