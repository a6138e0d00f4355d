package io.rowwise.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** What is kept of JMH's results: a line for each, without what the page does not need. */
final class Condensed {
  private Condensed() {}

  /**
   * The command.
   *
   * @param arguments a file of JMH's JSON, and the file to write
   */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(Path.of(arguments[1]), of(Files.readString(Path.of(arguments[0]))));
  }

  static String of(String json) throws IOException {
    JsonNode results = new ObjectMapper().readTree(json);
    return StreamSupport.stream(results.spliterator(), false)
        .map(result -> Measurement.of(result).line() + "\n")
        .collect(Collectors.joining());
  }
}
