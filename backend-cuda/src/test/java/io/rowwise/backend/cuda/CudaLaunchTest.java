package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.backend.cuda.kernel.CudaKernel;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import io.rowwise.dataset.OneHot;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What reaches the device: how many launches, how many bytes, and that all is given back. */
final class CudaLaunchTest {
  private final InterpretedGpu gpu = new InterpretedGpu();

  private Backend open() {
    return new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu);
  }

  private static LabelledData.Split data(int seed, int samples) {
    return MakeClassification.defaults()
        .samples(samples)
        .features(5)
        .classes(3)
        .informative(4)
        .redundant(0)
        .randomState(seed)
        .generate()
        .split(100);
  }

  private static List<EpochResult> fit(
      Backend backend, LabelledData.Split data, int epochs, int batchRows) {
    LabelledData train = data.train();
    LabelledData valid = data.validation();
    ElementType type = ElementType.FLOAT64;
    try (Matrix x = backend.matrix(type, train.rows(), 5, train.x());
        Matrix y = backend.matrix(type, train.rows(), 3, OneHot.encode(train.labels(), 3));
        Matrix validX = backend.matrix(type, valid.rows(), 5, valid.x());
        Matrix validY = backend.matrix(type, valid.rows(), 3, OneHot.encode(valid.labels(), 3));
        SoftmaxClassifier classifier = new SoftmaxClassifier(backend, type, 5, 3, 42)) {
      return classifier.fit(
          x, y, validX, validY, new TrainingOptions(epochs, 0.01, batchRows), epoch -> {});
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {42, 0, 7})
  void theNotebooksFitIsThatOfPlainJava(int seed) {
    LabelledData.Split data = data(seed, 10_100);
    try (Backend cuda = open();
        Backend reference = new ReferenceBackend()) {
      List<EpochResult> expected = fit(reference, data, 16, 33);
      List<EpochResult> actual = fit(cuda, data, 16, 33);
      for (int i = 0; i < 16; i++) {
        // Sums in other orders: a few units in the last place a step, over 64 steps.
        assertEquals(expected.get(i).crossEntropy(), actual.get(i).crossEntropy(), 1e-12);
        assertEquals(
            expected.get(i).validationCrossEntropy(),
            actual.get(i).validationCrossEntropy(),
            1e-12);
        assertEquals(
            expected.get(i).validationAccuracy(), actual.get(i).validationAccuracy(), 1e-12);
      }
    }
  }

  @Test
  void anEpochOfTheNotebookIsOneLaunchAndItsEvaluationThreeAndOneProduct() {
    LabelledData.Split data = data(42, 300);
    try (Backend cuda = open()) {
      fit(cuda, data, 1, 33);
      long launches = gpu.launches();
      long products = gpu.products();
      long synchronizations = gpu.synchronizations();
      fit(cuda, data, 11, 33);
      long setUp = 1; // The fill of the validation's place in the results.
      long moreLaunches = gpu.launches() - launches - setUp;
      assertTrue(moreLaunches <= 11 * 4, moreLaunches + " launches in 11 epochs");
      assertEquals(11, gpu.products() - products);
      // Six copies to the device, among them the parameters and their scratch, and one wait an
      // epoch.
      assertTrue(gpu.synchronizations() - synchronizations <= 11 + 8);
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 10", "40, 33"})
  void aFitThatNobodyWatchesWaitsOnce(int classes, int batchRows) {
    ElementType type = ElementType.FLOAT32;
    try (Backend cuda = open();
        Matrix x = cuda.matrix(type, 50, 5);
        Matrix y = cuda.matrix(type, 50, classes);
        SoftmaxClassifier classifier = new SoftmaxClassifier(cuda, type, 5, classes, 42)) {
      long before = gpu.synchronizations();
      classifier.fit(x, y, x, y, new TrainingOptions(20, 0.01, batchRows));
      assertEquals(1, gpu.synchronizations() - before);
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 3", "7, 100", "5, 129", "3, 513", "2, 1500", "2, 8000"})
  void softmaxReadsEachRowOnceAsLongAsItFits(int rows, int columns) {
    for (ElementType type : ElementType.values()) {
      try (Backend cuda = open();
          Matrix logits = cuda.matrix(type, rows, columns);
          Matrix probabilities = cuda.matrix(type, rows, columns);
          Softmax softmax = cuda.kernel(Softmax.TYPE)) {
        long before = gpu.bytesRead();
        softmax.apply(logits, probabilities);
        assertEquals((long) rows * columns * type.bytes(), gpu.bytesRead() - before);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyAlgorithmOfEveryOperationAgreesWithPlainJava(ElementType type) {
    try (Backend cuda = open();
        Backend reference = new ReferenceBackend()) {
      // One length for each algorithm: in lanes, a warp, a block's registers, shared memory, and
      // too long for that.
      for (int columns : new int[] {3, 130, 600, 1100, 8200, 16_400, 25_000}) {
        assertArrayEquals(
            family(reference, type, columns),
            family(cuda, type, columns),
            type == ElementType.FLOAT64 ? 1e-12 : 1e-4,
            columns + " columns");
      }
    }
    // The elementwise operations, column sums and the epoch's kernel are the contract's.
    TreeSet<String> rowKernels =
        CudaKernel.all().stream()
            .filter(kernel -> kernel.type() == type)
            .map(CudaKernel::name)
            .filter(
                name ->
                    name.startsWith("softmax")
                        || name.startsWith("log_softmax")
                        || name.startsWith("cross_entropy")
                        || name.startsWith("evaluation")
                        || name.startsWith("row_"))
            .collect(Collectors.toCollection(TreeSet::new));
    TreeSet<String> missed = new TreeSet<>(rowKernels);
    missed.removeAll(gpu.launched());
    assertEquals(new TreeSet<>(), missed);
  }

  /** Every operation on rows, their results one after another. */
  private static double[] family(Backend backend, ElementType type, int columns) {
    int rows = 2;
    double[] z = new double[rows * columns];
    double[] y = new double[z.length];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) (4 * Math.sin(i * 0.7));
      y[i] = i % columns == i / columns + 1 ? 1 : 0;
    }
    try (Matrix logits = backend.matrix(type, rows, columns, z);
        Matrix targets = backend.matrix(type, rows, columns, y);
        Matrix x = backend.matrix(type, rows, 1, new double[] {1, -0.5});
        Matrix weights = backend.matrix(type, 1, columns);
        Matrix bias = backend.matrix(type, 1, columns);
        Matrix out = backend.matrix(type, rows, columns);
        Matrix perRow = backend.matrix(type, rows, 3);
        Matrix scalars = backend.matrix(type, 1, 4);
        Softmax softmax = backend.kernel(Softmax.TYPE);
        LogSoftmax logSoftmax = backend.kernel(LogSoftmax.TYPE);
        CrossEntropy crossEntropy = backend.kernel(CrossEntropy.TYPE);
        CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
        Evaluation evaluation = backend.kernel(Evaluation.TYPE);
        TrainingStep step = backend.kernel(TrainingStep.TYPE)) {
      weights.write(Arrays.copyOf(z, columns));
      double[] results = new double[4 * z.length + 3 * rows + 4 + 2 * columns];
      int at = 0;
      softmax.apply(logits, out);
      at = append(out, results, at);
      logSoftmax.apply(logits, out);
      at = append(out, results, at);
      gradient.apply(logits, targets, out);
      at = append(out, results, at);
      backend.rowMax(logits, perRow.columns(0, 1));
      backend.rowSum(logits, perRow.columns(1, 2));
      backend.rowArgMax(logits, perRow.columns(2, 3));
      at = append(perRow, results, at);
      crossEntropy.apply(logits, targets, scalars.columns(0, 1));
      evaluation.apply(x, targets, weights, bias, scalars.columns(1, 3));
      step.apply(x, targets, 0.5, weights, bias, scalars.columns(3, 4));
      at = append(scalars, results, at);
      at = append(weights, results, at);
      append(bias, results, at);
      return results;
    }
  }

  private static int append(Matrix matrix, double[] results, int at) {
    double[] values = matrix.toDoubles();
    System.arraycopy(values, 0, results, at, values.length);
    return at + values.length;
  }

  @Test
  void everythingIsGivenBack() {
    Backend cuda = open();
    fit(cuda, data(42, 200), 2, 33);
    fit(cuda, data(42, 200), 2, 100);
    Matrix leaked = cuda.matrix(ElementType.FLOAT32, 3, 3);
    assertEquals(1, cuda.openMatrices());
    cuda.close();
    assertTrue(leaked.isClosed());
    assertTrue(gpu.holdsNothing());
    assertTrue(gpu.isClosed());
  }
}
