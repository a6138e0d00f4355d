package io.rowwise.backend.cuda.jcuda;

import io.rowwise.backend.cuda.library.Binding;
import java.nio.file.Path;
import java.util.Optional;

/** Loads libraries for the classes of this class loader. */
final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * Loads one of JCuda's libraries, before JCuda's own class initialiser does it. When loading
   * fails there, it goes on with a file of a fixed name in the shared temp directory, whoever may
   * have put it there, and when that fails too it throws a page of stack traces. Loaded here first,
   * it finds it loaded.
   *
   * @throws UnsatisfiedLinkError if it does not load; the first line says why
   */
  static void load(String library) {
    System.loadLibrary(library);
  }

  /** Loads a binding with what it needs; returns why it does not load, if it does not. */
  static Optional<String> load(Binding binding) {
    if (binding.missing() != null) {
      return Optional.of(binding.missing());
    }
    StringBuilder failures = new StringBuilder();
    for (Path file : binding.preload()) {
      try {
        System.load(file.toString());
      } catch (UnsatisfiedLinkError e) {
        // The program may have loaded it itself, which is as good.
        failures.append("; ").append(firstLine(e));
      }
    }
    try {
      load(binding.library());
      return Optional.empty();
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(
          "%s does not load: %s%s".formatted(binding.library(), firstLine(e), failures));
    }
  }

  private static String firstLine(UnsatisfiedLinkError error) {
    return String.valueOf(error.getMessage()).lines().findFirst().orElse("");
  }
}
