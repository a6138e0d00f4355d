package io.rowwise.cli;

import io.rowwise.file.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where a command leaves its numbers for programs. */
final class JsonFile {
  static final String STANDARD_OUTPUT = "-";

  private JsonFile() {}

  /**
   * Writes one line.
   *
   * @param place a file's name, or {@code -}
   */
  static void write(String place, String json, Terminal terminal) throws IOException {
    byte[] bytes = (json.strip() + "\n").getBytes(StandardCharsets.UTF_8);
    if (place.equals(STANDARD_OUTPUT)) {
      terminal.out().write(bytes);
      terminal.out().flush();
    } else {
      AtomicFile.write(Path.of(place), out -> out.write(bytes));
    }
  }
}
