package io.rowwise.benchmarks.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * Softmax by the number of columns, as SVG. The file ends with a digest of what is drawn: how it is
 * drawn depends on the fonts of the machine that does.
 */
final class Plot {
  private static final String BENCHMARK = "RowOperations.run";
  private static final int ROWS = 10_000;

  private final Run run;
  private final String type;

  private record Point(String contender, int columns, double nanoseconds) {}

  private Plot(Run run, String type) {
    this.run = run;
    this.type = type;
  }

  private static List<Plot> all(Run run) {
    List<Plot> plots = new ArrayList<>();
    for (String type : List.of("float32", "float64")) {
      Plot plot = new Plot(run, type);
      if (!plot.points().isEmpty()) {
        plots.add(plot);
      }
    }
    return plots;
  }

  /** The files that a run's plots are in. */
  static List<String> names(Run run) {
    return all(run).stream().map(Plot::name).toList();
  }

  /** Draws them. */
  static void drawAll(Run run, Path results) throws IOException {
    for (Plot plot : all(run)) {
      plot.draw(results.resolve(run.name()).resolve(plot.name()));
    }
  }

  /** The files that are not there, or drawn from other numbers. */
  static List<String> stale(Run run, Path results) throws IOException {
    List<String> stale = new ArrayList<>();
    for (Plot plot : all(run)) {
      Path file = results.resolve(run.name()).resolve(plot.name());
      if (!Files.exists(file) || !Files.readString(file).endsWith(plot.digest())) {
        stale.add(file.toString());
      }
    }
    return stale;
  }

  private String name() {
    return "softmax-" + type + ".svg";
  }

  /** Nanoseconds of an element. */
  private List<Point> points() {
    Set<Integer> columns = new TreeSet<>();
    Set<String> contenders = new LinkedHashSet<>();
    for (Measurement each : run.measurements()) {
      if (each.benchmark().equals(BENCHMARK)) {
        columns.add(Integer.valueOf(each.parameters().get("columns")));
        contenders.add(each.contender());
      }
    }
    List<Point> points = new ArrayList<>();
    for (String contender : contenders) {
      for (int count : columns) {
        for (String operation : List.of("SOFTMAX", "COPY")) {
          Map<String, String> parameters =
              Map.of(
                  "type",
                  type,
                  "operation",
                  operation,
                  "rows",
                  String.valueOf(ROWS),
                  "columns",
                  String.valueOf(count));
          OptionalDouble time = run.fastest(BENCHMARK, parameters, contender);
          boolean wanted = operation.equals("SOFTMAX") || contender.equals("rowwise-cpu");
          if (time.isPresent() && wanted) {
            String name = operation.equals("COPY") ? "a copy" : contender;
            points.add(new Point(name, count, time.getAsDouble() * 1e3 / ((double) ROWS * count)));
          }
        }
      }
    }
    return points;
  }

  private String digest() {
    StringBuilder drawn = new StringBuilder();
    points().forEach(point -> drawn.append(point).append('\n'));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(drawn.toString().getBytes(StandardCharsets.UTF_8));
      return "<!-- " + HexFormat.of().formatHex(digest) + " -->\n";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private void draw(Path file) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title("Softmax of 10,000 rows, " + type)
            .xAxisTitle("columns")
            .yAxisTitle("nanoseconds an element")
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    List<Point> points = points();
    Set<String> contenders = new LinkedHashSet<>();
    points.forEach(point -> contenders.add(point.contender()));
    for (String contender : contenders) {
      List<Point> mine =
          points.stream().filter(each -> each.contender().equals(contender)).toList();
      chart.addSeries(
          contender,
          mine.stream().mapToDouble(Point::columns).toArray(),
          mine.stream().mapToDouble(Point::nanoseconds).toArray());
    }
    Path unsigned = Files.createTempFile("plot-", ".svg");
    try {
      VectorGraphicsEncoder.saveVectorGraphic(chart, unsigned.toString(), VectorGraphicsFormat.SVG);
      Files.writeString(file, Files.readString(unsigned).stripTrailing() + "\n" + digest());
    } finally {
      Files.delete(unsigned);
    }
  }
}
