package io.rowwise.benchmarks.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Holds what was measured on a machine against what we aim at, as ratios within one run. */
public final class Summary {
  private final List<JsonNode> results = new ArrayList<>();
  private int unreadable;

  private Summary() {}

  /**
   * The command; prints Markdown. The exit status is 0 if at least one aim was measured and none
   * missed.
   *
   * @param arguments the files of results, a line of JSON each; those that do not exist are passed
   *     by
   */
  public static void main(String[] arguments) throws IOException {
    Summary summary = new Summary();
    for (String file : arguments) {
      Path path = Path.of(file);
      if (Files.exists(path)) {
        summary.read(Files.readAllLines(path));
      }
    }
    summary.lines().forEach(System.out::println);
    System.out.println();
    summary.times().forEach(System.out::println);
    System.out.println(Results.DONE);
    System.exit(summary.holds() ? 0 : 1);
  }

  static Summary of(String... lines) {
    Summary summary = new Summary();
    summary.read(List.of(lines));
    return summary;
  }

  private void read(List<String> lines) {
    for (String line : lines) {
      try {
        results.add(new ObjectMapper().readTree(line));
      } catch (JsonProcessingException e) {
        // What a program was writing when it was ended.
        unreadable++;
      }
    }
  }

  static List<Aim> aims() {
    List<Aim> aims = new ArrayList<>();
    for (String told : List.of("told-at-end", "told-every-epoch")) {
      String type = "type=float64,targets=one-hot";
      Aim.Measured fit = new Aim.Measured("rowwise.fit." + told, type);
      aims.add(
          new Aim(
              "notebook's fit, float64, " + told.replace('-', ' ') + ", beside PyTorch eager",
              new Aim.Measured("pytorch.fit.eager." + told, type),
              fit,
              20));
      aims.add(
          new Aim(
              "notebook's fit, float64, " + told.replace('-', ' ') + ", beside a CUDA graph",
              new Aim.Measured("pytorch.fit.graph." + told, type),
              fit,
              3));
    }
    for (int columns : GpuMeasurements.AIMED_COLUMNS) {
      String parameters = "type=float32,columns=" + columns;
      Aim.Measured softmax = new Aim.Measured("rowwise.softmax", parameters);
      String claim = String.format(Locale.ROOT, "softmax, float32, %d columns, beside ", columns);
      double copy = columns <= 512 ? 0.80 : columns == 1024 ? 0.93 : 0.97;
      aims.add(
          new Aim(claim + "our copy", new Aim.Measured("rowwise.copy", parameters), softmax, copy));
      aims.add(
          new Aim(
              claim + "cuMemcpyDtoD",
              new Aim.Measured("cuMemcpyDtoD", "mebibytes=256"),
              softmax,
              copy));
      aims.add(
          new Aim(
              claim + "torch.softmax",
              new Aim.Measured("pytorch.softmax.eager", parameters),
              softmax,
              1));
    }
    String problem = "type=float32,problem=60000x784,10/128,targets=one-hot";
    aims.add(
        new Aim(
            "epoch of 60,000 x 784, 10 classes, batches of 128, float32, beside PyTorch eager",
            new Aim.Measured("pytorch.epoch.eager", problem),
            new Aim.Measured("rowwise.epoch", problem),
            5));
    return aims;
  }

  private OptionalDouble ratio(Aim aim) {
    OptionalDouble other = time(aim.other());
    OptionalDouble ours = time(aim.ours());
    return other.isEmpty() || ours.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(other.getAsDouble() / ours.getAsDouble());
  }

  /** Whether what was measured is as it should be; nothing measured is not. */
  boolean holds() {
    List<Aim> measured = aims().stream().filter(aim -> ratio(aim).isPresent()).toList();
    return !measured.isEmpty()
        && measured.stream().allMatch(aim -> ratio(aim).getAsDouble() >= aim.least());
  }

  /** The aims, and in the end how many of them were reached. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("| aim | other, us | ours, us | ratio | wanted | |");
    lines.add("|---|---|---|---|---|---|");
    int held = 0;
    int missed = 0;
    for (Aim aim : aims()) {
      OptionalDouble ratio = ratio(aim);
      if (ratio.isPresent()) {
        boolean reached = ratio.getAsDouble() >= aim.least();
        held += reached ? 1 : 0;
        missed += reached ? 0 : 1;
        lines.add(
            String.format(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.2f | %.2f | %s |",
                aim.claim(),
                time(aim.other()).getAsDouble(),
                time(aim.ours()).getAsDouble(),
                ratio.getAsDouble(),
                aim.least(),
                reached ? "held" : "MISSED"));
      }
    }
    int missing = aims().size() - held - missed;
    if (missing > 0) {
      lines.add("");
      lines.add(
          "Not measured: "
              + String.join(
                  "; ", aims().stream().filter(a -> ratio(a).isEmpty()).map(Aim::claim).toList()));
    }
    lines.add("");
    lines.add(
        String.format(
            Locale.ROOT,
            "aims: %d held, %d missed, %d not measured%s",
            held,
            missed,
            missing,
            unreadable == 0
                ? ""
                : String.format(Locale.ROOT, "; %d lines are not whole", unreadable)));
    return lines;
  }

  /**
   * All times, those of one thing in one line: {@code rowwise.copy, float32: 256 120.1, 512 119.8}
   * with its columns before each.
   */
  List<String> times() {
    Map<String, List<String>> times = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    for (JsonNode result : results) {
      if (result.has("us") || result.has("not measured")) {
        List<String> parameters = new ArrayList<>();
        result.path("parameters").elements().forEachRemaining(v -> parameters.add(v.asText()));
        // The size, which is the second where there is a type.
        boolean typed = result.path("parameters").has("type");
        String size = parameters.size() > (typed ? 1 : 0) ? parameters.remove(typed ? 1 : 0) : "";
        String name = String.join(", ", concat(result.path("name").asText(), parameters));
        if (result.has("us")) {
          times
              .computeIfAbsent(name, any -> new ArrayList<>())
              .add(size + String.format(Locale.ROOT, " %.1f", result.get("us").asDouble()));
        } else {
          missing.add(name + ", " + size + " not measured: " + result.get("not measured").asText());
        }
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add("Microseconds, each after its size:");
    times.forEach((name, values) -> lines.add("- " + name + ": " + String.join(", ", values)));
    missing.forEach(each -> lines.add("- " + each));
    return lines;
  }

  private static List<String> concat(String first, List<String> others) {
    List<String> all = new ArrayList<>();
    all.add(first);
    all.addAll(others);
    return all;
  }

  private OptionalDouble time(Aim.Measured measured) {
    Map<String, String> wanted = new TreeMap<>();
    for (String pair : measured.parameters().split(",(?=[a-z]+=)", -1)) {
      wanted.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return results.stream()
        .filter(result -> result.path("name").asText().equals(measured.name()))
        .filter(result -> result.path("us").isNumber() && has(result, wanted))
        .mapToDouble(result -> result.get("us").asDouble())
        .filter(microseconds -> microseconds > 0)
        .findFirst();
  }

  private static boolean has(JsonNode result, Map<String, String> wanted) {
    JsonNode parameters = result.path("parameters");
    return wanted.entrySet().stream()
        .allMatch(pair -> parameters.path(pair.getKey()).asText().equals(pair.getValue()));
  }
}
