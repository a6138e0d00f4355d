package io.rowwise;

import io.rowwise.backend.Backends;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/** What a bug report needs to know. */
public final class Rowwise {
  // Not from the manifest, which in a jar with everything in it is the program's.
  private static final String VERSION_FILE = "version.properties";

  private Rowwise() {}

  /**
   * This library's version: {@code 0.1.0}, or {@code 0.1.0-SNAPSHOT} before that release. Empty if
   * it is run from classes that Maven has not built.
   */
  public static Optional<String> version() {
    return built("version");
  }

  /** The commit that this library was built from, if whoever built it said so. */
  public static Optional<String> commit() {
    return built("commit");
  }

  private static Optional<String> built(String key) {
    Properties properties = new Properties();
    try (InputStream in = Rowwise.class.getResourceAsStream(VERSION_FILE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      // As if it were not there: nothing depends on it.
      properties.clear();
    }
    return Optional.ofNullable(properties.getProperty(key))
        // What Maven was to fill in.
        .filter(value -> !value.isBlank() && !value.startsWith("${"));
  }

  /**
   * Some lines: this library's version, the platform, and for each backend on the class path the
   * device and the kernels chosen for it, or why it is not usable. Opens and closes every usable
   * backend, which takes a moment and some memory; throws nothing, whatever a backend does.
   */
  public static String describe() {
    return String.format(
        Locale.ROOT,
        "Rowwise %s%s on Java %s (%s), %s %s, %d processors, %d MiB of heap at most%n%s",
        version().orElse("of no version, run from its classes"),
        commit().map(commit -> " of commit " + commit).orElse(""),
        System.getProperty("java.version"),
        System.getProperty("java.vendor"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20,
        Backends.describe());
  }
}
