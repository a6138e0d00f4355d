package io.rowwise.benchmarks.spark;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.BLAS$;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/**
 * A driver, which lets runners fit the same cached rows, one after the other and in turn, and
 * prints a line of JSON a fit. In round 0 each goes as far as it is allowed, which warms it up and
 * tells how many iterations it needs until the objective exceeds the best that any of them found by
 * 1e-6 of it; in the others it does just these.
 */
public final class Race {
  private static final double EXCESS = 1e-6;
  private static final int PARTITIONS = 4;

  /** Enough for all executors to get some. */
  private static final List<Integer> TASKS = List.of(0, 1, 2, 3, 4, 5, 6, 7);

  private final RaceData data;
  private final Dataset<Row> rows;
  private final String where;
  private final List<ProcessHandle> processes;

  private Race(RaceData data, Dataset<Row> rows, String where, List<ProcessHandle> processes) {
    this.data = data;
    this.rows = rows;
    this.where = where;
    this.processes = processes;
  }

  /**
   * Runs one.
   *
   * @param arguments the data set, as {@link RaceData#of} takes it; the rounds; the most iterations
   *     of round 0; the best objective that is known, or 0; and the runners, each {@code NAME} or
   *     {@code NAME=iterations}, which then skips the search
   */
  public static void main(String[] arguments) throws IOException {
    RaceData data = RaceData.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    int most = Integer.parseInt(arguments[2]);
    double best = Double.parseDouble(arguments[3]);
    try (SparkSession session = SparkSession.builder().getOrCreate()) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      Dataset<Row> rows = data.in(session, PARTITIONS).persist(StorageLevel.MEMORY_ONLY());
      long begin = System.nanoTime();
      long count = rows.count();
      String where =
          spark.isLocal()
              ? spark.master()
              : "loopback cluster, executors: " + spark.getConf().get("spark.cores.max");
      say(
          "{\"where\": \"%s\", \"rows\": %d, \"cached\": %.1f, \"blas\": \"%s\"}",
          where, count, (System.nanoTime() - begin) * 1e-9, blas(spark));
      new Race(data, rows, where, processes(spark))
          .run(Arrays.asList(arguments).subList(4, arguments.length), rounds, most, best);
    }
  }

  private void run(List<String> runners, int rounds, int most, double known) {
    Map<Runner, Integer> iterations = new EnumMap<>(Runner.class);
    Map<Runner, Outcome> first = new EnumMap<>(Runner.class);
    double best = known > 0 ? known : Double.POSITIVE_INFINITY;
    for (String name : runners) {
      String[] parts = name.split("=", -1);
      Runner runner = Runner.valueOf(parts[0]);
      int allowed = parts.length > 1 ? Integer.parseInt(parts[1]) : most;
      Outcome outcome = fit(runner, 0, allowed);
      first.put(runner, outcome);
      best = Math.min(best, outcome.objective());
    }
    for (Map.Entry<Runner, Outcome> entry : first.entrySet()) {
      iterations.put(entry.getKey(), iterations(entry.getKey(), entry.getValue(), best));
    }
    for (int round = 1; round <= rounds; round++) {
      for (Map.Entry<Runner, Integer> entry : iterations.entrySet()) {
        fit(entry.getKey(), round, entry.getValue());
      }
    }
  }

  private static int iterations(Runner runner, Outcome outcome, double best) {
    double[] history = outcome.history;
    for (int i = 0; i < history.length; i++) {
      if (history[i] <= best * (1 + EXCESS)) {
        return i;
      }
    }
    say(
        "{\"runner\": \"%s\", \"missed\": %.3e, \"iterations\": %d}",
        runner, outcome.objective() / best - 1, outcome.iterations());
    return outcome.iterations();
  }

  private Outcome fit(Runner runner, int round, int iterations) {
    double before = cpuSeconds();
    Outcome outcome = runner.fit(rows, iterations);
    double cpu = cpuSeconds() - before;
    say(
        "{\"where\": \"%s\", \"data\": \"%s\", \"rows\": %d, \"runner\": \"%s\", \"round\": %d,"
            + " \"seconds\": %.3f, \"cpu\": %.2f, \"iterations\": %d, \"objective\": %.15g,"
            + " \"checked\": %.15g}",
        where,
        data.name(),
        data.rows(),
        runner,
        round,
        outcome.seconds,
        cpu,
        outcome.iterations(),
        outcome.objective(),
        round == 0 ? objective(outcome) : Double.NaN);
    return outcome;
  }

  /** Anew, from the model alone. */
  private double objective(Outcome outcome) {
    double[] weights = outcome.weights;
    double[] bias = outcome.bias;
    double loss =
        rows.toJavaRDD()
            .mapToDouble(
                row -> loss(row.<Vector>getAs(0).toSparse(), row.getDouble(1), weights, bias))
            .mean();
    return loss + Runner.PENALTY / 2 * Arrays.stream(weights).map(w -> w * w).sum();
  }

  private static double loss(SparseVector features, double label, double[] weights, double[] bias) {
    double[] logits = bias.clone();
    for (int i = 0; i < features.indices().length; i++) {
      int k = features.indices()[i];
      for (int j = 0; j < logits.length; j++) {
        logits[j] += features.values()[i] * weights[k * logits.length + j];
      }
    }
    double largest = Arrays.stream(logits).max().getAsDouble();
    double sum = Arrays.stream(logits).map(z -> Math.exp(z - largest)).sum();
    return Math.log(sum) + largest - logits[(int) label];
  }

  /** Of all cores, which tells more than the clock where others use them too. */
  private double cpuSeconds() {
    return processes.stream()
            .mapToLong(
                process -> process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis())
            .sum()
        * 1e-3;
  }

  /** The driver's and the executors', which are all of this machine. */
  private static List<ProcessHandle> processes(JavaSparkContext spark) {
    Set<Long> numbers = new TreeSet<>(List.of(ProcessHandle.current().pid()));
    numbers.addAll(
        spark
            .parallelize(TASKS, TASKS.size())
            .map(
                task -> {
                  Thread.sleep(100);
                  return ProcessHandle.current().pid();
                })
            .collect());
    return numbers.stream().map(number -> ProcessHandle.of(number).orElseThrow()).toList();
  }

  /** What MLlib multiplies with, in each process that does so. */
  private static String blas(JavaSparkContext spark) {
    return new TreeSet<>(
            spark
                .parallelize(TASKS, TASKS.size())
                .map(
                    task ->
                        BLAS$.MODULE$.nativeBLAS().getClass().getSimpleName()
                            + " for matrices, "
                            + BLAS$.MODULE$.javaBLAS().getClass().getSimpleName()
                            + " for vectors")
                .collect())
        .toString();
  }

  @SuppressWarnings("SystemOut") // A program.
  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values).replace("NaN", "null"));
  }
}
