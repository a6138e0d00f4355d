package io.rowwise.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final String RESULTS =
      """
      [{"benchmark": "io.rowwise.benchmarks.jmh.NotebookFit.run", "mode": "avgt",
        "params": {"contender": "rowwise-cpu", "type": "float64"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[1400, 1600], [9000, 1500]]},
        "secondaryMetrics": {"gc.alloc.rate.norm": {"score": 640.2}}},
       {"benchmark": "io.rowwise.benchmarks.jmh.NotebookFit.run", "mode": "avgt",
        "params": {"contender": "pytorch-1-thread", "type": "float64"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[31000]]}},
       {"benchmark": "io.rowwise.benchmarks.jmh.NotebookFit.run", "mode": "avgt",
        "params": {"contender": "pytorch-2-threads", "type": "float64"},
        "primaryMetric": {"score": 9, "scoreUnit": "ms/op", "rawData": [[17.05]]}},
       {"benchmark": "io.rowwise.benchmarks.jmh.Prediction.run", "mode": "sample",
        "params": {"contender": "rowwise-cpu", "rows": "1", "type": "float32"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op",
          "scorePercentiles": {"50.0": 1.1, "90.0": 1.2, "99.0": 2.5, "99.9": 12.5}}},
       {"benchmark": "io.rowwise.benchmarks.jmh.RowOperations.run", "mode": "avgt",
        "params": {"contender": "rowwise-cpu", "type": "float32", "operation": "SOFTMAX",
          "rows": "10000", "columns": "100"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[500]]}},
       {"benchmark": "io.rowwise.benchmarks.jmh.RowOperations.run", "mode": "avgt",
        "params": {"contender": "pytorch-1-thread", "type": "float32", "operation": "SOFTMAX",
          "rows": "10000", "columns": "100"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[1000]]}},
       {"benchmark": "io.rowwise.benchmarks.jmh.RowOperations.run", "mode": "avgt",
        "params": {"contender": "rowwise-cpu", "type": "float32", "operation": "SOFTMAX",
          "rows": "1000", "columns": "100"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[50]]}},
       {"benchmark": "io.rowwise.benchmarks.jmh.RowOperations.run", "mode": "avgt",
        "params": {"contender": "rowwise-cpu", "type": "float32", "operation": "SOFTMAX",
          "rows": "10000", "columns": "10"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[60]]}},
       {"benchmark": "io.rowwise.benchmarks.jmh.RowOperations.run", "mode": "avgt",
        "params": {"contender": "rowwise-cpu", "type": "float32", "operation": "SOFTMAX",
          "rows": "10000", "columns": "1000"},
        "primaryMetric": {"score": 9, "scoreUnit": "us/op", "rawData": [[6000]]}}]
      """;

  @TempDir Path folder;
  private Path benchmarks;

  @BeforeEach
  void write() throws IOException {
    benchmarks = Files.createDirectory(folder.resolve("benchmarks"));
    Path run = Files.createDirectories(benchmarks.resolve("results/2026-01-02-here"));
    Files.writeString(run.resolve("a.jsonl"), Condensed.of(List.of(RESULTS)));
    Files.writeString(run.resolve("machine.md"), "A machine.\n");
    Files.writeString(
        folder.resolve("README.md"), "before\n" + Page.BEGIN + "\nold\n" + Page.END + "\nafter\n");
  }

  private String page() throws IOException {
    Report.main(new String[] {benchmarks.toString()});
    return Files.readString(benchmarks.resolve("RESULTS.md"));
  }

  @Test
  void quotesMediansAndTheFastestForm() throws IOException {
    String page = page();

    assertTrue(
        page.contains(
            "| the notebook's fit, float64 | 1.55 ms | 17.1 ms | **11.0** | not measured | aim 7.00"
                + " |"),
        page);
    assertTrue(page.contains("| float64 | 1.55 ms | 31.0 ms | 17.1 ms | 11.0 |"), page);
    assertTrue(page.contains("| rows 1, float32 | rowwise-cpu | 1.10 us | 1.20 us |"), page);
    assertTrue(page.contains("to the garbage collector: float64: 640."), page);
    assertTrue(
        page.contains(
            "| softmax, 10,000 x 100, float32 | 500 us | 1.00 ms | **2.00** | not measured | aim"
                + " 1.00 |"),
        page);
    assertTrue(page.contains("A machine."), page);
    assertTrue(page.contains("![softmax-float32.png]"), page);
  }

  @Test
  void theReadmeQuotesTheClaims() throws IOException {
    page();

    String readme = Files.readString(folder.resolve("README.md"));
    assertTrue(readme.startsWith("before\n" + Page.BEGIN), readme);
    assertTrue(readme.contains("| the notebook's fit, float64 | 1.55 ms |"), readme);
    assertFalse(readme.contains("softmax, 10,000 x 100"), readme);
    assertTrue(readme.endsWith(Page.END + "\nafter\n"), readme);
  }

  @Test
  void whatIsKeptIsWhatThePageNeeds() throws IOException {
    String kept = Condensed.of(List.of(RESULTS));

    assertTrue(
        kept.startsWith(
            "{\"benchmark\":\"NotebookFit.run\",\"contender\":\"rowwise-cpu\","
                + "\"parameters\":{\"type\":\"float64\"},\"microseconds\":[1550.0],"
                + "\"allocatedBytes\":640.2}\n"),
        kept);
    assertEquals(
        kept,
        kept.lines()
            .map(
                line -> {
                  try {
                    return Measurement.ofLine(line).line() + "\n";
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                })
            .collect(Collectors.joining()));
  }

  @Test
  void whatIsWrittenIsNotStale() throws IOException {
    page();

    assertEquals(List.of(), new Report(benchmarks).stale());
  }

  @Test
  void otherResultsMakeEverythingStale() throws IOException {
    page();
    Path results = benchmarks.resolve("results/2026-01-02-here/a.jsonl");
    String others = RESULTS.replace("[[500]]", "[[501]]").replace("17.05", "18.05");
    Files.writeString(results, Condensed.of(List.of(others)));

    List<String> stale = new Report(benchmarks).stale();

    assertEquals(3, stale.size(), stale::toString);
  }

  @Test
  void aMissedAimIsSaid() {
    Measurement theirs = measurement("python-1-thread", 60);
    Measurement ours = measurement("rowwise-cpu", 10);
    Run run = new Run("name", "machine", List.of(theirs, ours));

    String claims = Page.claims(run, Claim.all());

    assertTrue(
        claims.contains(
            "| the notebook's fit, float64 | 10.0 us | not measured | aim 10.0 | 60.0 us | 6.00,"
                + " missed: aim 7.00 |"),
        claims);
  }

  private static Measurement measurement(String contender, double microseconds) {
    return new Measurement(
        "NotebookFit.run",
        contender,
        Map.of("type", "float64"),
        List.of(microseconds),
        Double.NaN,
        Map.of());
  }

  @Test
  void roundsAreComparedOneByOne() throws IOException {
    String slower = RESULTS.replace("[[1400, 1600], [9000, 1500]]", "[[3100]]");
    String faster = RESULTS.replace("[[17.05]]", "[[15.5]]");
    Files.writeString(
        benchmarks.resolve("results/2026-01-02-here/a.jsonl"),
        Condensed.of(List.of(RESULTS, slower, faster)));

    String page = page();

    assertTrue(
        page.contains(
            "| the notebook's fit, float64 | 1.55 ms | 17.1 ms | **10.0** (5.50 to 11.0) | not"
                + " measured | aim 7.00 |"),
        page);
    assertTrue(
        page.contains("| float64 | 1.55 ms | 31.0 ms | 17.1 ms | 10.0 (5.50 to 11.0) |"), page);
  }

  @Test
  void aReadmeWithoutMarksIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Page.quoted("text", List.of()));
  }

  /** Of this project's own page, once there are results. */
  @Test
  void thePageBelongsToTheResults() throws IOException {
    Path own = Path.of("").toAbsolutePath();
    assumeTrue(Files.isDirectory(own.resolve("results")), "nothing has been measured");

    assertEquals(List.of(), new Report(own).stale(), "run mvn -q test-compile exec:exec@report");
  }
}
