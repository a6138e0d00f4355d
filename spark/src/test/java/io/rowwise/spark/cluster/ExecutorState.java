package io.rowwise.spark.cluster;

import io.rowwise.spark.OpenResources;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * What an executor says of itself; no record, since Kryo, by which some drivers send it, has none.
 */
final class ExecutorState implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int TASKS_EACH = 4;
  private static final long PAUSE = 50;
  private static final int TRIES = 200;

  private final String id;
  private final long process;
  private final int leases;
  private final long bytes;
  private final String gpus;

  /**
   * @param id Spark's name of it
   * @param process its number
   * @param leases how many fits keep something there
   * @param bytes of open matrices
   * @param gpus the addresses that Spark gave its task
   */
  private ExecutorState(String id, long process, int leases, long bytes, String gpus) {
    this.id = id;
    this.process = process;
    this.leases = leases;
    this.bytes = bytes;
    this.gpus = gpus;
  }

  /** Asks so many executors, by tasks that leave none of them out. */
  static List<ExecutorState> ask(JavaSparkContext spark, int executors) {
    int tasks = executors * TASKS_EACH;
    List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
    for (int i = 0; i < TRIES; i++) {
      Map<String, ExecutorState> found = new TreeMap<>();
      spark
          .parallelize(numbers, tasks)
          .map(number -> here())
          .collect()
          .forEach(state -> found.put(state.id, state));
      if (found.size() == executors) {
        return new ArrayList<>(found.values());
      }
    }
    throw new IllegalStateException("not all of " + executors + " executors take tasks");
  }

  private static ExecutorState here() throws InterruptedException {
    // So that one executor does not do all.
    Thread.sleep(PAUSE);
    ResourceInformation gpus = TaskContext.get().resourcesJMap().get("gpu");
    return new ExecutorState(
        SparkEnv.get().executorId(),
        ProcessHandle.current().pid(),
        OpenResources.leases(),
        OpenResources.bytes(),
        gpus == null ? "" : String.join(",", gpus.addresses()));
  }

  long process() {
    return process;
  }

  boolean isFree() {
    return leases == 0 && bytes == 0;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s[process=%d, leases=%d, bytes=%d, gpus=[%s]]",
        id,
        process,
        leases,
        bytes,
        gpus);
  }
}
