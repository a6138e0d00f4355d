package io.rowwise.benchmarks.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What JMH measured of one contender at one thing.
 *
 * @param benchmark its simple name: {@code Epoch.run}
 * @param contender who
 * @param parameters the others, by name
 * @param rounds of each round the median of all iterations of all forks, in microseconds; what is
 *     in one place here was measured in one quarter of an hour
 * @param allocatedBytes what an operation leaves to the garbage collector; NaN if not measured
 * @param percentiles of single calls where JMH sampled them, in microseconds; else empty
 */
record Measurement(
    String benchmark,
    String contender,
    Map<String, String> parameters,
    List<Double> rounds,
    double allocatedBytes,
    Map<String, Double> percentiles) {
  /** The contender that all others are compared with. */
  static final String OURS = "rowwise-cpu";

  /** Of single calls, those that the page shows. */
  static final List<String> PERCENTILES = List.of("50.0", "90.0", "99.0", "99.9");

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int DIGITS = 6;
  private static final String CONTENDER = "contender";
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** Of JMH's own JSON. */
  static Measurement of(JsonNode result) {
    String[] name = result.get("benchmark").asText().split("\\.", -1);
    JsonNode metric = result.get("primaryMetric");
    double unit = unit(metric.get("scoreUnit").asText());
    Map<String, String> parameters = new TreeMap<>();
    result
        .path("params")
        .properties()
        .forEach(each -> parameters.put(each.getKey(), each.getValue().asText()));
    String contender = parameters.remove(CONTENDER);
    Map<String, Double> percentiles = new TreeMap<>();
    double median;
    if (result.get("mode").asText().equals("sample")) {
      metric
          .get("scorePercentiles")
          .properties()
          .forEach(each -> percentiles.put(each.getKey(), each.getValue().asDouble() * unit));
      median = percentiles.get("50.0");
    } else {
      median = median(metric.get("rawData")) * unit;
    }
    return new Measurement(
        name[name.length - 2] + "." + name[name.length - 1],
        contender,
        parameters,
        List.of(median),
        result.path("secondaryMetrics").path(ALLOCATED).path("score").asDouble(Double.NaN),
        percentiles);
  }

  /** Of a line that {@link #line} wrote. */
  static Measurement ofLine(String line) throws JsonProcessingException {
    JsonNode node = MAPPER.readTree(line);
    Map<String, String> parameters = new TreeMap<>();
    node.get("parameters")
        .properties()
        .forEach(each -> parameters.put(each.getKey(), each.getValue().asText()));
    List<Double> rounds = new ArrayList<>();
    node.get("microseconds").forEach(each -> rounds.add(each.asDouble()));
    Map<String, Double> percentiles = new TreeMap<>();
    node.path("percentiles")
        .properties()
        .forEach(each -> percentiles.put(each.getKey(), each.getValue().asDouble()));
    return new Measurement(
        node.get("benchmark").asText(),
        node.get("contender").asText(),
        parameters,
        rounds,
        node.path("allocatedBytes").asDouble(Double.NaN),
        percentiles);
  }

  /** All that the page needs of it, as a line of JSON. */
  String line() {
    ObjectNode node = MAPPER.createObjectNode();
    node.put("benchmark", benchmark).put("contender", contender);
    ObjectNode named = node.putObject("parameters");
    parameters.forEach(named::put);
    ArrayNode times = node.putArray("microseconds");
    rounds.forEach(each -> times.add(rounded(each)));
    if (!Double.isNaN(allocatedBytes)) {
      node.put("allocatedBytes", rounded(allocatedBytes));
    }
    if (isSampled()) {
      ObjectNode sampled = node.putObject("percentiles");
      percentiles.entrySet().stream()
          .filter(each -> PERCENTILES.contains(each.getKey()))
          .forEach(each -> sampled.put(each.getKey(), rounded(each.getValue())));
    }
    return node.toString();
  }

  /** To more digits than repeat, and than the page shows. */
  private static double rounded(double value) {
    return new BigDecimal(value).round(new MathContext(DIGITS)).doubleValue();
  }

  private static double unit(String unit) {
    return switch (unit) {
      case "us/op" -> 1;
      case "ms/op" -> 1e3;
      default -> throw new IllegalArgumentException("a unit that is not known: " + unit);
    };
  }

  private static double median(JsonNode forks) {
    List<Double> all = new ArrayList<>();
    forks.forEach(fork -> fork.forEach(each -> all.add(each.asDouble())));
    return median(all);
  }

  static double median(List<Double> numbers) {
    double[] sorted = numbers.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** The median of the rounds. */
  double microseconds() {
    return median(rounds);
  }

  /** Whether another one is of the same thing. */
  boolean isLike(Measurement other) {
    return benchmark.equals(other.benchmark)
        && contender.equals(other.contender)
        && parameters.equals(other.parameters)
        && isSampled() == other.isSampled();
  }

  /** With the times of a later round; what is said of single calls is that of the first. */
  Measurement and(Measurement later) {
    List<Double> all = new ArrayList<>(rounds);
    all.addAll(later.rounds);
    return new Measurement(
        benchmark, contender, parameters, List.copyOf(all), allocatedBytes, percentiles);
  }

  boolean isSampled() {
    return !percentiles.isEmpty();
  }

  /** A time with three digits: {@code 1.07 us}, {@code 37.1 ms}. */
  static String time(double microseconds) {
    double value = microseconds;
    String unit = "us";
    if (microseconds >= 1e6) {
      value = microseconds / 1e6;
      unit = "s";
    } else if (microseconds >= 1e3) {
      value = microseconds / 1e3;
      unit = "ms";
    }
    return threeDigits(value) + " " + unit;
  }

  /** {@code 0.42}, {@code 3.14}, {@code 31.4}, {@code 314}. */
  static String threeDigits(double value) {
    int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
