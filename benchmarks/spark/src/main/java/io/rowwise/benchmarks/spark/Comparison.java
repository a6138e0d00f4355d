package io.rowwise.benchmarks.spark;

import io.rowwise.spark.cluster.ChildProcess;
import io.rowwise.spark.cluster.LoopbackCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a {@link Race}, or an {@link Overhead}, in {@code local[2]} or on a cluster on loopback,
 * whose processes it starts. Their logs stay in the folder {@code logs} below the one that is
 * printed first.
 */
public final class Comparison {
  private static final Duration LIMIT = Duration.ofHours(6);

  /** Of an executor: the cached rows, and the blocks that either runner makes of them. */
  private static final int EXECUTOR_MEGABYTES = 4096;

  private Comparison() {}

  /**
   * Runs one.
   *
   * @param arguments the executors, 0 for {@code local[2]}, and what {@link Race} takes, or the
   *     word {@code overhead} and what {@link Overhead} takes
   */
  @SuppressWarnings("SystemOut") // A program.
  public static void main(String[] arguments) throws IOException {
    int executors = Integer.parseInt(arguments[0]);
    boolean isOverhead = arguments[1].equals("overhead");
    Class<?> program = isOverhead ? Overhead.class : Race.class;
    List<String> rest = Arrays.asList(arguments).subList(isOverhead ? 2 : 1, arguments.length);
    Path folder = Files.createTempDirectory("rowwise-spark");
    System.out.println("# " + folder);
    try (LoopbackCluster cluster =
        LoopbackCluster.start(folder, executors, EXECUTOR_MEGABYTES, List.of())) {
      ChildProcess driver =
          executors == 0
              ? cluster.localDriver("race", program, 2, List.of("-Xmx8g"), rest)
              : cluster.driver("race", program, executors, List.of("-Xmx2g"), rest);
      int status = driver.awaitEnd(LIMIT);
      System.out.print(driver.output());
      if (status != 0) {
        throw new IllegalStateException("the race failed" + driver.tails() + cluster.tails());
      }
    }
  }
}
