package io.rowwise.file;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that is there as a whole, old or new, whatever happens while it is written.
 *
 * <p>The content is written into a temporary file beside it, onto the disk, and then takes the
 * file's place in one step. What a killed process left of such temporary files is removed when the
 * same file is written again; those of live processes stay, which are told by a lock on the file,
 * so any number of processes and threads may write one file at once: one of them wins, as a whole.
 *
 * <p>A file that is replaced keeps its permissions, and its owner and group where the system allows
 * it; where the group cannot be kept, the new one may do no more than everybody. An access control
 * list is kept on Windows; on other systems it and extended attributes are not, and a further hard
 * link keeps the old content. A symbolic link stays, what it leads to is replaced, or made.
 *
 * <p><b>Written in place</b>, and therefore possibly in part if that fails, is what cannot be
 * replaced: devices, what a process has open ({@code /dev/stdout}), a file that is mounted by
 * itself, as containers do, and a file in a folder that may not be written or whose files only
 * their owners may replace.
 *
 * <p>A thread that is interrupted writes all the same, and stays interrupted. Thread-safe: it keeps
 * nothing.
 */
public final class AtomicFile {
  /** What a file gets. */
  public interface Content {
    /** Writes it; may be called again where the first try did not come to its end. */
    void writeTo(OutputStream out) throws IOException;
  }

  /** As many as Linux follows. */
  private static final int MOST_LINKS = 40;

  private static final int MOST_TRIES = 5;
  private static final int BUFFER_BYTES = 1 << 16;

  /** What {@code stat} calls S_IFMT and the kinds of file. */
  private static final int KIND = 0170000;

  private static final int FIFO = 0010000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int SOCKET = 0140000;

  /** A folder of what a process has open, on Linux; its links need not lead to any name. */
  private static final Pattern OPEN_FILES = Pattern.compile("/proc/(\\d+)/(task/\\d+/)?fd");

  /** How {@link FileNotFoundException} says why. */
  private static final Pattern REASON = Pattern.compile(".*\\((.*)\\)", Pattern.DOTALL);

  private AtomicFile() {}

  /**
   * Writes the content, over what was there.
   *
   * @param path a file, there or not, in a folder that is there; a device; or a symbolic link to
   *     one
   * @throws IOException if it cannot be written: a {@link FileSystemException} that names {@code
   *     path}; then what was there is as it was, unless it is one of those that are written in
   *     place. Also for a folder, a FIFO and a socket, which are left alone
   */
  public static void write(Path path, Content content) throws IOException {
    try {
      writeFollowing(path, content);
    } catch (IOException e) {
      throw naming(path, e);
    }
  }

  private static void writeFollowing(Path path, Content content) throws IOException {
    Path target = followed(path);
    BasicFileAttributes found = attributes(target);
    if (found != null && found.isDirectory()) {
      throw refused(path, "is a folder, wanted the name of a file");
    }
    if (Files.isSymbolicLink(target)) {
      writeToOpenFile(target, content);
    } else if (found != null && !found.isRegularFile()) {
      writeToDevice(path, target, content);
    } else {
      replace(target, found != null, content);
    }
  }

  /**
   * Where symbolic links lead, which need not exist. What a process has open stays the link that it
   * is.
   */
  private static Path followed(Path path) throws IOException {
    Path at = path;
    for (int links = 0; Files.isSymbolicLink(at); links++) {
      if (links == MOST_LINKS) {
        throw refused(path, "is a symbolic link that leads in a circle, wanted one to a file");
      }
      if (openFiles(at).matches()) {
        break;
      }
      at = at.resolveSibling(Files.readSymbolicLink(at));
    }
    return at;
  }

  private static Matcher openFiles(Path path) throws IOException {
    return OPEN_FILES.matcher(folder(path).toRealPath().toString());
  }

  private static Path folder(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null) {
      throw refused(path, "is not the name of a file");
    }
    return folder;
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  // ---- In place

  /** After what is there: the file may be a log, or hold what the process wrote before. */
  private static void writeToOpenFile(Path link, Content content) throws IOException {
    Matcher process = openFiles(link);
    boolean ours =
        process.matches() && process.group(1).equals(Long.toString(ProcessHandle.current().pid()));
    String number = link.getFileName().toString();
    if (ours && number.equals("1")) {
      // Stays open, as its owner is the process.
      writeTo(new FileOutputStream(FileDescriptor.out), content);
    } else if (ours && number.equals("2")) {
      writeTo(new FileOutputStream(FileDescriptor.err), content);
    } else {
      try (FileOutputStream out = new FileOutputStream(link.toFile(), true)) {
        writeTo(out, content);
      }
    }
  }

  private static void writeToDevice(Path path, Path target, Content content) throws IOException {
    switch (kind(target)) {
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        try (FileOutputStream out = new FileOutputStream(target.toFile())) {
          writeTo(out, content);
        }
      }
      case FIFO ->
          throw refused(
              path,
              "is a FIFO, on which a writer may wait for ever; open it and write to the stream");
      case SOCKET -> throw refused(path, "is a socket; connect to it and write to the stream");
      default -> throw refused(path, "is neither a file nor a device, wanted the name of a file");
    }
  }

  private static int kind(Path path) throws IOException {
    try {
      return (int) Files.getAttribute(path, "unix:mode") & KIND;
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return 0;
    }
  }

  private static void writeInPlace(Path target, Content content) throws IOException {
    // Not cut to nothing first: content that fails at once leaves the file as it was.
    try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
      writeTo(new FileOutputStream(file.getFD()), content);
      file.setLength(file.getFilePointer());
      file.getFD().sync();
    }
  }

  private static void writeTo(OutputStream out, Content content) throws IOException {
    OutputStream buffered = new BufferedOutputStream(out, BUFFER_BYTES);
    content.writeTo(buffered);
    buffered.flush();
  }

  // ---- As a whole

  private static void replace(Path target, boolean exists, Content content) throws IOException {
    Path folder = folder(target);
    boolean writable = exists && canWriteInPlace(target);
    if (writable && !Files.isWritable(folder)) {
      writeInPlace(target, content);
      return;
    }
    TemporaryFile.removeAbandoned(target);
    Outcome outcome = Outcome.LOST;
    for (int tries = 1; outcome == Outcome.LOST; tries++) {
      outcome = tryToReplace(target, exists, writable, tries == MOST_TRIES, content);
    }
    if (outcome == Outcome.KEPT) {
      // The temporary file is gone, and its space free.
      writeInPlace(target, content);
    } else {
      sync(folder);
    }
  }

  private enum Outcome {
    REPLACED,
    /** The file is a mount of its own, or its folder lets only owners replace their files. */
    KEPT,
    /** Whoever tidies up this folder took the temporary file for abandoned. */
    LOST
  }

  private static Outcome tryToReplace(
      Path target, boolean exists, boolean writable, boolean lastTry, Content content)
      throws IOException {
    try (TemporaryFile temporary = TemporaryFile.of(target)) {
      writeTo(temporary.out(), content);
      temporary.sync();
      try {
        if (exists) {
          FileOwnership.copy(target, temporary.path());
        }
        temporary.moveTo(target);
        return Outcome.REPLACED;
      } catch (NoSuchFileException e) {
        if (lastTry || Files.exists(temporary.path()) || !Files.exists(folder(target))) {
          throw e;
        }
        return Outcome.LOST;
      } catch (FileSystemException e) {
        if (!writable) {
          throw e;
        }
        return Outcome.KEPT;
      }
    }
  }

  /**
   * Only where a file that is open is replaced all the same: on Windows the other one who has it
   * open would see it change.
   */
  private static boolean canWriteInPlace(Path target) {
    return target.getFileSystem() == FileSystems.getDefault()
        && FileOwnership.isPosix(target)
        && Files.isWritable(target);
  }

  /** The new name onto the disk too, where a folder can be opened, which it cannot on Windows. */
  private static void sync(Path folder) {
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      done = true;
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      } catch (ClosedByInterruptException e) {
        interrupted |= Thread.interrupted();
        done = false;
      } catch (IOException | UnsupportedOperationException e) {
        // The file is complete under its name; a power failure in this moment may bring the old
        // one back.
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- What went wrong

  private static FileSystemException refused(Path path, String reason) {
    return new FileSystemException(path.toString(), null, reason);
  }

  /** The same of the path that the caller knows, which never heard of the temporary file. */
  private static IOException naming(Path path, IOException e) {
    String name = path.toString();
    String reason = e.getMessage();
    if (e instanceof FileSystemException inFile) {
      reason = inFile.getReason();
      if (reason != null && name.equals(inFile.getFile())) {
        return e;
      }
    } else if (e instanceof FileNotFoundException && reason != null) {
      Matcher matcher = REASON.matcher(reason);
      reason = matcher.matches() ? matcher.group(1) : reason;
    }
    FileSystemException named;
    if (e instanceof NoSuchFileException missing) {
      Path folder = Path.of(missing.getFile()).getParent();
      named =
          new NoSuchFileException(
              name, null, "cannot be written: there is no folder " + folder + "; make it first");
    } else if (e instanceof AccessDeniedException) {
      named =
          new AccessDeniedException(
              name, null, "cannot be written: this user may write neither it nor its folder");
    } else {
      named =
          new FileSystemException(
              name, null, "cannot be written: " + (reason == null ? e.toString() : reason));
    }
    named.initCause(e);
    return named;
  }
}
