package io.rowwise.benchmarks.spark;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * A driver: what an iteration costs without its arithmetic. Parameters go out to the executors, and
 * as many numbers come back from each task and are added, as a fit does it; a line of JSON for each
 * number of tasks.
 */
public final class Overhead {
  private static final int WARM_UP = 20;
  private static final int JOBS = 30;

  private Overhead() {}

  /**
   * Measures.
   *
   * @param arguments how many numbers, and the numbers of tasks
   */
  @SuppressWarnings("SystemOut") // A program.
  public static void main(String[] arguments) throws IOException {
    int count = Integer.parseInt(arguments[0]);
    try (SparkSession session = SparkSession.builder().getOrCreate()) {
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      for (String number : List.of(arguments).subList(1, arguments.length)) {
        int tasks = Integer.parseInt(number);
        JavaRDD<Integer> parts =
            spark.parallelize(IntStream.range(0, tasks).boxed().toList(), tasks).cache();
        for (int i = 0; i < WARM_UP; i++) {
          iterate(spark, parts, count);
        }
        long begin = System.nanoTime();
        long cpu = cpuMilliseconds();
        for (int i = 0; i < JOBS; i++) {
          iterate(spark, parts, count);
        }
        System.out.printf(
            Locale.ROOT,
            "{\"master\": \"%s\", \"tasks\": %d, \"bytes\": %d, \"milliseconds\": %.1f,"
                + " \"cpu of the driver\": %.1f}%n",
            spark.master().replaceAll(":.*", ""),
            tasks,
            8 * count,
            (System.nanoTime() - begin) * 1e-6 / JOBS,
            (cpuMilliseconds() - cpu) / (double) JOBS);
      }
    }
  }

  private static void iterate(JavaSparkContext spark, JavaRDD<Integer> parts, int count) {
    Broadcast<double[]> parameters = spark.broadcast(new double[count]);
    try {
      parts.map(part -> parameters.value().clone()).reduce(Overhead::add);
    } finally {
      parameters.destroy();
    }
  }

  private static double[] add(double[] sum, double[] other) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += other[i];
    }
    return sum;
  }

  private static long cpuMilliseconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
  }
}
