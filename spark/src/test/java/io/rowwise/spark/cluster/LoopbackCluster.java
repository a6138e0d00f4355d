package io.rowwise.spark.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A master and workers of one core and one GPU each, by what their discovery script says, on
 * loopback and in processes of their own; drivers are started beside them. All end when this
 * process does. What they log is in the folder that the cluster was given.
 */
public final class LoopbackCluster implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Pattern URL = Pattern.compile("Starting Spark master at (spark://\\S+)");
  private static final Pattern REGISTERED = Pattern.compile("Registering worker ");

  /** Of a JVM that does little. */
  private static final List<String> SMALL =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private final SparkHome home;
  private final Path logs;
  private final int executorMegabytes;
  private final List<String> executorOptions;
  private final Deque<ChildProcess> daemons = new ArrayDeque<>();
  private String url;

  private LoopbackCluster(
      SparkHome home, Path logs, int executorMegabytes, List<String> executorOptions) {
    this.home = home;
    this.logs = logs;
    this.executorMegabytes = executorMegabytes;
    this.executorOptions = List.copyOf(executorOptions);
  }

  /**
   * Starts one.
   *
   * @param folder is there and empty
   * @param workers 0 starts no process, for a local driver needs none
   * @param executorMegabytes of an executor's heap
   * @param executorOptions of its JVM
   * @throws IOException if processes cannot be started
   * @throws AssertionError if they do not come up; it has the ends of their logs
   */
  public static LoopbackCluster start(
      Path folder, int workers, int executorMegabytes, List<String> executorOptions)
      throws IOException {
    SparkHome home = SparkHome.in(Files.createDirectory(folder.resolve("spark")));
    Path logs = Files.createDirectory(folder.resolve("logs")).toRealPath();
    LoopbackCluster cluster = new LoopbackCluster(home, logs, executorMegabytes, executorOptions);
    if (workers == 0) {
      return cluster;
    }
    try {
      cluster.startMaster();
      for (int i = 0; i < workers; i++) {
        cluster.startWorker(i);
      }
      cluster.daemons.getFirst().await(REGISTERED, workers, START);
      return cluster;
    } catch (IOException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  private void startMaster() throws IOException {
    List<String> command = home.java("org.apache.spark.deploy.master.Master", SMALL);
    command.addAll(List.of("--host", "127.0.0.1", "--port", "0", "--webui-port", "0"));
    ChildProcess master = ChildProcess.start("master", command, home.environment(), logs);
    daemons.add(master);
    url = master.await(URL, 1, START).group(1);
  }

  private void startWorker(int number) throws IOException {
    List<String> options = new ArrayList<>(SMALL);
    options.add("-Dspark.worker.resource.gpu.amount=1");
    options.add("-Dspark.worker.resource.gpu.discoveryScript=" + home.discoveryScript());
    List<String> command = home.java("org.apache.spark.deploy.worker.Worker", options);
    command.addAll(List.of("--host", "127.0.0.1", "--webui-port", "0", "--cores", "1"));
    command.addAll(List.of("--memory", executorMegabytes + "m"));
    command.addAll(List.of("--work-dir", work().toString(), url));
    daemons.add(ChildProcess.start("worker" + number, command, home.environment(), logs));
  }

  private Path work() {
    return logs.resolve("work");
  }

  /**
   * Starts a program that uses this cluster by {@code SparkSession.builder().getOrCreate()}.
   *
   * @param executors of one core each, which the session waits for
   * @param options of its JVM, and {@code -Dspark...}
   */
  public ChildProcess driver(
      String name, Class<?> program, int executors, List<String> options, List<String> arguments)
      throws IOException {
    List<String> all = new ArrayList<>();
    all.add("-Dspark.master=" + url);
    all.add("-Dspark.cores.max=" + executors);
    all.add("-Dspark.executor.cores=1");
    all.add("-Dspark.executor.memory=" + executorMegabytes + "m");
    all.add("-Dspark.executor.resource.gpu.amount=1");
    all.add("-Dspark.task.resource.gpu.amount=1");
    List<String> executorJvm = new ArrayList<>(home.options());
    executorJvm.addAll(executorOptions);
    all.add("-Dspark.executor.extraJavaOptions=" + String.join(" ", executorJvm));
    all.add("-Dspark.scheduler.minRegisteredResourcesRatio=1");
    all.add("-Dspark.scheduler.maxRegisteredResourcesWaitingTime=" + START.toSeconds() + "s");
    all.addAll(options);
    return driver(name, program, all, arguments);
  }

  /** Starts a program that has Spark in its own process, on so many threads. */
  public ChildProcess localDriver(
      String name, Class<?> program, int threads, List<String> options, List<String> arguments)
      throws IOException {
    List<String> all = new ArrayList<>();
    all.add(String.format(Locale.ROOT, "-Dspark.master=local[%d]", threads));
    all.addAll(options);
    return driver(name, program, all, arguments);
  }

  private ChildProcess driver(
      String name, Class<?> program, List<String> options, List<String> arguments)
      throws IOException {
    List<String> all = new ArrayList<>();
    all.add("-Dspark.app.name=" + name);
    all.add("-Dspark.driver.host=127.0.0.1");
    all.add("-Dspark.driver.bindAddress=127.0.0.1");
    all.add("-Dspark.ui.enabled=false");
    all.addAll(options);
    List<String> command = home.java(program.getName(), all);
    command.addAll(arguments);
    return ChildProcess.start(name, command, home.environment(), logs);
  }

  /** What all executors of all drivers have logged so far. */
  public String executorLogs() {
    return executorLogFiles().stream().map(ChildProcess::read).collect(Collectors.joining("\n"));
  }

  private List<Path> executorLogFiles() {
    if (!Files.isDirectory(work())) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(work())) {
      return all.filter(path -> path.endsWith("stderr")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last lines of what master, workers and executors have logged. */
  public String tails() {
    return daemons.stream().map(ChildProcess::tails).collect(Collectors.joining())
        + executorLogFiles().stream().map(ChildProcess::tail).collect(Collectors.joining());
  }

  /** Ends all; workers end their executors. */
  @Override
  public void close() {
    AssertionError failure = null;
    while (!daemons.isEmpty()) {
      try {
        daemons.removeLast().close();
      } catch (AssertionError e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
