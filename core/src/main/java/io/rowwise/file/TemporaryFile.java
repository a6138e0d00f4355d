package io.rowwise.file;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file beside the one that it will replace. Its process holds a lock on it as long as it needs
 * it, which ends with the process however that ends: so others see what is abandoned.
 *
 * <p>Its name is short, as that of the file may be as long as the system allows: {@code .rowwise-},
 * the hash of the file's name, the process and a random number. A process does not touch its own,
 * because on Unix closing a file gives up the locks that the process has on it through others.
 */
final class TemporaryFile implements Closeable {
  private static final String PREFIX = ".rowwise-";
  private static final String SUFFIX = ".tmp";

  /** The number of a process is given again, and in containers is often 1. */
  private static final String PROCESS =
      Long.toHexString(
          31 * ProcessHandle.current().pid()
              + ProcessHandle.current()
                  .info()
                  .startInstant()
                  .map(Instant::toEpochMilli)
                  .orElse(0L));

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final Path path;
  private final RandomAccessFile file;
  private final OutputStream out;

  private TemporaryFile(Path path, RandomAccessFile file, OutputStream out) {
    this.path = path;
    this.file = file;
    this.out = out;
  }

  /** An empty one, which nobody but its owner may read if there is a file that it will replace. */
  static TemporaryFile of(Path target) throws IOException {
    boolean secret = Files.exists(target) && FileOwnership.isPosix(target);
    FileAttribute<?>[] attributes =
        secret
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
            : new FileAttribute<?>[0];
    while (true) {
      String random = String.format(Locale.ROOT, "%08x", ThreadLocalRandom.current().nextInt());
      Path path = target.resolveSibling(prefix(target) + PROCESS + "-" + random + SUFFIX);
      try {
        Files.createFile(path, attributes);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
      TemporaryFile temporary = opened(path, secret);
      if (temporary != null) {
        return temporary;
      }
    }
  }

  private static String prefix(Path target) {
    return String.format(
        Locale.ROOT, "%s%08x-", PREFIX, target.getFileName().toString().hashCode());
  }

  /** Null if another process took it for abandoned before it was locked. */
  private static TemporaryFile opened(Path path, boolean secret) throws IOException {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      return new TemporaryFile(path, null, Files.newOutputStream(path));
    }
    RandomAccessFile file = null;
    boolean kept = false;
    try {
      // Not a channel, which would be closed if the thread is interrupted.
      file = new RandomAccessFile(path.toFile(), "rw");
      if (!locked(file) || !Files.exists(path)) {
        return null;
      }
      if (secret) {
        // Again, in case it was made anew here after another process had removed it.
        Files.setPosixFilePermissions(path, OWNER_ONLY);
      }
      kept = true;
      return new TemporaryFile(path, file, new FileOutputStream(file.getFD()));
    } finally {
      if (!kept) {
        if (file != null) {
          file.close();
        }
        Files.deleteIfExists(path);
      }
    }
  }

  private static boolean locked(RandomAccessFile file) {
    try {
      return file.getChannel().tryLock() != null;
    } catch (IOException e) {
      // A file system without locks, where nobody else gets one either.
      return true;
    }
  }

  /** Removes what processes that are no more left of writing this file. */
  static void removeAbandoned(Path target) {
    if (target.getFileSystem() != FileSystems.getDefault()) {
      return;
    }
    String prefix = prefix(target);
    DirectoryStream.Filter<Path> abandoned =
        path -> {
          String name = path.getFileName().toString();
          return name.startsWith(prefix)
              && name.endsWith(SUFFIX)
              && !name.startsWith(prefix + PROCESS + "-");
        };
    try (DirectoryStream<Path> paths =
        Files.newDirectoryStream(target.toAbsolutePath().getParent(), abandoned)) {
      for (Path path : paths) {
        removeIfAbandoned(path);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Tidying up is no reason not to write the file.
      return;
    }
  }

  private static void removeIfAbandoned(Path path) {
    // Never through a link, which somebody else may have put there.
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (FileChannel channel =
            FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock lock = channel.tryLock()) {
      if (lock != null) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // Somebody else's, or it cannot be told whose: it stays.
      return;
    }
  }

  Path path() {
    return path;
  }

  /** Where the content goes, not buffered. */
  OutputStream out() {
    return out;
  }

  /** Onto the disk, where there is one. */
  void sync() throws IOException {
    if (file != null) {
      file.getFD().sync();
    }
  }

  /** In the place of the target, in one step. */
  void moveTo(Path target) throws IOException {
    if (!FileOwnership.isPosix(path)) {
      // Windows moves no file that is open.
      close(file == null ? out : file);
    }
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void close(Closeable closeable) throws IOException {
    closeable.close();
  }

  /** Removes it, unless it was moved. */
  @Override
  public void close() throws IOException {
    try {
      close(file == null ? out : file);
    } finally {
      Files.deleteIfExists(path);
    }
  }
}
