package io.rowwise.benchmarks.jmh;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.benchmarks.pytorch.PyTorchClassifier;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import io.rowwise.dataset.OneHot;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
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
 * The notebook's whole fit: 100 x 5 rows to train on, 3 classes, batches of 33, 16 epochs, each
 * followed by cross-entropy and accuracy of 10,000 validation rows.
 *
 * <p>The floor: 16 x 30,000 exponentials and as many logarithms' worth of sums, 16 x 0.64 MB read
 * in {@code float64}, from the cache; about 1 ms on one core with vector instructions.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class NotebookFit {
  /** Who fits. */
  @Param({"rowwise-cpu", "pytorch-1-thread", "pytorch-2-threads"})
  public String implementation;

  /** In what. */
  @Param({"float64", "float32"})
  public String type;

  private AutoCloseable closing;
  private Runnable fit;

  /** For JMH. */
  public NotebookFit() {}

  /** Makes the data and puts it where the fit will find it. */
  @Setup
  public void prepare() {
    LabelledData.Split data =
        MakeClassification.defaults()
            .samples(10_100)
            .features(5)
            .classes(3)
            .informative(4)
            .redundant(0)
            .randomState(42)
            .generate()
            .split(100);
    switch (implementation) {
      case "rowwise-cpu" -> prepareRowwise(data.train(), data.validation());
      case "pytorch-1-thread" -> preparePyTorch(data.train(), data.validation(), 1);
      case "pytorch-2-threads" -> preparePyTorch(data.train(), data.validation(), 2);
      default -> throw new IllegalArgumentException(implementation);
    }
  }

  private void prepareRowwise(LabelledData train, LabelledData valid) {
    ElementType elements = ElementType.of(type);
    Backend backend = Backends.choose("cpu", false).backend();
    Matrix x = backend.matrix(elements, train.rows(), 5, train.x());
    Matrix y = backend.matrix(elements, train.rows(), 3, OneHot.encode(train.labels(), 3));
    Matrix validX = backend.matrix(elements, valid.rows(), 5, valid.x());
    Matrix validY = backend.matrix(elements, valid.rows(), 3, OneHot.encode(valid.labels(), 3));
    SoftmaxClassifier classifier = new SoftmaxClassifier(backend, elements, 5, 3, 42);
    TrainingOptions options = new TrainingOptions(16, 0.01, 33);
    fit = () -> classifier.fit(x, y, validX, validY, options, epoch -> {});
    closing =
        () -> {
          classifier.close();
          validY.close();
          validX.close();
          y.close();
          x.close();
          backend.close();
        };
  }

  private void preparePyTorch(LabelledData train, LabelledData valid, int threads) {
    // Read when PyTorch starts; every parameter of JMH has a JVM of its own.
    System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(threads));
    PyTorchClassifier classifier =
        new PyTorchClassifier(
            type.equals("float64")
                ? PyTorchClassifier.Precision.FLOAT64
                : PyTorchClassifier.Precision.FLOAT32,
            5,
            3,
            42);
    PyTorchClassifier.Samples training =
        classifier.samples(train.x(), OneHot.encode(train.labels(), 3));
    PyTorchClassifier.Samples validation =
        classifier.samples(valid.x(), OneHot.encode(valid.labels(), 3));
    fit = () -> classifier.fit(training, validation, 16, 0.01, 33, epoch -> {});
    closing = classifier;
  }

  /** One fit, going on from the parameters that the last one left: the work is the same. */
  @Benchmark
  public void fit() {
    fit.run();
  }

  /** Frees the memory. */
  @TearDown
  public void close() throws Exception {
    closing.close();
  }
}
