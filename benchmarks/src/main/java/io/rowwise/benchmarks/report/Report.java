package io.rowwise.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the page, the plots and the README's part of it, or says which of them are stale. */
final class Report {
  private final Path benchmarks;
  private final List<Run> runs;

  Report(Path benchmarks) throws IOException {
    this.benchmarks = benchmarks;
    this.runs = Run.all(results());
  }

  private Path results() {
    return benchmarks.resolve("results");
  }

  private Path folder(Run run) {
    return results().resolve(run.name());
  }

  /** What the plots were drawn from. */
  private Path drawn() {
    return results().resolve("plots.sha256");
  }

  private String digests() {
    return Plot.newest(runs).values().stream()
        .flatMap(List::stream)
        .map(plot -> plot.digest() + "\n")
        .collect(Collectors.joining());
  }

  private Path page() {
    return benchmarks.resolve("RESULTS.md");
  }

  private Path readme() {
    return benchmarks.resolveSibling("README.md");
  }

  /**
   * The command.
   *
   * @param arguments the folder {@code benchmarks}
   */
  public static void main(String[] arguments) throws IOException {
    new Report(Path.of(arguments[0]).toAbsolutePath()).write();
  }

  private void write() throws IOException {
    for (Map.Entry<Run, List<Plot>> each : Plot.newest(runs).entrySet()) {
      for (Plot plot : each.getValue()) {
        plot.draw(folder(each.getKey()));
      }
    }
    Files.writeString(drawn(), digests());
    Files.writeString(page(), Page.render(runs));
    Files.writeString(readme(), Page.quoted(Files.readString(readme()), runs));
  }

  /** The files that do not belong to the results. */
  List<String> stale() throws IOException {
    List<String> stale = new ArrayList<>();
    for (Map.Entry<Run, List<Plot>> each : Plot.newest(runs).entrySet()) {
      for (Plot plot : each.getValue()) {
        Path file = folder(each.getKey()).resolve(plot.name());
        if (!Files.exists(file)) {
          stale.add(file.toString());
        }
      }
    }
    if (!Files.exists(drawn()) || !Files.readString(drawn()).equals(digests())) {
      stale.add(drawn().toString());
    }
    if (!Files.readString(page()).equals(Page.render(runs))) {
      stale.add(page().toString());
    }
    String readme = Files.readString(readme());
    if (!readme.equals(Page.quoted(readme, runs))) {
      stale.add(readme().toString());
    }
    return stale;
  }
}
