package io.rowwise.benchmarks.gpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One pass over data that is on the device, and the wait for its loss. The floor: the data read
 * twice, 188 MB each for 60,000 x 784 in {@code float32}, or 67 GFLOP for 8,192 x 1,024 and 1,000
 * classes; and four launches a batch.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class GpuEpoch extends GpuState {
  /** Rows x features, classes, and rows of a batch. */
  @Param({"60000x784,10/128", "8192x1024,1000/1024"})
  public String problem;

  private TrainingEpoch epoch;
  private Matrix x;
  private Matrix targets;
  private Matrix weights;
  private Matrix bias;
  private Matrix loss;
  private int batchRows;
  private final double[] value = new double[1];

  /** For JMH. */
  public GpuEpoch() {}

  /** Makes the data. */
  @Setup
  public void prepare() {
    String[] sizes = problem.split("[x,/]", -1);
    int rows = Integer.parseInt(sizes[0]);
    int features = Integer.parseInt(sizes[1]);
    int classes = Integer.parseInt(sizes[2]);
    batchRows = Integer.parseInt(sizes[3]);
    Backend device = open();
    x = uniform(rows, features);
    targets = oneHot(rows, classes);
    weights = closing(device.matrix(elementType(), features, classes));
    bias = closing(device.matrix(elementType(), 1, classes));
    loss = closing(device.matrix(elementType(), 1, 1));
    epoch = closing(device.kernel(TrainingEpoch.TYPE));
  }

  /** The pass. */
  @Benchmark
  public double epoch() {
    epoch.apply(x, Targets.ofProbabilities(targets), batchRows, 1e-3, weights, bias, loss);
    loss.read(value);
    return value[0];
  }
}
