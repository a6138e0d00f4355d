package io.rowwise.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A folder of results: what was measured on one machine in one go.
 *
 * @param name the folder's
 * @param machine what ran where, in Markdown
 * @param measurements all of them, in the order of the files
 */
record Run(String name, String machine, List<Measurement> measurements) {
  /** How the names of files with measurements end. */
  static final String LINES = ".jsonl";

  private static final String MACHINE = "machine.md";

  /** Reads all runs of a folder with CPU results, the newest first. */
  static List<Run> all(Path results) throws IOException {
    List<Run> runs = new ArrayList<>();
    try (Stream<Path> folders = Files.list(results)) {
      for (Path folder : folders.sorted((a, b) -> b.compareTo(a)).toList()) {
        if (Files.exists(folder.resolve(MACHINE))) {
          runs.add(read(folder));
        }
      }
    }
    return runs;
  }

  private static Run read(Path folder) throws IOException {
    List<Measurement> measurements = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> each.toString().endsWith(LINES)).sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          measurements.add(Measurement.ofLine(line));
        }
      }
    }
    return new Run(
        folder.getFileName().toString(),
        Files.readString(folder.resolve(MACHINE)).strip(),
        measurements);
  }

  /** The time of one of them in each round, in microseconds; empty if there is none. */
  List<Double> times(String benchmark, Map<String, String> parameters, String contender) {
    return fastest(benchmark, parameters, contender::equals);
  }

  /** In each round, the fastest of those whose names begin so, in microseconds. */
  List<Double> fastest(String benchmark, Map<String, String> parameters, String prefix) {
    return fastest(benchmark, parameters, contender -> contender.startsWith(prefix));
  }

  private List<Double> fastest(
      String benchmark, Map<String, String> parameters, Predicate<String> contender) {
    List<Measurement> those =
        measurements.stream()
            .filter(each -> each.benchmark().equals(benchmark) && !each.isSampled())
            .filter(each -> each.parameters().entrySet().containsAll(parameters.entrySet()))
            .filter(each -> contender.test(each.contender()))
            .toList();
    int rounds = those.stream().mapToInt(each -> each.rounds().size()).min().orElse(0);
    return IntStream.range(0, rounds)
        .mapToObj(
            round ->
                those.stream().mapToDouble(each -> each.rounds().get(round)).min().orElseThrow())
        .toList();
  }
}
