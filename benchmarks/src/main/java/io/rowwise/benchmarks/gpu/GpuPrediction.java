package io.rowwise.benchmarks.gpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
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
 * From rows on the host to probabilities on the host, 784 features and 10 classes. The floor: two
 * copies, two launches and a wait for one row; the bus for many.
 */
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class GpuPrediction extends GpuState {
  private static final int FEATURES = 784;
  private static final int CLASSES = 10;

  /** How many. */
  @Param({"1", "10000"})
  public int rows;

  private SoftmaxClassifier classifier;
  private Matrix x;
  private Matrix probabilities;
  private float[] samples;
  private float[] result;

  /** For JMH. */
  public GpuPrediction() {}

  /** Makes the classifier. */
  @Setup
  public void prepare() {
    Backend device = open();
    classifier = closing(new SoftmaxClassifier(device, elementType(), FEATURES, CLASSES, 42));
    x = closing(device.matrix(elementType(), rows, FEATURES));
    probabilities = closing(device.matrix(elementType(), rows, CLASSES));
    samples = new float[rows * FEATURES];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = i % 7 - 3;
    }
    result = new float[rows * CLASSES];
  }

  /** The answer. */
  @Benchmark
  public float[] predict() {
    x.write(samples);
    classifier.predict(x, probabilities);
    probabilities.read(result);
    return result;
  }
}
