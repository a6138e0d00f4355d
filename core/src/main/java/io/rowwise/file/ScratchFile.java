package io.rowwise.file;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file for what does not fit into memory, which nobody but its owner can open. Where the system
 * allows it, as Unix does, it loses its name as soon as it is open: its space is free again when it
 * is closed and its maps are gone, or the process has ended, however it did. Elsewhere it is
 * deleted when it is closed, or if it is still mapped then, when the process ends.
 *
 * <p>Written by one thread, and read by it or by maps. A thread that is interrupted writes all the
 * same.
 */
public final class ScratchFile implements AutoCloseable {
  private static final String PREFIX = ".rowwise-";
  private static final String SUFFIX = ".rows";

  private final Path path;
  private final RandomAccessFile file;
  private final boolean hasName;

  private ScratchFile(Path path, RandomAccessFile file, boolean hasName) {
    this.path = path;
    this.file = file;
    this.hasName = hasName;
  }

  /**
   * An empty one in a folder, which the caller closes.
   *
   * @param bytes that it will have; there is to be so much room
   * @throws IOException if it cannot be made, or there is not so much room; the message names the
   *     folder
   */
  public static ScratchFile in(Path folder, long bytes) throws IOException {
    if (folder.getFileSystem() != FileSystems.getDefault()) {
      throw refused(folder, "is not on the system's own file system, wanted a folder that is");
    }
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          folder.toString(), null, "is no folder, wanted one for what does not fit into memory");
    }
    Path path = Files.createTempFile(folder, PREFIX, SUFFIX);
    RandomAccessFile file = null;
    boolean isWhole = false;
    try {
      // Not a channel, which would be closed if the thread is interrupted.
      file = new RandomAccessFile(path.toFile(), "rw");
      long room = Files.getFileStore(path).getUsableSpace();
      if (room < bytes) {
        throw refused(
            folder,
            "has room for " + room + " bytes, wanted " + bytes + "; make room, or give another");
      }
      boolean hasName = !FileOwnership.isPosix(path);
      if (!hasName) {
        Files.delete(path);
      }
      isWhole = true;
      return new ScratchFile(path, file, hasName);
    } finally {
      if (!isWhole) {
        if (file != null) {
          file.close();
        }
        Files.deleteIfExists(path);
      }
    }
  }

  private static FileSystemException refused(Path folder, String reason) {
    return new FileSystemException(String.valueOf(folder), null, reason);
  }

  /** Writes some bytes at a place. */
  public void write(long position, byte[] bytes, int from, int count) throws IOException {
    try {
      file.seek(position);
      file.write(bytes, from, count);
    } catch (IOException e) {
      FileSystemException named =
          refused(path.getParent(), "cannot hold what does not fit into memory: " + e.getMessage());
      named.initCause(e);
      throw named;
    }
  }

  /**
   * Reads some of the bytes that were written.
   *
   * @throws IOException if they cannot be read, or are not there
   */
  public void read(long position, byte[] bytes, int from, int count) throws IOException {
    file.seek(position);
    file.readFully(bytes, from, count);
  }

  /**
   * Some of the bytes, in the machine's byte order. What is written there stays in memory. The map
   * may be used after the file was closed, and ends when nobody holds it.
   *
   * @param bytes at most 2147483647
   */
  public ByteBuffer map(long position, long bytes) throws IOException {
    // An interrupt would close the file.
    boolean interrupted = Thread.interrupted();
    try {
      return file.getChannel()
          .map(FileChannel.MapMode.PRIVATE, position, bytes)
          .order(ByteOrder.nativeOrder());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
    if (hasName) {
      try {
        Files.deleteIfExists(path);
      } catch (FileSystemException e) {
        // Windows keeps what is mapped.
        path.toFile().deleteOnExit();
      }
    }
  }

  /** The folder, for logs. */
  @Override
  public String toString() {
    return "ScratchFile[" + path.getParent() + "]";
  }
}
