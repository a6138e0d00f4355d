package io.rowwise.spark.cluster;

import io.rowwise.spark.RowwiseClassifier;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A driver: fits the same rows in the ways that its arguments name, and prints what came of each,
 * {@code name=value} a line. It ends as a program should, by the end of its main.
 */
public final class ClusterFits {
  /** A fit for each number of partitions: {@code digest.7=...}; and what a model predicts. */
  static final String PARTITIONS = "partitions";

  /** A fit in which an executor is killed. */
  static final String LOST_EXECUTOR = "lost-executor";

  /** A fit whose rows fail in one partition, the first time they are read in each job. */
  static final String FAILED_TASK = "failed-task";

  /** A fit one of whose tasks is killed in the middle. */
  static final String KILLED_TASK = "killed-task";

  /** A fit that is cancelled by another thread. */
  static final String CANCELLED = "cancelled";

  /** Waits to be ended. */
  static final String WAIT = "wait";

  static final List<Integer> PARTITION_COUNTS = List.of(1, 2, 7, 16);

  private static final int USUAL_PARTITIONS = 4;
  private static final int FAILING_PARTITION = 2;
  private static final int LIMIT_SECONDS = 90;

  private final SparkSession session;
  private final JavaSparkContext spark;
  private final int executors;

  private ClusterFits(SparkSession session) {
    this.session = session;
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    this.executors = spark.isLocal() ? 1 : spark.getConf().getInt("spark.cores.max", 1);
  }

  /** Runs the scenarios that are named. */
  public static void main(String[] scenarios) throws Exception {
    try (SparkSession session = SparkSession.builder().getOrCreate()) {
      ClusterFits fits = new ClusterFits(session);
      say("executors", fits.ask());
      for (String scenario : scenarios) {
        fits.run(scenario);
      }
    }
    say("threads", threads());
    say("end", "");
  }

  private void run(String scenario) throws Exception {
    switch (scenario) {
      case PARTITIONS -> {
        for (int partitions : PARTITION_COUNTS) {
          say("digest." + partitions, fit(ClusterRows.of(session, partitions)));
        }
        say("predictions", predictions(ClusterRows.of(session, USUAL_PARTITIONS)));
        say("after." + scenario, awaitFree());
      }
      case LOST_EXECUTOR -> loseExecutor();
      case FAILED_TASK -> failTask();
      case KILLED_TASK -> killTask();
      case CANCELLED -> cancel();
      case WAIT -> Thread.sleep(TimeUnit.MINUTES.toMillis(10));
      default -> throw new IllegalArgumentException(scenario);
    }
  }

  private static RowwiseClassifier classifier() {
    // Bits of sums differ from the first iterations on.
    return new RowwiseClassifier().setDevice("auto").setRegParam(1e-3).setTol(0).setMaxIter(12);
  }

  /** The sum of all rows' classes. */
  private static double predictions(Dataset<Row> rows) {
    return classifier()
        .fit(rows)
        .transform(rows)
        .toJavaRDD()
        .map(row -> row.<Double>getAs("prediction"))
        .reduce(Double::sum);
  }

  private static String fit(Dataset<Row> rows) {
    return ClusterRows.digest(classifier().fit(rows));
  }

  private void loseExecutor() throws Exception {
    long process = ask().get(0).process();
    FitWatch watch = watch(new FitWatch());
    FutureTask<String> fit = begin(() -> fit(ClusterRows.of(session, USUAL_PARTITIONS)));
    watch.awaitMiddle();
    ProcessHandle.of(process).orElseThrow().destroyForcibly();
    int before = watch.gradients();
    say("digest." + LOST_EXECUTOR, get(fit));
    forget(watch);
    say("lost." + LOST_EXECUTOR, watch.lostExecutors());
    say("later-gradients." + LOST_EXECUTOR, watch.gradients() - before);
    say("after." + LOST_EXECUTOR, awaitFree());
  }

  private void failTask() throws TimeoutException {
    FitWatch watch = watch(new FitWatch());
    say(
        "digest." + FAILED_TASK,
        fit(ClusterRows.of(session, USUAL_PARTITIONS, ClusterFits::failOnce)));
    forget(watch);
    say("failed." + FAILED_TASK, watch.failedTasks());
    say("after." + FAILED_TASK, awaitFree());
  }

  private static Row failOnce(Row row) {
    TaskContext task = TaskContext.get();
    // Behind the first rows, so that half of the work is done.
    if (task.attemptNumber() == 0
        && task.partitionId() == FAILING_PARTITION
        && row.<Vector>getAs(0).apply(0) > 2) {
      throw new IllegalStateException("a task that fails once");
    }
    return row;
  }

  private void killTask() throws TimeoutException {
    FitWatch watch =
        watch(
            new FitWatch() {
              @Override
              void onLateTask(TaskInfo task) {
                // It may have ended before it hears of it; then it is the next one's turn.
                if (killedTasks() == 0 && task.attemptNumber() == 0) {
                  spark.sc().killTaskAttempt(task.taskId(), true, "to be tried again");
                }
              }
            });
    say("digest." + KILLED_TASK, fit(ClusterRows.of(session, USUAL_PARTITIONS)));
    forget(watch);
    say("killed." + KILLED_TASK, watch.killedTasks());
    say("after." + KILLED_TASK, awaitFree());
  }

  private void cancel() throws Exception {
    FitWatch watch = watch(new FitWatch());
    String group = "to be cancelled";
    Dataset<Row> rows = ClusterRows.of(session, USUAL_PARTITIONS);
    FutureTask<String> fit =
        begin(
            () -> {
              spark.setJobGroup(group, "a fit without end", true);
              return ClusterRows.digest(
                  classifier().setRegParam(0).setMaxIter(1_000_000).fit(rows));
            });
    watch.awaitMiddle();
    say("during." + CANCELLED, ask());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!fit.isDone() && System.nanoTime() < end) {
      // Between two jobs there is none to cancel.
      spark.cancelJobGroup(group);
      Thread.sleep(1);
    }
    try {
      say("digest." + CANCELLED, get(fit));
    } catch (ExecutionException e) {
      say("error." + CANCELLED, e.getCause());
    }
    forget(watch);
    say("after." + CANCELLED, awaitFree());
    say("persisted." + CANCELLED, spark.getPersistentRDDs().size());
  }

  /** What executors have left open, as soon as it is nothing, or after a while. */
  private List<ExecutorState> awaitFree() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    List<ExecutorState> states = ask();
    while (!states.stream().allMatch(ExecutorState::isFree) && System.nanoTime() < end) {
      states = ask();
    }
    return states;
  }

  private List<ExecutorState> ask() {
    return ExecutorState.ask(spark, executors);
  }

  private FitWatch watch(FitWatch watch) {
    spark.sc().addSparkListener(watch);
    return watch;
  }

  private void forget(FitWatch watch) throws TimeoutException {
    spark.sc().listenerBus().waitUntilEmpty(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
    spark.sc().removeSparkListener(watch);
  }

  private static FutureTask<String> begin(Callable<String> fit) {
    FutureTask<String> task = new FutureTask<>(fit);
    Thread thread = new Thread(task, "fit");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private static String get(FutureTask<String> fit)
      throws ExecutionException, InterruptedException, TimeoutException {
    return fit.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Rowwise's; those of Spark that keep the process alive keep it from its end. */
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.contains("rowwise"))
        .sorted()
        .toList();
  }

  @SuppressWarnings("SystemOut") // A program.
  private static void say(String name, Object value) {
    System.out.println(name + "=" + value);
  }
}
