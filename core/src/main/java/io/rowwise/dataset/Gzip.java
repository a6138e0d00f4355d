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
    BufferedInputStream bytes = new BufferedInputStream(in, BUFFER_BYTES);
    bytes.mark(2);
    boolean compressed = bytes.read() == FIRST_BYTE && bytes.read() == SECOND_BYTE;
    bytes.reset();
    return compressed
        ? new BufferedInputStream(new GZIPInputStream(bytes, BUFFER_BYTES), BUFFER_BYTES)
        : bytes;
  }

  /** Whether it says that the compressed bytes are damaged, and not that they cannot be read. */
  static boolean isDamage(IOException e) {
    return e instanceof ZipException || e instanceof EOFException;
  }
}
