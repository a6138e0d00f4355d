package io.rowwise.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SummaryTest {
  private static String result(
      String benchmark, String mode, String parameters, double score, String unit) {
    return """
    {"benchmark": "%s", "mode": "%s", "params": {%s},
     "primaryMetric": {"score": %s, "scoreUnit": "%s"}}\
    """
        .formatted(benchmark, mode, parameters, score, unit);
  }

  private static final String OURS =
      result(
          "io.rowwise.benchmarks.gpu.GpuSoftmax.softmax",
          "avgt",
          "\"backend\": \"cuda\", \"type\": \"float32\", \"columns\": \"1024\"",
          100,
          "us/op");
  private static final String COPY =
      result(
          "io.rowwise.benchmarks.gpu.GpuSoftmax.copy",
          "avgt",
          "\"backend\": \"cuda\", \"type\": \"float32\", \"columns\": \"1024\"",
          95,
          "us/op");
  private static final String TORCH =
      result(
          "pytorch.softmax.eager", "avgt", "\"type\": \"float32\", \"columns\": 1024", 99, "us/op");

  @Test
  void holdsWhatWasMeasuredAgainstTheAims() throws IOException {
    List<String> lines =
        Summary.of("[%s, %s]".formatted(OURS, COPY), "[%s]".formatted(TORCH)).lines();
    assertTrue(
        lines.contains(
            "| softmax, float32, 1024 columns, beside a copy | 95.0 | 100.0 | 0.95 | 0.93 | held"
                + " |"));
    assertTrue(
        lines.contains(
            "| softmax, float32, 1024 columns, beside torch.softmax | 99.0 | 100.0 | 0.99 | 1.00 |"
                + " missed |"));
    assertEquals(Summary.aims().size() + 2, lines.size());
    assertEquals(
        Summary.aims().size() - 2,
        lines.stream().filter(line -> line.endsWith("| not measured |")).count());
  }

  @Test
  void anotherUnitIsAnError() throws IOException {
    Summary summary = Summary.of("[%s, %s]".formatted(OURS, COPY.replace("us/op", "ms/op")));
    assertThrows(IllegalArgumentException.class, summary::lines);
  }
}
