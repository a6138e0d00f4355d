package io.rowwise.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What can be read from its first byte as often as it is opened; a pipe can once. */
interface ByteSource {
  /** What {@link #size} is where nobody knows. */
  long UNKNOWN = -1;

  InputStream open() throws IOException;

  /** How many bytes there are, or {@link #UNKNOWN}. */
  long size() throws IOException;

  /** As messages call it. */
  String name();

  /** A file, or a pipe that has a name. */
  static ByteSource of(Path path) {
    return new ByteSource() {
      @Override
      public InputStream open() throws IOException {
        return Files.newInputStream(path);
      }

      @Override
      public long size() throws IOException {
        return Files.isRegularFile(path) ? Files.size(path) : UNKNOWN;
      }

      @Override
      public String name() {
        return path.toString();
      }
    };
  }
}
