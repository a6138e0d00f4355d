package io.rowwise.benchmarks.pytorch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDManager;
import io.rowwise.benchmarks.pytorch.PyTorchClassifier.Epoch;
import io.rowwise.benchmarks.pytorch.PyTorchClassifier.Precision;
import io.rowwise.benchmarks.pytorch.PyTorchClassifier.Samples;
import io.rowwise.dataset.OneHot;
import io.rowwise.reference.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PyTorchClassifierTest {
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;
  private static final int TRAINING_ROWS = 100;
  private static final int EPOCHS = 16;
  private static final double LEARNING_RATE = 0.01;
  private static final int BATCH_SIZE = 33;

  private static double[] trainingX;
  private static double[] trainingOneHot;
  private static double[] validationX;
  private static double[] validationOneHot;

  @BeforeAll
  static void readTheNotebooksData() {
    PyTorch.unavailableReason().ifPresent(reason -> assumeTrue(false, reason));
    double[] x = Reference.npy("notebook_42_X.npy").doubles();
    int[] y = Reference.npy("notebook_42_y.npy").ints();
    double[] oneHot = OneHot.encode(y, CLASSES);
    trainingX = Arrays.copyOf(x, TRAINING_ROWS * FEATURES);
    trainingOneHot = Arrays.copyOf(oneHot, TRAINING_ROWS * CLASSES);
    validationX = Arrays.copyOfRange(x, TRAINING_ROWS * FEATURES, x.length);
    validationOneHot = Arrays.copyOfRange(oneHot, TRAINING_ROWS * CLASSES, oneHot.length);
  }

  private static PyTorchClassifier classifier(Precision precision) {
    return new PyTorchClassifier(precision, FEATURES, CLASSES, 42);
  }

  private static List<Epoch> fitTheNotebook(PyTorchClassifier classifier) {
    try (Samples training = classifier.samples(trainingX, trainingOneHot);
        Samples validation = classifier.samples(validationX, validationOneHot)) {
      return classifier.fit(training, validation, EPOCHS, LEARNING_RATE, BATCH_SIZE, epoch -> {});
    }
  }

  @Test
  void startsFromTheParametersThatPythonDraws() {
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT64)) {
      // No tolerance: both read one generator and round in the same places.
      assertArrayEquals(Reference.npy("notebook_42_w0.npy").doubles(), classifier.weights());
      assertArrayEquals(Reference.npy("notebook_42_b0.npy").doubles(), classifier.bias());
    }
  }

  @Test
  void startsInFloat32FromTheSameParametersRounded() {
    double[] expected = Reference.npy("notebook_42_w0.npy").doubles();
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) expected[i];
    }
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT32)) {
      assertArrayEquals(expected, classifier.weights());
    }
  }

  @Test
  void startsFromOtherParametersForAnotherSeed() {
    try (PyTorchClassifier first = new PyTorchClassifier(Precision.FLOAT64, 5, 3, 42);
        PyTorchClassifier other = new PyTorchClassifier(Precision.FLOAT64, 5, 3, 43);
        PyTorchClassifier again = new PyTorchClassifier(Precision.FLOAT64, 5, 3, 42)) {
      assertFalse(Arrays.equals(first.weights(), other.weights()));
      assertArrayEquals(first.weights(), again.weights());
    }
  }

  @Test
  void fitsAsPythonDoes() {
    // Two versions of PyTorch sum in different orders: a few units in the last place a step, over
    // 64 steps. A learning rate rounded to a float shows as 2e-10 in the first epoch already.
    double tolerance = 1e-12;
    double[] expected = Reference.npy("notebook_42_history.npy").doubles();
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT64)) {
      List<Epoch> history = fitTheNotebook(classifier);
      assertEquals(EPOCHS, history.size());
      for (int i = 0; i < EPOCHS; i++) {
        Epoch epoch = history.get(i);
        assertEquals(i + 1, epoch.number());
        assertEquals(expected[3 * i], epoch.trainingCrossEntropy(), tolerance);
        assertEquals(expected[3 * i + 1], epoch.validationCrossEntropy(), tolerance);
        assertEquals(expected[3 * i + 2], epoch.validationAccuracy());
      }
      assertArrayEquals(
          Reference.npy("notebook_42_w.npy").doubles(), classifier.weights(), tolerance);
      assertArrayEquals(Reference.npy("notebook_42_b.npy").doubles(), classifier.bias(), tolerance);
    }
  }

  @Test
  void fitsInFloat32ToFloat32sPrecision() {
    // 64 steps, each rounding a number below 1 to within 6e-8.
    double tolerance = 64 * 6e-8;
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT32)) {
      fitTheNotebook(classifier);
      assertArrayEquals(
          Reference.npy("notebook_42_w.npy").doubles(), classifier.weights(), tolerance);
      assertArrayEquals(Reference.npy("notebook_42_b.npy").doubles(), classifier.bias(), tolerance);
    }
  }

  @Test
  void predictsTheSoftmaxOfTheWeightedSum() {
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT64)) {
      double[] weights = classifier.weights();
      double[] bias = classifier.bias();
      double[] probabilities = classifier.predict(trainingX);
      assertEquals(TRAINING_ROWS * CLASSES, probabilities.length);
      double loss = 0;
      for (int row = 0; row < TRAINING_ROWS; row++) {
        double[] exponentials = new double[CLASSES];
        double sum = 0;
        for (int j = 0; j < CLASSES; j++) {
          double logit = bias[j];
          for (int i = 0; i < FEATURES; i++) {
            logit += trainingX[row * FEATURES + i] * weights[i * CLASSES + j];
          }
          exponentials[j] = Math.exp(logit);
          sum += exponentials[j];
        }
        for (int j = 0; j < CLASSES; j++) {
          // Logits of a few units, each a sum of six products: well within 1e-14.
          assertEquals(exponentials[j] / sum, probabilities[row * CLASSES + j], 1e-14);
          loss -= trainingOneHot[row * CLASSES + j] * Math.log(exponentials[j] / sum);
        }
      }
      try (Samples samples = classifier.samples(trainingX, trainingOneHot)) {
        // A mean of a hundred such numbers.
        assertEquals(loss / TRAINING_ROWS, classifier.crossEntropy(samples), 1e-13);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void computesTheSameOnAnyThread(Precision precision) {
    try (PyTorchClassifier here = classifier(precision);
        PyTorchClassifier there = classifier(precision)) {
      fitTheNotebook(here);
      CompletableFuture.runAsync(() -> fitTheNotebook(there)).join();
      assertArrayEquals(here.weights(), there.weights());
      double[] predicted = CompletableFuture.supplyAsync(() -> there.predict(validationX)).join();
      assertArrayEquals(here.predict(validationX), predicted);
    }
  }

  @Test
  void tellsOfEachEpochAsItEnds() {
    List<Epoch> told = new ArrayList<>();
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT64);
        Samples samples = classifier.samples(trainingX, trainingOneHot)) {
      List<Epoch> history =
          classifier.fit(
              samples,
              samples,
              3,
              LEARNING_RATE,
              BATCH_SIZE,
              epoch -> {
                told.add(epoch);
                assertEquals(epoch.validationCrossEntropy(), classifier.crossEntropy(samples));
              });
      assertEquals(3, told.size());
      assertEquals(history, told);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void leavesNothingInPyTorch(Precision precision) {
    try (NDManager manager = PyTorch.newManager()) {
      NDManager all = manager.getParentManager();
      int before = all.getManagedArrays().size();
      try (PyTorchClassifier classifier = classifier(precision)) {
        int created = all.getManagedArrays().size();
        assertEquals(before + 4, created, "weight and bias, each with and without its gradient");
        fitTheNotebook(classifier);
        classifier.predict(trainingX);
        try (Samples samples = classifier.samples(trainingX, trainingOneHot)) {
          classifier.crossEntropy(samples);
        }
        assertEquals(created, all.getManagedArrays().size());
        classifier.samples(trainingX, trainingOneHot);
      }
      assertEquals(before, all.getManagedArrays().size());
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertMessage(
        "PyTorchClassifier: features and classes are at least 1, here they are 0 and 3",
        () -> new PyTorchClassifier(Precision.FLOAT64, 0, 3, 42));
    try (PyTorchClassifier classifier = classifier(Precision.FLOAT64);
        Samples samples = classifier.samples(trainingX, trainingOneHot)) {
      assertMessage(
          "predict: x has 7 numbers, this classifier wants whole rows of 5 features, at least one",
          () -> classifier.predict(new double[7]));
      assertMessage(
          "samples: oneHot has 4 numbers, 2 rows of 3 classes have 6",
          () -> classifier.samples(new double[10], new double[4]));
      assertMessage(
          "samples: row 1 of oneHot is not one 1 and 2 zeros",
          () -> classifier.samples(new double[10], new double[] {0, 0, 1, 0, 0.5, 0.5}));
      assertMessage(
          "fit: epochs is at least 0 and batchSize at least 1, here they are 16 and 0",
          () -> classifier.fit(samples, samples, 16, LEARNING_RATE, 0, epoch -> {}));
      assertMessage(
          "fit: learningRate is NaN, it has to be positive and in the range of a float",
          () -> classifier.fit(samples, samples, 16, Double.NaN, 33, epoch -> {}));
    }
  }

  private static void assertMessage(String message, Runnable refused) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, refused::run).getMessage());
  }

  @Test
  void refusesWorkOnceClosed() {
    PyTorchClassifier classifier = classifier(Precision.FLOAT64);
    classifier.close();
    classifier.close();
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> classifier.predict(trainingX));
    assertEquals("predict: this classifier is closed", refused.getMessage());
  }
}
