package io.rowwise.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    for (Run run : runs) {
      for (Plot plot : Plot.all(run)) {
        plot.draw(folder(run));
      }
    }
    Files.writeString(page(), Page.render(runs));
    Files.writeString(readme(), Page.quoted(Files.readString(readme()), runs));
  }

  /** The files that do not belong to the results. */
  List<String> stale() throws IOException {
    List<String> stale = new ArrayList<>();
    for (Run run : runs) {
      for (Plot plot : Plot.all(run)) {
        if (plot.isStale(folder(run))) {
          stale.add(folder(run).resolve(plot.name()).toString());
        }
      }
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
