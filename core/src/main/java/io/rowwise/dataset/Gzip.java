package io.rowwise.dataset;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Files that may be compressed by gzip, which their first two bytes say. Keeps nothing. */
final class Gzip {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int FIRST_BYTE = 0x1F;
  private static final int SECOND_BYTE = 0x8B;

  private Gzip() {}

  /** The bytes, decompressed if they are compressed, with marks of up to so many bytes. */
  static InputStream decompressed(InputStream in) throws IOException {
    BufferedInputStream bytes = buffered(in);
    return isCompressed(bytes) ? unpacked(bytes) : bytes;
  }

  static BufferedInputStream buffered(InputStream in) {
    return new BufferedInputStream(in, BUFFER_BYTES);
  }

  /** Whether the next bytes are the first ones of what is compressed. */
  static boolean isCompressed(BufferedInputStream bytes) throws IOException {
    bytes.mark(2);
    boolean compressed = bytes.read() == FIRST_BYTE && bytes.read() == SECOND_BYTE;
    bytes.reset();
    return compressed;
  }

  /** What compressed bytes are made of. */
  static InputStream unpacked(InputStream compressed) throws IOException {
    return new BufferedInputStream(new GZIPInputStream(compressed, BUFFER_BYTES), BUFFER_BYTES);
  }

  /** Whether it says that the compressed bytes are damaged, and not that they cannot be read. */
  static boolean isDamage(IOException e) {
    return e instanceof ZipException || e instanceof EOFException;
  }
}
