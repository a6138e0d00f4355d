package io.rowwise.benchmarks.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/** Times that grow with something, a line for each contender, as a picture. */
final class Plot {
  private static final int FEWEST_POINTS = 3;

  private final String name;
  private final String title;
  private final String across;
  private final String upwards;

  /** Times by the contender's name, each by what they grow with. */
  private final Map<String, TreeMap<Double, Double>> lines = new TreeMap<>();

  private Plot(String name, String title, String across, String upwards) {
    this.name = name;
    this.title = title;
    this.across = across;
    this.upwards = upwards;
  }

  /** Each plot of the newest run that has it. */
  static Map<Run, List<Plot>> newest(List<Run> runs) {
    Map<Run, List<Plot>> plots = new LinkedHashMap<>();
    Set<String> names = new HashSet<>();
    for (Run run : runs) {
      plots.put(run, all(run).stream().filter(plot -> names.add(plot.name())).toList());
    }
    return plots;
  }

  /** Those that a run has the numbers for. */
  static List<Plot> all(Run run) {
    List<Plot> plots = new ArrayList<>();
    for (String type : List.of("float32", "float64")) {
      Map<String, String> ofType = Map.of("type", type, "rows", "10000");
      plots.add(
          softmax(run, "softmax-" + type, "Softmax of 10,000 rows, " + type, ofType, "columns"));
    }
    for (String columns : List.of("10", "1000")) {
      Map<String, String> ofColumns = Map.of("type", "float32", "columns", columns);
      String title = "Softmax of rows of " + columns + ", float32";
      plots.add(softmax(run, "softmax-rows-" + columns, title, ofColumns, "rows"));
    }
    for (EpochShape.Axis axis : EpochShape.Axis.values()) {
      plots.add(epoch(run, axis));
    }
    return plots.stream().filter(Plot::isWorthwhile).toList();
  }

  private static Plot softmax(
      Run run, String name, String title, Map<String, String> fixed, String axis) {
    Plot plot = new Plot(name + ".png", title, axis, "nanoseconds an element");
    for (Measurement each : run.measurements()) {
      Map<String, String> parameters = each.parameters();
      if (each.benchmark().equals("RowOperations.run")
          && parameters.entrySet().containsAll(fixed.entrySet())) {
        double elements =
            Double.parseDouble(parameters.get("rows"))
                * Double.parseDouble(parameters.get("columns"));
        String operation = parameters.get("operation");
        String line =
            operation.equals("COPY") && each.contender().equals(Measurement.OURS)
                ? "a copy"
                : each.contender();
        if (operation.equals("SOFTMAX") || line.equals("a copy")) {
          plot.add(
              line, Double.parseDouble(parameters.get(axis)), each.microseconds() * 1e3 / elements);
        }
      }
    }
    return plot;
  }

  private static Plot epoch(Run run, EpochShape.Axis axis) {
    Plot plot =
        new Plot(
            "epoch-" + axis.word().replace(' ', '-') + ".png",
            "An epoch of " + EpochShape.BASE.exceptFor(axis) + ", float32",
            axis.word(),
            "milliseconds");
    for (Measurement each : run.measurements()) {
      if (each.benchmark().equals("Epoch.run") && each.parameters().get("type").equals("float32")) {
        EpochShape shape = EpochShape.parse(each.parameters().get("problem"));
        if (shape.equalsBaseExceptFor(axis)) {
          plot.add(each.contender(), axis.of(shape), each.microseconds() / 1e3);
        }
      }
    }
    return plot;
  }

  private void add(String line, double x, double y) {
    lines.computeIfAbsent(line, unused -> new TreeMap<>()).merge(x, y, Math::min);
  }

  private boolean isWorthwhile() {
    return lines.values().stream().anyMatch(line -> line.size() >= FEWEST_POINTS);
  }

  /** The file's name. */
  String name() {
    return name;
  }

  /**
   * Says what is drawn. The picture does not: how it is drawn depends on the fonts of the machine
   * that does.
   */
  String digest() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((title + lines).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest) + "  " + name;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Writes the file. */
  void draw(Path folder) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title(title)
            .xAxisTitle(across)
            .yAxisTitle(upwards)
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    lines.forEach(
        (contender, line) ->
            chart.addSeries(
                contender,
                line.keySet().stream().mapToDouble(Double::doubleValue).toArray(),
                line.values().stream().mapToDouble(Double::doubleValue).toArray()));
    BitmapEncoder.saveBitmap(chart, folder.resolve(name).toString(), BitmapFormat.PNG);
  }
}
