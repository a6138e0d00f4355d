package io.rowwise.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Holds what was measured on a machine against what we aim at, as ratios within one run. */
public final class Summary {
  private static final int[] COLUMNS = {256, 512, 1024, 4096, 8192, 16_384, 32_768};

  private final List<JsonNode> results = new ArrayList<>();

  private Summary() {}

  /**
   * The command; prints Markdown. The exit status is 0 if all aims are held.
   *
   * @param arguments files of results in JMH's JSON; those that do not exist are passed by
   */
  public static void main(String[] arguments) throws IOException {
    Summary summary = new Summary();
    for (String file : arguments) {
      Path path = Path.of(file);
      if (Files.exists(path)) {
        summary.read(Files.readString(path));
      }
    }
    List<String> lines = summary.lines();
    lines.forEach(System.out::println);
    if (lines.stream().anyMatch(line -> line.endsWith("| missed |"))) {
      System.exit(1);
    }
  }

  static Summary of(String... json) throws IOException {
    Summary summary = new Summary();
    for (String each : json) {
      summary.read(each);
    }
    return summary;
  }

  private void read(String json) throws IOException {
    new ObjectMapper().readTree(json).forEach(results::add);
  }

  static List<Aim> aims() {
    List<Aim> aims = new ArrayList<>();
    String type = "type=float64";
    Aim.Measured fit = new Aim.Measured("GpuNotebookFit.unwatched", type);
    aims.add(
        new Aim(
            "notebook's fit, float64, beside PyTorch eager",
            new Aim.Measured("pytorch.fit.eager", type),
            fit,
            20));
    aims.add(
        new Aim(
            "notebook's fit, float64, beside PyTorch in a CUDA graph",
            new Aim.Measured("pytorch.fit.graph", type),
            fit,
            3));
    for (int columns : COLUMNS) {
      String parameters = "type=float32,columns=" + columns;
      Aim.Measured softmax = new Aim.Measured("GpuSoftmax.softmax", parameters);
      double copy = columns <= 512 ? 0.80 : columns == 1024 ? 0.93 : 0.97;
      aims.add(
          new Aim(
              String.format(Locale.ROOT, "softmax, float32, %d columns, beside a copy", columns),
              new Aim.Measured("GpuSoftmax.copy", parameters),
              softmax,
              copy));
      aims.add(
          new Aim(
              String.format(
                  Locale.ROOT, "softmax, float32, %d columns, beside torch.softmax", columns),
              new Aim.Measured("pytorch.softmax.eager", parameters),
              softmax,
              1));
    }
    String problem = "type=float32,problem=60000x784,10/128";
    aims.add(
        new Aim(
            "epoch of 60,000 x 784, 10 classes, batches of 128, float32, beside PyTorch eager",
            new Aim.Measured("pytorch.epoch.eager", problem),
            new Aim.Measured("GpuEpoch.epoch", problem),
            5));
    return aims;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("| aim | other, us | ours, us | ratio | wanted | |");
    lines.add("|---|---|---|---|---|---|");
    for (Aim aim : aims()) {
      OptionalDouble other = time(aim.other());
      OptionalDouble ours = time(aim.ours());
      if (other.isEmpty() || ours.isEmpty()) {
        lines.add(
            String.format(
                Locale.ROOT, "| %s | | | | %.2f | not measured |", aim.claim(), aim.least()));
      } else {
        double ratio = other.getAsDouble() / ours.getAsDouble();
        lines.add(
            String.format(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.2f | %.2f | %s |",
                aim.claim(),
                other.getAsDouble(),
                ours.getAsDouble(),
                ratio,
                aim.least(),
                ratio >= aim.least() ? "held" : "missed"));
      }
    }
    return lines;
  }

  private OptionalDouble time(Aim.Measured measured) {
    Map<String, String> wanted = new TreeMap<>();
    for (String pair : measured.parameters().split(",(?=[a-z]+=)", -1)) {
      wanted.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return results.stream()
        .filter(result -> result.path("benchmark").asText().endsWith(measured.benchmark()))
        .filter(result -> !result.path("mode").asText().equals("sample"))
        .filter(
            result ->
                wanted.entrySet().stream()
                    .allMatch(
                        pair ->
                            result
                                .path("params")
                                .path(pair.getKey())
                                .asText()
                                .equals(pair.getValue())))
        .mapToDouble(Summary::microseconds)
        .findFirst();
  }

  private static double microseconds(JsonNode result) {
    JsonNode metric = result.path("primaryMetric");
    String unit = metric.path("scoreUnit").asText();
    if (!unit.equals("us/op")) {
      throw new IllegalArgumentException(
          "%s is in '%s', wanted us/op".formatted(result.path("benchmark").asText(), unit));
    }
    return metric.path("score").asDouble();
  }
}
