package io.rowwise.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SummaryTest {
  private static String softmax(String name, int columns, double microseconds) {
    return """
    {"name": "%s", "parameters": {"type": "float32", "columns": "%s"}, "us": %s}\
    """
        .formatted(name, columns, microseconds);
  }

  private static final String OURS = softmax("rowwise.softmax", 1024, 100);
  private static final String COPY = softmax("rowwise.copy", 1024, 95);
  private static final String TORCH = softmax("pytorch.softmax.eager", 1024, 99);

  @Test
  void holdsWhatWasMeasuredAgainstTheAims() {
    Summary summary = Summary.of(OURS, COPY, TORCH);

    List<String> lines = summary.lines();
    assertTrue(
        lines.contains(
            "| softmax, float32, 1024 columns, beside our copy | 95.0 | 100.0 | 0.95 | 0.93 | held"
                + " |"),
        lines::toString);
    assertTrue(
        lines.contains(
            "| softmax, float32, 1024 columns, beside torch.softmax | 99.0 | 100.0 | 0.99 | 1.00 |"
                + " MISSED |"),
        lines::toString);
    assertEquals(
        "aims: 1 held, 1 missed, %s not measured".formatted(Summary.aims().size() - 2),
        lines.get(lines.size() - 1));
    assertFalse(summary.holds());
    assertTrue(Summary.of(OURS, COPY).holds());
  }

  @Test
  void nothingMeasuredIsNotHeld() {
    assertFalse(Summary.of().holds());
    Summary summary =
        Summary.of(
            OURS,
            """
            {"name": "rowwise.copy", "parameters": {"type": "float32", "columns": "1024"}, \
            "not measured": "the device is lost"}\
            """);
    assertFalse(summary.holds());
    List<String> lines = summary.lines();
    assertEquals(
        "aims: 0 held, 0 missed, %s not measured".formatted(Summary.aims().size()),
        lines.get(lines.size() - 1));
    assertTrue(
        summary.times().contains("- rowwise.copy, float32, 1024 not measured: the device is lost"),
        summary.times()::toString);
  }

  @Test
  void aTimeOfZeroIsNone() {
    assertFalse(Summary.of(softmax("rowwise.softmax", 1024, 0), COPY).holds());
  }

  @Test
  void aLineThatWasCutOffIsCountedAndPassedBy() {
    List<String> lines = Summary.of(OURS, COPY, TORCH.substring(0, 20)).lines();
    assertTrue(lines.get(lines.size() - 1).endsWith("; 1 lines are not whole"), lines::toString);
    assertTrue(lines.get(lines.size() - 1).startsWith("aims: 1 held, 0 missed"), lines::toString);
  }

  @Test
  void timesOfOneThingStandInOneLine() {
    assertEquals(
        List.of(
            "Microseconds, each after its size:",
            "- rowwise.copy, float32: 512 94.0, 1024 95.0",
            "- rowwise.softmax, float32: 1024 100.0"),
        Summary.of(softmax("rowwise.copy", 512, 94), COPY, OURS).times());
  }

  @Test
  void readsWhatResultsWrite(@TempDir Path folder) throws IOException {
    Results results = new Results(folder.resolve("results.jsonl"));
    Timing timing = Timing.of(() -> {}, 1, 0.001);
    assertTrue(timing.least() <= timing.median() && timing.median() <= timing.most());
    Map<String, String> parameters = Map.of("columns", "256", "type", "float32");
    results.measured("rowwise.softmax", parameters, new Timing(8, 7, 9));
    results.measured("rowwise.copy", parameters, new Timing(7, 7, 9));
    results.checked("contract", true, "");

    Summary summary = Summary.of(Files.readAllLines(results.file()).toArray(String[]::new));

    assertTrue(summary.holds());
    assertTrue(
        summary
            .lines()
            .contains(
                "| softmax, float32, 256 columns, beside our copy | 7.0 | 8.0 | 0.88 | 0.80 |"
                    + " held |"),
        summary.lines()::toString);
  }
}
