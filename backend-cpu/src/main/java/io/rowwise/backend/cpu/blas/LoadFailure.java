package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.BackendUnavailableException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * Why OpenBLAS did not load, in a line that says what helps.
 *
 * @param reason what is wrong
 * @param remedy what helps
 * @param mayWorkElsewhere whether it is about the directory
 * @param cause what was thrown
 */
record LoadFailure(String reason, String remedy, boolean mayWorkElsewhere, Throwable cause) {
  private static final String ANOTHER_DIRECTORY =
      String.join("", "name another directory with -D", OpenBlasLoader.DIRECTORY, "=...");

  /**
   * Of loading from a directory.
   *
   * @param before why another directory was of no use; null if there is none
   */
  static LoadFailure in(Path directory, Throwable thrown, LoadFailure before) {
    LoadFailure failure = of(directory, thrown);
    if (before == null) {
      return failure;
    }
    failure.cause.addSuppressed(before.cause);
    return before.reason.equals(failure.reason)
        ? failure
        : new LoadFailure(
            String.join("", before.reason, ", and ", failure.reason),
            failure.remedy,
            failure.mayWorkElsewhere,
            failure.cause);
  }

  private static LoadFailure of(Path directory, Throwable thrown) {
    String text = String.valueOf(thrown.getMessage());
    if (thrown instanceof IOException) {
      if (text.contains("No space left on device") || text.contains("Disk quota exceeded")) {
        return new LoadFailure(
            "there is no space left in " + directory + " for 35 MB of native libraries",
            "free some, or " + ANOTHER_DIRECTORY,
            true,
            thrown);
      }
      return new LoadFailure(
          "native libraries cannot be put into " + directory + " (" + said(thrown) + ")",
          ANOTHER_DIRECTORY,
          true,
          thrown);
    }
    if (thrown.getCause() instanceof RuntimeException && text.contains("native access")) {
      return new LoadFailure(
          "this JVM denies native access",
          "start it with --enable-native-access=ALL-UNNAMED",
          false,
          thrown);
    }
    if (text.contains("failed to map segment") || text.contains("ermission denied")) {
      return text.contains("Cannot allocate memory")
          ? new LoadFailure(
              "the process has no memory left for the library",
              "raise its limit of address space (ulimit -v) or of memory",
              false,
              thrown)
          : new LoadFailure(
              "code from " + directory + " must not be run (is it mounted with noexec?)",
              ANOTHER_DIRECTORY,
              true,
              thrown);
    }
    return ofLinking(text, thrown);
  }

  private static LoadFailure ofLinking(String text, Throwable thrown) {
    String remedy;
    if (text.contains("relocating")
        || text.contains("ld-linux")
        || text.contains("Error loading")) {
      remedy = "it needs the GNU C library, which Alpine and others with musl do not have";
    } else if (text.contains("libstdc++")) {
      remedy = "install the C++ library of GCC (libstdc++6, libstdc++)";
    } else if (text.contains("GLIBC")) {
      remedy = "the system's C or C++ library is older than OpenBLAS needs";
    } else if (text.contains("cannot open shared object file")) {
      remedy = "install that library";
    } else {
      remedy =
          String.join(
              "",
              "take org.bytedeco:openblas in the version that Rowwise was built with, or JavaCPP's"
                  + " own classes with -D",
              OpenBlasLoader.WHOSE,
              "=shared");
    }
    return new LoadFailure(text, remedy, false, thrown);
  }

  /** Of loading with JavaCPP's own classes. */
  static String ofShared(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String text = String.valueOf(root);
    String remedy;
    if (text.contains("Physical memory usage")) {
      remedy = "JavaCPP's limit is raised with -Dorg.bytedeco.javacpp.maxPhysicalBytes=...";
    } else if (text.contains("native access")) {
      remedy = "start Java with --enable-native-access=ALL-UNNAMED";
    } else if (text.contains("No space left") || text.contains("failed to map segment")) {
      remedy = "name another directory with -Dorg.bytedeco.javacpp.cachedir=...";
    } else {
      remedy =
          "add org.bytedeco's javacpp and openblas, each with the classifier of this platform as"
              + " well";
    }
    return line(text, remedy);
  }

  private static String said(Throwable thrown) {
    return thrown instanceof FileSystemException e && e.getReason() != null
        ? String.join("", e.getFile(), " ", e.getReason())
        : thrown.toString();
  }

  BackendUnavailableException unavailable() {
    return new BackendUnavailableException(line(reason, remedy), cause);
  }

  private static String line(String reason, String remedy) {
    return String.join(
        "",
        "OpenBLAS did not load on ",
        System.getProperty("os.name"),
        " ",
        System.getProperty("os.arch"),
        ": ",
        reason,
        "; ",
        remedy);
  }
}
