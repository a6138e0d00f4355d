package io.rowwise.benchmarks.gpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import io.rowwise.dataset.OneHot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The notebook's whole fit: 100 x 5 rows to train on, 3 classes, batches of 33, 16 epochs, each
 * followed by cross-entropy and accuracy of 10,000 validation rows.
 *
 * <p>The floor is launches: 16 epochs of 5, at 2 to 4 microseconds each.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GpuNotebookFit extends GpuState {
  private static final TrainingOptions OPTIONS = new TrainingOptions(16, 0.01, 33);

  private SoftmaxClassifier classifier;
  private Matrix x;
  private Matrix y;
  private Matrix validX;
  private Matrix validY;

  /** For JMH. */
  public GpuNotebookFit() {}

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
    ElementType elements = elementType();
    Backend device = open();
    LabelledData train = data.train();
    LabelledData valid = data.validation();
    x = closing(device.matrix(elements, train.rows(), 5, train.x()));
    y = closing(device.matrix(elements, train.rows(), 3, OneHot.encode(train.labels(), 3)));
    validX = closing(device.matrix(elements, valid.rows(), 5, valid.x()));
    validY = closing(device.matrix(elements, valid.rows(), 3, OneHot.encode(valid.labels(), 3)));
    classifier = closing(new SoftmaxClassifier(device, elements, 5, 3, 42));
  }

  /** Told of every epoch: a wait for the device each. */
  @Benchmark
  public List<EpochResult> watched() {
    return classifier.fit(x, y, validX, validY, OPTIONS, epoch -> {});
  }

  /** Told at the end: one wait. */
  @Benchmark
  public List<EpochResult> unwatched() {
    return classifier.fit(x, y, validX, validY, OPTIONS);
  }
}
