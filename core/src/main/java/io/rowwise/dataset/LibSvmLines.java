package io.rowwise.dataset;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** The lines of a file in LIBSVM's format, from the first on. Not thread-safe. */
final class LibSvmLines implements Closeable {
  private final ByteSource source;
  private final FileBytes bytes;
  private final BufferedReader lines;
  private long number;

  /** Opens it; to be closed by whoever made it. */
  LibSvmLines(ByteSource source) throws IOException {
    this.source = source;
    this.bytes = new FileBytes(source, LibSvmFormatException::new);
    // Of other bytes than ASCII only comments are made; in this charset none is malformed.
    this.lines = new BufferedReader(new InputStreamReader(bytes.in(), StandardCharsets.ISO_8859_1));
  }

  /** Adds the next line to rows, or says that there is none. */
  boolean addTo(LibSvmRows rows) throws IOException {
    String line;
    try {
      line = lines.readLine();
    } catch (IOException e) {
      throw bytes.named(e);
    }
    if (line == null) {
      return false;
    }
    number++;
    try {
      rows.add(line);
    } catch (NumberFormatException e) {
      throw new LibSvmFormatException(
          source.name() + ", line " + number + ": " + e.getMessage(), e);
    }
    return true;
  }

  /** What the indices of all rows make of them. */
  LibSvmRows.Layout layout(LibSvmRows rows, OptionalInt firstIndex) throws LibSvmFormatException {
    try {
      return rows.layout(firstIndex);
    } catch (LibSvmFormatException e) {
      throw new LibSvmFormatException(source.name() + e.getMessage(), e);
    }
  }

  LibSvmFormatException noRows() {
    return new LibSvmFormatException(source.name() + ": has no rows, want at least one");
  }

  long bytesRead() {
    return bytes.count();
  }

  long size() {
    return bytes.size();
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
