package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import io.rowwise.dataset.OneHot;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
      // The copies of the first parameters have been done then, and nobody waits for them.
      classifier.weights().toDoubles();
      classifier.bias().toDoubles();
      long before = gpu.synchronizations();
      classifier.fit(x, y, x, y, new TrainingOptions(20, 0.01, batchRows));
      assertEquals(1, gpu.synchronizations() - before);
    }
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
