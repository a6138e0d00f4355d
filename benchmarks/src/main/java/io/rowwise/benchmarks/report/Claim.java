package io.rowwise.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How much faster than PyTorch we want to be, and are. Of PyTorch's forms and threads the fastest
 * counts.
 *
 * @param work what is done, in words
 * @param benchmark who measures it
 * @param parameters which of its results
 * @param ours which of ours
 * @param besideDjl how many times faster than PyTorch through DJL we want to be; 0 to leave it out
 * @param besidePython how many times faster than Python's PyTorch; 0 to leave it out
 * @param headline whether the README quotes it
 */
record Claim(
    String work,
    String benchmark,
    Map<String, String> parameters,
    String ours,
    double besideDjl,
    double besidePython,
    boolean headline) {
  private static final String VECTOR_API = "rowwise-cpu-vector-api";

  /** The head of the table. */
  static final String HEAD =
      """
      | | Rowwise | PyTorch, DJL | times faster | PyTorch, Python | times faster |
      |---|---|---|---|---|---|
      """;

  /** All that is claimed. */
  static List<Claim> all() {
    List<Claim> claims = new ArrayList<>();
    List<String> types = List.of("float32", "float64");
    claims.add(
        new Claim(
            "the notebook's fit, float64",
            "NotebookFit.run",
            Map.of("type", "float64"),
            Measurement.OURS,
            10,
            7,
            true));
    for (String type : types) {
      claims.add(
          new Claim(
              "an epoch of 60,000 x 784, 10 classes, batches of 128, " + type,
              "Epoch.run",
              Map.of("type", type, "problem", "60000x784/10/128"),
              Measurement.OURS,
              3,
              1.7,
              true));
    }
    claims.add(
        new Claim(
            "an epoch of 8,192 x 1,024, 1,000 classes, batches of 1,024, float32",
            "Epoch.run",
            Map.of("type", "float32", "problem", "8192x1024/1000/1024"),
            Measurement.OURS,
            1.6,
            1,
            true));
    for (String type : types) {
      claims.add(prediction("prediction of 1 row of 784, " + type, type, 1, 4));
      claims.add(prediction("prediction of 10,000 rows, " + type, type, 10_000, 1.5));
    }
    for (String type : types) {
      for (int columns : new int[] {10, 32, 100, 1000}) {
        claims.add(softmax(type, columns, "", Measurement.OURS, 1.5, 1));
      }
    }
    for (int columns : new int[] {10, 32, 100, 1000}) {
      claims.add(softmax("float32", columns, ", Vector API", VECTOR_API, 1.5, 1.5));
    }
    claims.add(start("a JVM's first prediction, native libraries unpacked before", "kept"));
    claims.add(start("a JVM's first prediction, nothing unpacked", "empty"));
    return claims;
  }

  private static Claim softmax(
      String type, int columns, String how, String ours, double besideDjl, double besidePython) {
    Map<String, String> parameters =
        Map.of(
            "type",
            type,
            "operation",
            "SOFTMAX",
            "rows",
            "10000",
            "columns",
            String.valueOf(columns));
    String work = String.format(Locale.ROOT, "softmax, 10,000 x %,d, %s%s", columns, type, how);
    return new Claim(work, "RowOperations.run", parameters, ours, besideDjl, besidePython, false);
  }

  private static Claim prediction(String work, String type, int rows, double wanted) {
    Map<String, String> parameters = Map.of("type", type, "rows", String.valueOf(rows));
    return new Claim(work, "Prediction.run", parameters, Measurement.OURS, wanted, wanted, true);
  }

  private static Claim start(String work, String cache) {
    return new Claim(work, "Start.predict", Map.of("cache", cache), Measurement.OURS, 2, 0, true);
  }

  /** Its line of the table; says so where it was not measured, and where it is not held. */
  String line(Run run) {
    List<Double> mine = run.times(benchmark, parameters, ours);
    return "| %s | %s | %s | %s |\n"
        .formatted(
            work,
            mine.isEmpty() ? "not measured" : Measurement.time(Measurement.median(mine)),
            beside(run, mine, "pytorch", besideDjl),
            beside(run, mine, "python", besidePython));
  }

  private String beside(Run run, List<Double> mine, String peer, double wanted) {
    if (wanted == 0) {
      return " | ";
    }
    String aim = "aim " + Measurement.threeDigits(wanted);
    List<Double> theirs = run.fastest(benchmark, parameters, peer);
    if (theirs.isEmpty()) {
      return "not measured | " + aim;
    }
    String time = Measurement.time(Measurement.median(theirs)) + " | ";
    if (mine.isEmpty()) {
      return time + aim;
    }
    Ratios ratios = Ratios.of(theirs, mine);
    return ratios.median() >= wanted
        ? time + ratios.inWords("**")
        : time + ratios.inWords("") + ", missed: " + aim;
  }
}
