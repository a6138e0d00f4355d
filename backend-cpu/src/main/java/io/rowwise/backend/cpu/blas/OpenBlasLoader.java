package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Settings;
import io.rowwise.backend.library.PrivateDirectory;
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads OpenBLAS, or says why it does not load and what helps.
 *
 * <p>On Linux it is a copy for this class loader alone. Its files are kept in a directory that only
 * this user can write: that of {@value #DIRECTORY}, or {@code rowwise} in the user's cache ({@code
 * XDG_CACHE_HOME}, else {@code .cache} in {@code user.home}). Where those cannot be used and none
 * is given, they are unpacked into a new directory below {@code java.io.tmpdir}, which is deleted
 * when they are loaded.
 */
public final class OpenBlasLoader {
  /** The system property that names the directory. */
  static final String DIRECTORY = "rowwise.natives.directory";

  /** The system property that says whose OpenBLAS is wanted: {@code private} or {@code shared}. */
  static final String WHOSE = "rowwise.cpu.openblas";

  private static final Logger LOG = LoggerFactory.getLogger(OpenBlasLoader.class);
  private static final String LOADING = "rowwise-openblas-";

  private OpenBlasLoader() {}

  /** The system properties that are read. */
  public static List<String> properties() {
    return List.of(OpenBlasCore.PROPERTY, DIRECTORY, WHOSE);
  }

  /**
   * Loads it.
   *
   * @throws IllegalArgumentException if a system property has a value that it cannot have
   * @throws BackendUnavailableException if it does not load; the message says what helps
   */
  public static OpenBlas load() {
    OpenBlasCore.Circumstances circumstances = OpenBlasCore.Circumstances.here();
    if (isPrivate(System.getProperty("os.name"))) {
      return loadPrivate(circumstances.wanted());
    }
    try {
      return new SharedOpenBlas(circumstances.isUsersChoice());
    } catch (LinkageError | RuntimeException | OutOfMemoryError e) {
      throw new BackendUnavailableException(LoadFailure.ofShared(e), e);
    }
  }

  static boolean isPrivate(String system) {
    return system.equals("Linux")
        ? Settings.choice(WHOSE, "private", "private", "shared").equals("private")
        : Settings.choice(WHOSE, "shared", "shared").equals("private");
  }

  /** A platform as JavaCPP names it; one that it does not know keeps its own names. */
  static String platform(String system, String processor) {
    String architecture =
        switch (processor) {
          case "amd64" -> "x86_64";
          case "aarch64" -> "arm64";
          default -> processor;
        };
    return String.join("-", system.equals("Linux") ? "linux" : system, architecture);
  }

  /**
   * Loads a copy for this class loader.
   *
   * @param core which kernels it is to use; empty if it chooses
   */
  static OpenBlas loadPrivate(Optional<String> core) {
    PackedLibraries packed =
        PackedLibraries.of(
            OpenBlas.class.getClassLoader(),
            platform(System.getProperty("os.name"), System.getProperty("os.arch")));
    LoadFailure failure = null;
    try {
      LibraryCopies copies = new LibraryCopies(packed, core);
      for (Path place : keptPlaces()) {
        try {
          return loadKept(place, copies);
        } catch (IOException | LinkageError e) {
          failure = LoadFailure.in(place, e, failure);
        }
        if (!failure.mayWorkElsewhere()) {
          throw failure.unavailable();
        }
        LOG.debug("OpenBLAS cannot be loaded from {}", place, failure.cause());
      }
      if (System.getProperty(DIRECTORY) != null) {
        throw failure.unavailable();
      }
      Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
      try {
        return loadOnce(temporary, copies);
      } catch (IOException | LinkageError e) {
        throw LoadFailure.in(temporary, e, failure).unavailable();
      }
    } catch (IOException e) {
      throw LoadFailure.in(Path.of(System.getProperty("java.io.tmpdir")), e, null).unavailable();
    }
  }

  /** Where files may be kept, best first. */
  private static List<Path> keptPlaces() {
    String given = System.getProperty(DIRECTORY);
    if (given != null) {
      try {
        return List.of(Path.of(given));
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException(
            String.join("", "-D", DIRECTORY, "=", given, ": wanted a directory"), e);
      }
    }
    List<Path> places = new ArrayList<>(1);
    String cache = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home");
    // What is relative is not the user's, but somewhere: a user without a home has "?".
    if (cache != null && cache.startsWith("/")) {
      places.add(Path.of(cache, "rowwise"));
    } else if (home != null && home.startsWith("/")) {
      places.add(Path.of(home, ".cache", "rowwise"));
    }
    return places;
  }

  private static OpenBlas loadKept(Path place, LibraryCopies copies) throws IOException {
    Path kept = LibraryDirectory.at(place).keep(copies);
    Path binding = LibraryDirectory.bindingOfItsOwn(kept);
    try {
      return open(binding, copies, "in ".concat(kept.toString()));
    } finally {
      Files.deleteIfExists(binding);
    }
  }

  private static OpenBlas loadOnce(Path temporary, LibraryCopies copies) throws IOException {
    try (PrivateDirectory directory = PrivateDirectory.in(temporary, LOADING)) {
      copies.unpackInto(directory.path());
      return open(
          directory.path().resolve(LibraryCopies.BINDING),
          copies,
          "unpacked for this process alone below ".concat(temporary.toString()));
    }
  }

  private static OpenBlas open(Path binding, LibraryCopies copies, String place) {
    LongPredicate isOwn = address -> isMapped(copies.openBlas(), address);
    try {
      return (OpenBlas)
          new IsolatedClassLoader()
              .loadClass(IsolatedClassLoader.OPENBLAS)
              .getConstructor(String.class, LongPredicate.class, String.class)
              .newInstance(binding.toString(), isOwn, place);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      // Native access that is denied, in the main.
      throw new LinkageError(String.valueOf(e.getCause().getMessage()), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("rowwise-backend-cpu is not complete: " + e, e);
    }
  }

  /** Whether an address of this process lies in a library. */
  private static boolean isMapped(String library, long address) {
    try (BufferedReader maps =
        new BufferedReader(new FileReader("/proc/self/maps", StandardCharsets.UTF_8))) {
      for (String line = maps.readLine(); line != null; line = maps.readLine()) {
        if (line.contains(library)) {
          int dash = line.indexOf('-');
          long from = Long.parseUnsignedLong(line, 0, dash, 16);
          long to = Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
          if (from <= address && address < to) {
            return true;
          }
        }
      }
      return false;
    } catch (IOException e) {
      // Not known; so nothing is done that would change another one.
      LOG.debug("whether OpenBLAS is a copy of its own is not known", e);
      return false;
    }
  }
}
