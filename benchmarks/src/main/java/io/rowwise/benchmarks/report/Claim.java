package io.rowwise.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * How much faster than somebody we want to be, and are.
 *
 * @param work what is done, in words
 * @param benchmark who measures it
 * @param parameters which of its results
 * @param peer somebody, in words
 * @param prefix of that one's names; the fastest of its forms counts
 * @param wanted how many times faster
 */
record Claim(
    String work,
    String benchmark,
    Map<String, String> parameters,
    String peer,
    String prefix,
    double wanted) {
  private static final String OURS = "rowwise-cpu";
  private static final String DJL = "PyTorch, DJL";
  private static final String PYTHON = "PyTorch, Python";

  /** The head of the table. */
  static final String HEAD =
      "| | beside | theirs | ours | times faster | aim |\n|---|---|---|---|---|---|\n";

  private static Claim beside(
      String peer, String work, String benchmark, Map<String, String> parameters, double wanted) {
    return new Claim(
        work, benchmark, parameters, peer, peer.equals(DJL) ? "pytorch" : "python", wanted);
  }

  /** All that is claimed. */
  static List<Claim> all() {
    List<Claim> claims = new ArrayList<>();
    Map<String, String> float64 = Map.of("type", "float64");
    claims.add(beside(DJL, "the notebook's fit, float64", "NotebookFit.run", float64, 10));
    claims.add(beside(PYTHON, "the notebook's fit, float64", "NotebookFit.run", float64, 7));
    for (String type : List.of("float32", "float64")) {
      Map<String, String> of = Map.of("type", type, "problem", "60000x784/10/128");
      String work = "an epoch of 60,000 x 784, 10 classes, batches of 128, " + type;
      claims.add(beside(DJL, work, "Epoch.run", of, 3));
      claims.add(beside(PYTHON, work, "Epoch.run", of, 1.7));
    }
    Map<String, String> many = Map.of("type", "float32", "problem", "8192x1024/1000/1024");
    String work = "an epoch of 8,192 x 1,024, 1,000 classes, batches of 1,024, float32";
    claims.add(beside(DJL, work, "Epoch.run", many, 1.6));
    claims.add(beside(PYTHON, work, "Epoch.run", many, 1));
    for (String type : List.of("float32", "float64")) {
      Map<String, String> one = Map.of("type", type, "rows", "1");
      Map<String, String> rows = Map.of("type", type, "rows", "10000");
      for (String peer : List.of(DJL, PYTHON)) {
        claims.add(beside(peer, "prediction of 1 row of 784, " + type, "Prediction.run", one, 4));
        claims.add(beside(peer, "prediction of 10,000 rows, " + type, "Prediction.run", rows, 1.5));
      }
    }
    for (String type : List.of("float32", "float64")) {
      for (int columns : new int[] {10, 32, 100, 1000}) {
        Map<String, String> of = new TreeMap<>();
        of.put("type", type);
        of.put("operation", "SOFTMAX");
        of.put("rows", "10000");
        of.put("columns", String.valueOf(columns));
        String softmax = String.format(Locale.ROOT, "softmax, 10,000 x %,d, %s", columns, type);
        claims.add(beside(DJL, softmax, "RowOperations.run", of, 1.5));
        claims.add(beside(PYTHON, softmax, "RowOperations.run", of, 1));
      }
    }
    for (String cache : List.of("kept", "empty")) {
      String start =
          "a JVM's first prediction, "
              + (cache.equals("kept") ? "native libraries unpacked" : "nothing unpacked");
      claims.add(beside(DJL, start, "Start.predict", Map.of("cache", cache), 2));
    }
    return claims;
  }

  /** Its line of the table; says so where it was not measured, and where it is not held. */
  String line(Run run) {
    OptionalDouble theirs = run.fastest(benchmark, parameters, prefix);
    OptionalDouble ours = run.fastest(benchmark, parameters, OURS);
    if (theirs.isEmpty() || ours.isEmpty()) {
      return "| %s | %s | | | not measured | %s |\n"
          .formatted(work, peer, Measurement.threeDigits(wanted));
    }
    double ratio = theirs.getAsDouble() / ours.getAsDouble();
    return "| %s | %s | %s | %s | %s | %s, %s |\n"
        .formatted(
            work,
            peer,
            Measurement.time(theirs.getAsDouble()),
            Measurement.time(ours.getAsDouble()),
            Measurement.threeDigits(ratio),
            Measurement.threeDigits(wanted),
            ratio >= wanted ? "held" : "**missed**");
  }
}
