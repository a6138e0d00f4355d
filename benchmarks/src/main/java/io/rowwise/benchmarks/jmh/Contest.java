package io.rowwise.benchmarks.jmh;

import io.rowwise.backend.ElementType;
import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Work;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The same work by several contenders, a JVM for each. Before a contender is timed its result is
 * compared with that of plain loops.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx6g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class Contest {
  private Contender contender;
  private Work work;

  /** For JMH. */
  protected Contest() {}

  /** Who. */
  abstract String contender();

  /** Checks a contender, and prepares what is timed. */
  abstract Work prepare(Contender by);

  /** Once for each JVM. */
  @Setup
  public void prepare() {
    contender = Contender.of(contender());
    work = prepare(contender);
  }

  /** What is timed. */
  @Benchmark
  public void run() {
    work.run();
  }

  /** Frees the memory. */
  @TearDown
  public void close() {
    work.close();
    contender.close();
  }

  static ElementType type(String name) {
    return ElementType.of(name);
  }
}
