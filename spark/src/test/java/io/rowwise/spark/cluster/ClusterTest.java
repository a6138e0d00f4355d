package io.rowwise.spark.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fits on a real cluster: a master, two workers and their executors in processes of their own. Each
 * driver is a process too, which runs once for all tests and prints what they look at.
 */
class ClusterTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int EXECUTOR_MEGABYTES = 512;

  /** Much of Spark runs a few times; a second compiler would take longer than it saves. */
  private static final List<String> JVM = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private static final List<String> DRIVER = List.of(JVM.get(0), JVM.get(1), "-Xmx512m");

  /** That of one executor, so that a fit's bits are seen not to depend on the serializer. */
  private static final List<String> KRYO_DRIVER =
      List.of(
          JVM.get(0),
          JVM.get(1),
          "-Xmx512m",
          "-Dspark.serializer=org.apache.spark.serializer.KryoSerializer");

  private static LoopbackCluster cluster;
  private static Map<String, String> local;
  private static Map<String, String> oneExecutor;
  private static Map<String, String> twoExecutors;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "Spark's discovery of GPUs runs a shell script, which this system does not");
    try {
      cluster = LoopbackCluster.start(folder, 2, EXECUTOR_MEGABYTES, executorJvm());
    } catch (IOException e) {
      abort("processes cannot be started here: " + e);
    }
    local =
        results(
            cluster.localDriver(
                "local", ClusterFits.class, 2, DRIVER, List.of(ClusterFits.PARTITIONS)));
    oneExecutor =
        results(
            cluster.driver(
                "one-executor",
                ClusterFits.class,
                1,
                KRYO_DRIVER,
                List.of(ClusterFits.PARTITIONS)));
    twoExecutors =
        results(
            cluster.driver(
                "two-executors",
                ClusterFits.class,
                2,
                DRIVER,
                List.of(
                    ClusterFits.PARTITIONS,
                    ClusterFits.FAILED_TASK,
                    ClusterFits.KILLED_TASK,
                    ClusterFits.CANCELLED,
                    ClusterFits.LOST_EXECUTOR)));
  }

  /** Bits are compared with those of the CPU, also where there is a GPU. */
  private static List<String> executorJvm() {
    boolean hasDriver = Files.exists(Path.of("/dev/nvidiactl"));
    return hasDriver ? List.of(JVM.get(0), JVM.get(1), "-Drowwise.cuda=off") : JVM;
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  /** Waits for a driver's end, which is its own, and reads what it printed. */
  private static Map<String, String> results(ChildProcess driver) {
    try {
      assertEquals(0, driver.awaitEnd(LIMIT), () -> "exit status" + driver.tails());
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + cluster.tails(), e);
    }
    return driver
        .output()
        .lines()
        .filter(line -> line.contains("="))
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.indexOf('=')),
                line -> line.substring(line.indexOf('=') + 1),
                (a, b) -> b,
                TreeMap::new));
  }

  @Test
  void theBitsDependNeitherOnPartitionsNorOnExecutors() {
    List<String> all = new ArrayList<>();
    for (int partitions : ClusterFits.PARTITION_COUNTS) {
      String name = "digest." + partitions;
      all.add("local[2], " + partitions + " partitions: " + local.get(name));
      all.add("1 executor, " + partitions + " partitions: " + oneExecutor.get(name));
      all.add("2 executors, " + partitions + " partitions: " + twoExecutors.get(name));
    }
    TreeSet<String> digests =
        all.stream()
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(1, digests.size(), () -> String.join("\n", all));
    assertTrue(digests.first().matches("[0-9a-f]{16}"), digests.first());
    assertEquals(local.get("predictions"), oneExecutor.get("predictions"));
    assertEquals(local.get("predictions"), twoExecutors.get("predictions"));
    assertTrue(Double.parseDouble(local.get("predictions")) > 0);
    System.out.println(
        "The parameters' digest for 1, 2, 7 and 16 partitions in local[2], on 1 and"
            + " on 2 executors: "
            + digests.first());
  }

  @Test
  void aKilledExecutorChangesNoBit() {
    assertEquals("1", twoExecutors.get("lost." + ClusterFits.LOST_EXECUTOR));
    assertTrue(
        Integer.parseInt(twoExecutors.get("later-gradients." + ClusterFits.LOST_EXECUTOR)) > 1,
        "the fit was over before its executor was killed");
    assertSameBits(ClusterFits.LOST_EXECUTOR);
  }

  @Test
  void aTaskThatFailsOnceChangesNoBit() {
    assertTrue(Integer.parseInt(twoExecutors.get("failed." + ClusterFits.FAILED_TASK)) > 0);
    assertSameBits(ClusterFits.FAILED_TASK);
  }

  @Test
  void aTaskThatIsKilledInTheMiddleChangesNoBit() {
    assertTrue(Integer.parseInt(twoExecutors.get("killed." + ClusterFits.KILLED_TASK)) > 0);
    assertSameBits(ClusterFits.KILLED_TASK);
  }

  private static void assertSameBits(String scenario) {
    assertEquals(local.get("digest.1"), twoExecutors.get("digest." + scenario));
  }

  @Test
  void aCancelledFitSaysSoAndLeavesNothing() {
    String error = twoExecutors.get("error." + ClusterFits.CANCELLED);
    assertTrue(error != null && error.contains("cancelled"), () -> "error: " + error);
    String during = twoExecutors.get("during." + ClusterFits.CANCELLED);
    assertTrue(during.contains("leases=1"), during);
    assertFalse(during.contains("bytes=0"), during);
    assertEquals("0", twoExecutors.get("persisted." + ClusterFits.CANCELLED));
  }

  @Test
  void executorsKeepNothingAfterAnyFit() {
    Map<String, String> after =
        twoExecutors.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("after."))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    assertEquals(5, after.size());
    after.forEach(
        (scenario, states) ->
            assertEquals(
                2,
                states.split("leases=0, bytes=0,", -1).length - 1,
                () -> scenario + ": " + states));
  }

  /** Its exit status is seen to be 0 where its results are read. */
  @Test
  void aDriverEndsByItself() {
    assertEquals("[]", oneExecutor.get("threads"));
    assertEquals("[]", twoExecutors.get("threads"));
  }

  @Test
  void tasksGetTheirWorkersGpuAndFallBack() {
    assertTrue(twoExecutors.get("executors").contains("gpus=[0]"), twoExecutors.get("executors"));
    assertTrue(cluster.executorLogs().contains("using cpu"), cluster.executorLogs());
  }

  /** The others look at what is there already, so they do not miss the cluster. */
  @Test
  void executorsEndWithTheirWorkersAndADriverWithItsParent() throws IOException {
    try (ChildProcess driver =
        cluster.driver("waiting", ClusterFits.class, 2, DRIVER, List.of(ClusterFits.WAIT))) {
      String states = driver.await(Pattern.compile("executors=(.*)\n"), 1, LIMIT).group(1);
      List<ProcessHandle> executors =
          Pattern.compile("process=(\\d+)")
              .matcher(states)
              .results()
              .map(match -> ProcessHandle.of(Long.parseLong(match.group(1))).orElseThrow())
              .toList();
      assertEquals(2, executors.size(), states);
      cluster.close();
      for (ProcessHandle executor : executors) {
        assertTimeoutPreemptively(LIMIT, () -> executor.onExit().get());
      }
    }
  }
}
