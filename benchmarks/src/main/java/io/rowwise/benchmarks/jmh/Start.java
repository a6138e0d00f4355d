package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Correctness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A whole process: a fresh JVM, its first prediction, and its end.
 *
 * <p>The floor is plain Java, which loads no native library.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(3)
@Warmup(iterations = 1)
@Measurement(iterations = 5)
public class Start {
  /** Who predicts. */
  @Param({"rowwise-cpu", "pytorch-2-threads", "nd4j", "plain-java"})
  public String contender;

  /** Whether its native libraries have been unpacked by an earlier process. */
  @Param({"kept", "empty"})
  public String cache;

  private Path folder;

  /** For JMH. */
  public Start() {}

  /** A new folder for what is unpacked, filled by a process whose prediction is checked. */
  @Setup(Level.Trial)
  public void fill() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("rowwise-start-");
    Path output = Files.createTempFile("rowwise-start-", ".txt");
    try {
      predict(ProcessBuilder.Redirect.to(output.toFile()));
      double[] probabilities =
          Files.readAllLines(output).stream().mapToDouble(Double::parseDouble).toArray();
      Correctness.requireProbabilities(probabilities, FirstPrediction.problem());
    } finally {
      Files.delete(output);
    }
  }

  /** A new folder each time, where it is not kept. */
  @Setup(Level.Iteration)
  public void empty() throws IOException {
    if (cache.equals("empty")) {
      delete();
      Files.createDirectory(folder);
    }
  }

  /** What is timed. */
  @Benchmark
  public void predict() throws IOException, InterruptedException {
    predict(ProcessBuilder.Redirect.DISCARD);
  }

  private void predict(ProcessBuilder.Redirect output) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1g",
                    "-Dorg.bytedeco.javacpp.cachedir=" + folder,
                    "-Drowwise.natives.directory=" + folder,
                    "-cp",
                    System.getProperty("java.class.path"),
                    FirstPrediction.class.getName(),
                    contender))
            .redirectOutput(output)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("DJL_CACHE_DIR", folder.toString());
    int status = builder.start().waitFor();
    if (status != 0) {
      throw new IllegalStateException("the process ended with status " + status);
    }
  }

  /** Leaves nothing. */
  @TearDown(Level.Trial)
  public void delete() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
