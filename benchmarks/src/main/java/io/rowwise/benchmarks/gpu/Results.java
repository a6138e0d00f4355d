package io.rowwise.benchmarks.gpu;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;

/**
 * A file of results, a line of JSON each. A line is in the file once its method has returned, so
 * that a crash or a hang afterwards loses nothing.
 *
 * @param file is made if it does not exist, and added to if it does
 */
record Results(Path file) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the last line printed by a program says that has done all it had to do. */
  static final String DONE = "== done";

  /** Adds a time. */
  void measured(String name, Map<String, String> parameters, Timing timing) {
    ObjectNode line = line(name, parameters);
    line.put("us", timing.median());
    line.put("least", timing.least());
    line.put("most", timing.most());
    add(line);
    System.out.printf(
        Locale.ROOT,
        "%s %s: %.1f us (%.1f to %.1f)%n",
        name,
        parameters,
        timing.median(),
        timing.least(),
        timing.most());
  }

  /** Adds that a time is missing. */
  void notMeasured(String name, Map<String, String> parameters, String reason) {
    ObjectNode line = line(name, parameters);
    line.put("not measured", reason);
    add(line);
    System.out.println(name + " " + parameters + ": not measured: " + reason);
  }

  /**
   * Adds whether something is as it should be.
   *
   * @param detail what is not, or empty
   */
  void checked(String what, boolean held, String detail) {
    ObjectNode line = JSON.createObjectNode();
    line.put("check", what);
    line.put("held", held);
    line.put("detail", detail);
    add(line);
  }

  private static ObjectNode line(String name, Map<String, String> parameters) {
    ObjectNode line = JSON.createObjectNode();
    line.put("name", name);
    parameters.forEach(line.putObject("parameters")::put);
    return line;
  }

  private void add(ObjectNode line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the results to " + file + ": " + e, e);
    }
  }
}
