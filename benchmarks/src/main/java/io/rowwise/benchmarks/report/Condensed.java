package io.rowwise.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What is kept of JMH's results: a line for each, without what the page does not need. */
final class Condensed {
  private final List<Measurement> kept = new ArrayList<>();

  private Condensed() {}

  /**
   * The command.
   *
   * @param arguments the file to write, and files of JMH's JSON, one for each round
   */
  public static void main(String[] arguments) throws IOException {
    List<String> rounds = new ArrayList<>();
    for (String file : List.of(arguments).subList(1, arguments.length)) {
      rounds.add(Files.readString(Path.of(file)));
    }
    Files.writeString(Path.of(arguments[0]), of(rounds));
  }

  static String of(List<String> rounds) throws IOException {
    Condensed condensed = new Condensed();
    for (String json : rounds) {
      for (JsonNode result : new ObjectMapper().readTree(json)) {
        condensed.add(Measurement.of(result));
      }
    }
    return condensed.kept.stream().map(each -> each.line() + "\n").collect(Collectors.joining());
  }

  private void add(Measurement measurement) {
    for (int i = 0; i < kept.size(); i++) {
      if (kept.get(i).isLike(measurement)) {
        kept.set(i, kept.get(i).and(measurement));
        return;
      }
    }
    kept.add(measurement);
  }
}
