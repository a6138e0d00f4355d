package io.rowwise.dataset;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a file from its beginning, unpacked if they are compressed by gzip, and counted as
 * they are in the file. Not thread-safe; closed by whoever made it.
 */
final class FileBytes implements Closeable {
  /** The exception of a format. */
  interface Refusal {
    IOException of(String message, Throwable cause);
  }

  private final ByteSource source;
  private final Refusal refusal;
  private final long size;
  private final CountedBytes counted;
  private final InputStream in;
  private final boolean isCompressed;

  /**
   * Opens it, and closes it if that fails.
   *
   * @param refusal what is thrown where the bytes are not what they should be
   */
  FileBytes(ByteSource source, Refusal refusal) throws IOException {
    this.source = source;
    this.refusal = refusal;
    this.size = source.size();
    this.counted = new CountedBytes(source.open());
    BufferedInputStream bytes = Gzip.buffered(counted);
    InputStream opened = null;
    boolean isPacked;
    try {
      isPacked = Gzip.isCompressed(bytes);
      opened = isPacked ? Gzip.unpacked(bytes) : bytes;
    } catch (IOException e) {
      throw named(e);
    } finally {
      if (opened == null) {
        counted.close();
      }
    }
    this.in = opened;
    this.isCompressed = isPacked;
  }

  /**
   * So many of the next bytes.
   *
   * @param what they are, for the refusal if there are fewer
   */
  static byte[] readExactly(InputStream in, int count, String what, Refusal refusal)
      throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw refusal.of(
          "ends inside " + what + ", after " + bytes.length + " of " + count + " bytes", null);
    }
    return bytes;
  }

  /** What is read of; whatever it throws is to be {@link #named}. */
  InputStream in() {
    return in;
  }

  /** How many bytes of the file are read. */
  long count() {
    return counted.count();
  }

  /** How many bytes the file has, or -1 if that is unknown. */
  long size() {
    return size;
  }

  /** How many bytes there are to read, or -1 where they are packed or that is unknown. */
  long available() {
    return isCompressed ? ByteSource.UNKNOWN : size;
  }

  /** That the bytes are not what they should be. */
  IOException refused(String message) {
    return refusal.of(source.name() + ": " + message, null);
  }

  /** What was thrown while reading, with the file's name if its compressed bytes are the reason. */
  IOException named(IOException e) {
    return Gzip.isDamage(e)
        ? refusal.of(
            source.name() + ": is compressed by gzip, but damaged or not whole: " + e.getMessage(),
            e)
        : e;
  }

  @Override
  public void close() throws IOException {
    counted.close();
  }
}
