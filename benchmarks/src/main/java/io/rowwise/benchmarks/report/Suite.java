package io.rowwise.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One benchmark's part of the page.
 *
 * @param benchmark whose results
 * @param title in words
 * @param floor below what nobody can come, and why
 * @param slower why another is faster, where one is
 */
record Suite(String benchmark, String title, String floor, String slower) {
  /** Within that of the other's time is as fast. */
  private static final double AS_FAST = 0.95;

  static List<Suite> all() {
    return List.of(
        new Suite(
            "NotebookFit.run",
            "The notebook's fit: 100 x 5, 3 classes, batches of 33, 16 epochs, each with a"
                + " validation on 10,000 rows",
            "480,000 powers of e, 0.5 ns each with vector instructions on one core, and 10 MB read"
                + " from the cache: about 0.3 ms.",
            ""),
        new Suite(
            "Epoch.run",
            "An epoch: rows x features / classes / rows of a batch",
            "60,000 x 784: 188 MB read from memory in float32, 19 ms at 10 GB/s, twice that in"
                + " float64. 8,192 x 1,024 with 1,000 classes: 33.6 GFLOP, in float32 160 ms at the"
                + " 105 GFLOP/s a core that OpenBLAS reaches on Zen 4 (family 25), and 100 ms at"
                + " the 167 of its kernels for AVX-512 on Zen 5 (family 26).",
            "With 1,000 classes nearly all of the time is the matrix products, OpenBLAS's here and"
                + " MKL's there."),
        new Suite(
            "Prediction.run",
            "Prediction: rows of 784 features, 10 classes",
            "One row: 31 KB of weights read from the cache in float32, 0.3 us; OpenBLAS's product"
                + " alone takes 0.19 us on Zen 5, and 0.61 in float64. 10,000 rows: 31 MB"
                + " read from memory, 3 ms at 10 GB/s; twice that in float64.",
            ""),
        new Suite(
            "RowOperations.run",
            "Operations on rows",
            "`COPY`, which moves the same bytes.",
            "C2 vectorises no loop that adds up; so a row is copied to an array, gone over four or"
                + " five times in the cache, and copied back, where PyTorch goes over it twice."
                + " `rowwise-cpu-vector-api` is the same in a JVM with the Vector API, which does"
                + " it in three. Rows of 1,000 and more are bound by memory."),
        new Suite(
            "Start.predict",
            "From the start of a JVM to its end after one prediction",
            "`plain-java`, which loads no native library.",
            "Plain Java loads no native library. Most of what we need beyond it is JavaCPP's search"
                + " for OpenBLAS through the class path; before 2026-11-28 it was ND4J's start."),
        new Suite(
            "Primitives.run",
            "The operations of a backend's contract",
            "`COPY`; of a matrix product, 2 rows^2 columns operations.",
            "Operands are copied to arrays, 2 KB at a time, and results back: for one addition that"
                + " costs as much again, and buys loops that every JVM vectorises and one text for"
                + " both types. C2 vectorises no loop that adds"
                + " up. PyTorch's threads are awake all the time; Rowwise's sleep 50 us"
                + " after the last work, since a service wants its cores for itself, and wake for"
                + " 0.1 ms of it, or for a series of shorter works. Training and prediction use"
                + " none of these, but fused kernels."));
  }

  /** Its tables; empty where nothing was measured. */
  String render(Run run) {
    List<Measurement> mine =
        run.measurements().stream().filter(each -> each.benchmark().equals(benchmark)).toList();
    if (mine.isEmpty()) {
      return "";
    }
    StringBuilder page = new StringBuilder();
    page.append("### ").append(title).append("\n\nThe floor: ").append(floor).append("\n\n");
    List<Measurement> timed = mine.stream().filter(each -> !each.isSampled()).toList();
    appendTimes(page, timed);
    appendAllocations(page, timed);
    List<Measurement> sampled = mine.stream().filter(Measurement::isSampled).toList();
    if (!sampled.isEmpty()) {
      appendPercentiles(page, sampled);
    }
    return page.toString();
  }

  private void appendTimes(StringBuilder page, List<Measurement> timed) {
    Set<String> contenders = new LinkedHashSet<>();
    Map<Map<String, String>, Map<String, List<Double>>> table = new LinkedHashMap<>();
    for (Measurement each : timed) {
      contenders.add(each.contender());
      table
          .computeIfAbsent(each.parameters(), key -> new LinkedHashMap<>())
          .put(each.contender(), each.rounds());
    }
    List<String> columns = new ArrayList<>(contenders);
    page.append("| | ").append(String.join(" | ", columns)).append(" | fastest other : ours |\n");
    page.append("|---".repeat(columns.size() + 2)).append("|\n");
    table.forEach(
        (parameters, times) -> {
          page.append("| ").append(words(parameters)).append(" |");
          for (String contender : columns) {
            List<Double> rounds = times.get(contender);
            page.append(' ')
                .append(rounds == null ? "" : Measurement.time(Measurement.median(rounds)))
                .append(" |");
          }
          page.append(' ').append(ratios(times).map(all -> all.inWords("")).orElse(""));
          page.append(" |\n");
        });
    page.append('\n');
    long behind =
        table.values().stream()
            .filter(times -> ratios(times).map(Ratios::median).orElse(1.0) < AS_FAST)
            .count();
    if (behind > 0) {
      page.append(
          String.format(
              Locale.ROOT, "Another is faster in %d of %d. %s\n\n", behind, table.size(), slower));
    }
  }

  /** How many times faster we are than who else is fastest; nothing where one is missing. */
  private static Optional<Ratios> ratios(Map<String, List<Double>> times) {
    List<Double> ours = times.get(Measurement.OURS);
    Optional<List<Double>> theirs =
        times.entrySet().stream()
            .filter(each -> !each.getKey().startsWith("rowwise"))
            .map(Map.Entry::getValue)
            .min(Comparator.comparing(Measurement::median));
    return ours == null ? Optional.empty() : theirs.map(each -> Ratios.of(each, ours));
  }

  private static void appendAllocations(StringBuilder page, List<Measurement> timed) {
    List<String> allocations = new ArrayList<>();
    for (Measurement each : timed) {
      if (each.contender().equals(Measurement.OURS) && !Double.isNaN(each.allocatedBytes())) {
        allocations.add(
            "%s: %s".formatted(words(each.parameters()), Math.round(each.allocatedBytes())));
      }
    }
    if (!allocations.isEmpty()) {
      page.append("Bytes that Rowwise leaves to the garbage collector: ")
          .append(String.join("; ", allocations))
          .append(".\n\n");
    }
  }

  private static void appendPercentiles(StringBuilder page, List<Measurement> sampled) {
    page.append("Single calls:\n\n| | | median | 90% | 99% | 99.9% |\n|---|---|---|---|---|---|\n");
    for (Measurement each : sampled) {
      page.append("| ").append(words(each.parameters())).append(" | ").append(each.contender());
      for (String percentile : Measurement.PERCENTILES) {
        page.append(" | ").append(Measurement.time(each.percentiles().get(percentile)));
      }
      page.append(" |\n");
    }
    page.append('\n');
  }

  private static String words(Map<String, String> parameters) {
    List<String> words = new ArrayList<>();
    parameters.forEach(
        (name, value) ->
            words.add(
                name.equals("type") || name.equals("operation") ? value : name + " " + value));
    return String.join(", ", words);
  }
}
