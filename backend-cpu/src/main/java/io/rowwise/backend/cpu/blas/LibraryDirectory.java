package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.library.PrivateDirectory;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;

/**
 * A directory of this user's, which nobody else can write, in which copies of libraries are kept
 * from process to process. Copies are put there whole or not at all, by any number of processes at
 * once, and are looked at before they are used.
 */
final class LibraryDirectory {
  private static final String CONTENTS = "contents";
  private static final String NEW = "new-";
  private static final String OLD = "old-";
  private static final String BINDING = "binding-";
  private static final Duration LEFT = Duration.ofDays(1);

  private static final int LONGEST_CONTENTS = 1 << 16;
  private static final int SAMPLE_BYTES = 4096;
  private static final int SAMPLES_APART = 1 << 19;

  private static final int OTHERS_WRITE = 0002;
  private static final int GROUP_WRITES = 0020;
  private static final int STICKY = 01000;

  private final Path root;

  private LibraryDirectory(Path root) {
    this.root = root;
  }

  /**
   * The directory at a path, which is made if need be.
   *
   * @throws IOException if it cannot be made, or if somebody else could change what is in it
   */
  static LibraryDirectory at(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    if (!Files.isDirectory(absolute)) {
      Files.createDirectories(
          absolute,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path real = absolute.toRealPath();
    // Whoever runs this process.
    Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    for (Path each = real; each != null; each = each.getParent()) {
      Map<String, Object> attributes = Files.readAttributes(each, "unix:uid,mode");
      Object owner = attributes.get("uid");
      int mode = (Integer) attributes.get("mode");
      boolean isRoots = owner.equals(0) && !each.equals(real);
      if (!owner.equals(self) && !isRoots) {
        throw new FileSystemException(each.toString(), null, "belongs to another user");
      }
      boolean othersWrite =
          (mode & OTHERS_WRITE) != 0 || (each.equals(real) && (mode & GROUP_WRITES) != 0);
      if (othersWrite && ((mode & STICKY) == 0 || each.equals(real))) {
        throw new FileSystemException(each.toString(), null, "can be changed by other users");
      }
    }
    return new LibraryDirectory(real);
  }

  /** Where the copies are, after they were made if they were not there or not as they were made. */
  Path keep(LibraryCopies copies) throws IOException {
    Path kept = root.resolve("openblas-".concat(copies.key()));
    if (isIntact(kept, copies.identity())) {
      deleteLeft(kept);
      return kept;
    }
    PrivateDirectory.deleteLeft(root, NEW);
    PrivateDirectory.deleteLeft(root, OLD);
    try (PrivateDirectory made = PrivateDirectory.in(root, NEW)) {
      copies.unpackInto(made.path());
      LibraryCopies.write(
          new ByteArrayInputStream(
              contents(made.path(), copies.identity()).getBytes(StandardCharsets.UTF_8)),
          made.path().resolve(CONTENTS));
      // Others, who load from there at this moment, have their files open.
      try (PrivateDirectory old = PrivateDirectory.in(root, OLD)) {
        if (Files.isDirectory(kept, LinkOption.NOFOLLOW_LINKS)) {
          Files.move(kept, old.path(), StandardCopyOption.ATOMIC_MOVE);
        } else {
          Files.deleteIfExists(kept);
        }
      }
      Files.move(made.path(), kept, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      // Another process may have been faster.
      if (!isIntact(kept, copies.identity())) {
        throw e;
      }
    }
    return kept;
  }

  /** A copy of the binding under a name that no class loader has loaded; the caller deletes it. */
  static Path bindingOfItsOwn(Path kept) throws IOException {
    Path own = Files.createTempFile(kept, BINDING, ".so");
    try (InputStream in = new FileInputStream(kept.resolve(LibraryCopies.BINDING).toFile())) {
      LibraryCopies.write(in, own);
    } catch (IOException e) {
      Files.deleteIfExists(own);
      throw e;
    }
    return own;
  }

  /** Deletes what processes left that were killed while they loaded. */
  private static void deleteLeft(Path kept) throws IOException {
    Instant latest = Instant.now().minus(LEFT);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(kept, BINDING + "*")) {
      for (Path file : left) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(latest)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static boolean isIntact(Path kept, String identity) throws IOException {
    Path file = kept.resolve(CONTENTS);
    if (!Files.isDirectory(kept, LinkOption.NOFOLLOW_LINKS)
        || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (InputStream in = new FileInputStream(file.toFile())) {
      String contents = new String(in.readNBytes(LONGEST_CONTENTS), StandardCharsets.UTF_8);
      return contents.startsWith(identity) && contents.equals(contents(kept, identity));
    } catch (IOException e) {
      return false;
    }
  }

  /** The identity, and a line for each of the libraries. */
  private static String contents(Path directory, String identity) throws IOException {
    StringBuilder lines = new StringBuilder(identity);
    // Faster than a stream of paths, in a process that has not used one.
    String[] names = Objects.requireNonNull(directory.toFile().list(), "unreadable");
    Arrays.sort(names);
    for (String name : names) {
      if (!name.equals(CONTENTS) && !name.startsWith(BINDING)) {
        lines.append(line(directory, name)).append('\n');
      }
    }
    return lines.toString();
  }

  /** Its size and a sum of samples: to read all of it takes too long. */
  private static String line(Path directory, String name) throws IOException {
    Path path = directory.resolve(name);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(path.toString(), null, "is not a regular file");
    }
    CRC32 sum = new CRC32();
    byte[] sample = new byte[SAMPLE_BYTES];
    // A channel would need a direct buffer, of which the program may have no more.
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      long size = file.length();
      for (long at = 0; at < size; at += SAMPLES_APART) {
        file.seek(at);
        int read = file.read(sample);
        sum.update(sample, 0, Math.max(0, read));
      }
      return String.join(" ", "copy", name, Long.toString(size), Long.toHexString(sum.getValue()));
    }
  }
}
