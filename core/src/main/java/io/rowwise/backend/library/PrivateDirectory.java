package io.rowwise.backend.library;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * A new directory that only this user may enter, under a name that nobody can foresee. Native
 * libraries lie in it while they are loaded: another process can neither plant one there nor meet
 * one half written.
 */
public final class PrivateDirectory implements AutoCloseable {
  private static final Duration LEFT = Duration.ofDays(1);

  private final Path path;

  private PrivateDirectory(Path path) {
    this.path = path;
  }

  /**
   * Makes one.
   *
   * @param parent where to; a relative path starts at the working directory
   * @param prefix what its name begins with: whose it is
   */
  public static PrivateDirectory in(Path parent, String prefix) throws IOException {
    return new PrivateDirectory(Files.createTempDirectory(parent.toAbsolutePath(), prefix));
  }

  /** Its absolute path. */
  public Path path() {
    return path;
  }

  /** Writes a file into it; the caller closes {@code content}. */
  public void add(String file, InputStream content) throws IOException {
    Files.copy(content, path.resolve(file));
  }

  /**
   * Deletes it with its files. Linux keeps what is loaded from them. Windows does not let go of a
   * library that is loaded, so there they stay for {@link #deleteLeft}.
   */
  @Override
  public void close() {
    delete(path);
  }

  /**
   * Deletes the directories that earlier processes left, if their libraries are not loaded any
   * more. It leaves alone those younger than a day: a process may be about to load from them. For
   * Windows, where the temp directory is the user's own.
   *
   * @param prefix as it was given to {@link #in}
   */
  public static void deleteLeft(Path parent, String prefix) {
    Instant latest = Instant.now().minus(LEFT);
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(parent, prefix + "*")) {
      for (Path directory : directories) {
        if (Files.getLastModifiedTime(directory).toInstant().isBefore(latest)) {
          delete(directory);
        }
      }
    } catch (IOException e) {
      // The next start tries again.
    }
  }

  private static void delete(Path directory) {
    try {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    } catch (IOException e) {
      // Only Windows refuses, see above.
    }
  }
}
