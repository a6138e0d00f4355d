package io.rowwise.benchmarks.gpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Softmax of so many bytes in rows of some length, beside a copy of the same matrix, which reads
 * and writes as much: the copy is the floor.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class GpuSoftmax extends GpuState {
  /** How many operations there are to one wait. */
  static final int REPETITIONS = 20;

  /** The matrix's size. */
  @Param("256")
  public int mebibytes;

  /** Around the lengths at which another algorithm is chosen, and between them. */
  @Param({
    "3", "10", "32", "128", "129", "256", "512", "1024", "1025", "2048", "4096", "8192", "16384",
    "16385", "32768", "65536", "131072"
  })
  public int columns;

  private Backend device;
  private Matrix x;
  private Matrix out;
  private Matrix last;
  private Softmax softmax;
  private LogSoftmax logSoftmax;
  private final double[] value = new double[1];

  /** For JMH. */
  public GpuSoftmax() {}

  /** Fills the matrix. */
  @Setup
  public void prepare() {
    device = open();
    long elements = ((long) mebibytes << 20) / elementType().bytes();
    int rows = (int) Math.max(1, elements / columns);
    x = uniform(rows, columns);
    out = closing(device.matrix(elementType(), rows, columns));
    last = out.rows(rows - 1, rows).columns(columns - 1, columns);
    softmax = closing(device.kernel(Softmax.TYPE));
    logSoftmax = closing(device.kernel(LogSoftmax.TYPE));
  }

  /** Waits for the device. */
  private double finish() {
    last.read(value);
    return value[0];
  }

  /** The operation. */
  @Benchmark
  @OperationsPerInvocation(REPETITIONS)
  public double softmax() {
    for (int i = 0; i < REPETITIONS; i++) {
      softmax.apply(x, out);
    }
    return finish();
  }

  /** Its logarithm. */
  @Benchmark
  @OperationsPerInvocation(REPETITIONS)
  public double logSoftmax() {
    for (int i = 0; i < REPETITIONS; i++) {
      logSoftmax.apply(x, out);
    }
    return finish();
  }

  /** The floor. */
  @Benchmark
  @OperationsPerInvocation(REPETITIONS)
  public double copy() {
    for (int i = 0; i < REPETITIONS; i++) {
      device.copy(x, out);
    }
    return finish();
  }
}
