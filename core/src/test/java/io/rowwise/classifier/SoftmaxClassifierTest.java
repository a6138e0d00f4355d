package io.rowwise.classifier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.random.NumpyRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the classifier adds to the kernels: its parameters, its history and its errors. */
final class SoftmaxClassifierTest {
  private static final TrainingOptions OPTIONS = new TrainingOptions(3, 0.1, 2);

  private Backend backend;

  @BeforeEach
  void open() {
    backend = new ReferenceBackend();
  }

  @AfterEach
  void nothingIsLeftOpen() {
    assertEquals(0, backend.openMatrices());
    backend.close();
  }

  private SoftmaxClassifier classifier() {
    return new SoftmaxClassifier(backend, ElementType.FLOAT64, 2, 3, 42);
  }

  private Matrix x() {
    return backend.matrix(4, 2, 0.5, -1, 2, 0.25, -0.75, 1, 0, 3);
  }

  private Matrix targets() {
    return backend.matrix(4, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0);
  }

  @Test
  void startsFromNumpysStandardNormal() {
    NumpyRandom random = new NumpyRandom(42);
    double[] weights = new double[6];
    double[] bias = new double[3];
    random.standardNormal(weights);
    random.standardNormal(bias);
    try (SoftmaxClassifier classifier = classifier()) {
      assertArrayEquals(weights, classifier.weights().toDoubles());
      assertArrayEquals(bias, classifier.bias().toDoubles());
    }
  }

  @Test
  void startsFromGivenParameters() {
    double[] weights = {1, 2, 3, 4, 5, 6};
    double[] bias = {7, 8, 9};
    try (SoftmaxClassifier classifier =
        new SoftmaxClassifier(backend, ElementType.FLOAT32, 2, 3, weights, bias)) {
      assertArrayEquals(weights, classifier.weights().toDoubles());
      assertArrayEquals(bias, classifier.bias().toDoubles());
    }
    bias[1] = 1e39;
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new SoftmaxClassifier(backend, ElementType.FLOAT32, 2, 3, weights, bias))
            .getMessage();
    assertEquals("classifier: bias[0][1] is 1.0E39, wanted a finite float32", message);
    message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new SoftmaxClassifier(backend, ElementType.FLOAT64, 3, 2, weights, bias))
            .getMessage();
    assertEquals("classifier: bias has 3 values, wanted 1 x 2 = 2", message);
  }

  @Test
  void copiesParametersFromAClassifierOnAnotherBackendAndOfAnotherType() {
    try (Backend other = new ReferenceBackend();
        SoftmaxClassifier single = new SoftmaxClassifier(other, ElementType.FLOAT32, 2, 3, 7);
        SoftmaxClassifier classifier = classifier()) {
      classifier.copyParameters(single);
      assertArrayEquals(single.weights().toDoubles(), classifier.weights().toDoubles());
      assertArrayEquals(single.bias().toDoubles(), classifier.bias().toDoubles());
    }
  }

  @Test
  void evaluatesWhatItPredicts() {
    try (Matrix x = x();
        Matrix targets = targets();
        SoftmaxClassifier classifier = classifier();
        Matrix probabilities = classifier.predict(x)) {
      double[] p = probabilities.toDoubles();
      int[] labels = {0, 1, 2, 1};
      double loss = 0;
      int right = 0;
      for (int row = 0; row < 4; row++) {
        loss -= Math.log(p[row * 3 + labels[row]]) / 4;
        int best = 0;
        for (int j = 1; j < 3; j++) {
          best = p[row * 3 + j] > p[row * 3 + best] ? j : best;
        }
        right += best == labels[row] ? 1 : 0;
      }
      // Four logarithms of numbers that are right to a few units in the last place.
      assertEquals(loss, classifier.crossEntropyLoss(x, targets), 1e-14);
      assertEquals(right / 4.0, classifier.accuracy(x, targets));
      assertEquals(
          new Score(classifier.crossEntropyLoss(x, targets), right / 4.0),
          classifier.evaluate(x, targets));
    }
  }

  @Test
  void anUpdateIsAnEpochOfOneBatch() {
    try (Matrix x = x();
        Matrix targets = targets();
        SoftmaxClassifier stepped = classifier();
        SoftmaxClassifier trained = classifier()) {
      double before = stepped.crossEntropyLoss(x, targets);
      assertEquals(before, stepped.update(x, targets, 0.1), 1e-15);
      List<EpochResult> history =
          trained.fit(x, targets, new TrainingOptions(1, 0.1, 4), epoch -> {});
      assertEquals(before, history.get(0).crossEntropy(), 1e-15);
      assertArrayEquals(stepped.weights().toDoubles(), trained.weights().toDoubles());
      assertTrue(stepped.crossEntropyLoss(x, targets) < before);
    }
  }

  @Test
  void tellsOfEachEpochWhenItIsDone() {
    try (Matrix x = x();
        Matrix targets = targets();
        SoftmaxClassifier classifier = classifier()) {
      List<EpochResult> told = new ArrayList<>();
      List<EpochResult> history =
          classifier.fit(
              x,
              targets,
              x,
              targets,
              OPTIONS,
              epoch -> {
                told.add(epoch);
                assertEquals(
                    epoch.validationCrossEntropy(), classifier.crossEntropyLoss(x, targets));
              });
      assertEquals(3, told.size());
      assertEquals(told, history);
    }
  }

  @Test
  void isTrainedTheSameWhenNobodyIsTold() {
    try (Matrix x = x();
        Matrix targets = targets();
        SoftmaxClassifier watched = classifier();
        SoftmaxClassifier unwatched = classifier()) {
      assertEquals(
          watched.fit(x, targets, x, targets, OPTIONS, epoch -> {}),
          unwatched.fit(x, targets, x, targets, OPTIONS));
      assertEquals(
          watched.fit(x, targets, OPTIONS, epoch -> {}), unwatched.fit(x, targets, OPTIONS));
      assertArrayEquals(watched.weights().toDoubles(), unwatched.weights().toDoubles());
    }
  }

  @Test
  void withoutValidationDataItsValuesAreNaN() {
    try (Matrix x = x();
        Matrix targets = targets();
        SoftmaxClassifier classifier = classifier()) {
      EpochResult last = classifier.fit(x, targets, OPTIONS, epoch -> {}).get(2);
      assertTrue(Double.isFinite(last.crossEntropy()));
      assertTrue(Double.isNaN(last.validationCrossEntropy()));
      assertTrue(Double.isNaN(last.validationAccuracy()));
    }
  }

  @Test
  void anEpochsLineIsTheNotebooks() {
    assertEquals(
        "epoch: 0 - CE: 1.1524 - CE_v: 1.1952 - acc_v: 0.4487",
        new EpochResult(0, 1.1523629, 1.1952231, 0.4487).toString());
  }

  @Test
  void staysFiniteWhereProbabilitiesUnderflow() {
    for (ElementType type : ElementType.arithmetic()) {
      try (Matrix x = backend.matrix(type, 1, 2, new double[] {1, 0});
          Matrix targets = backend.matrix(type, 1, 3, new double[] {0, 1, 0});
          SoftmaxClassifier classifier = new SoftmaxClassifier(backend, type, 2, 3, 0);
          JacobianSoftmaxClassifier jacobian =
              new JacobianSoftmaxClassifier(backend, type, 2, 3, 0)) {
        double[] saturated = {4000, -4000, 0, 0, 0, 0};
        for (SoftmaxClassifier each : List.of(classifier, jacobian)) {
          each.copyParameters(saturated, new double[3]);
          assertEquals(8000, each.update(x, targets, 0.5));
          assertArrayEquals(new double[] {3999.5, -3999.5, 0, 0, 0, 0}, each.weights().toDoubles());
          assertArrayEquals(new double[] {-0.5, 0.5, 0}, each.bias().toDoubles());
        }
      }
    }
  }

  @Test
  void theJacobianLearnsFromSubnormalProbabilities() {
    // p[1] = e^-740, whose reciprocal overflows.
    try (Matrix x = backend.matrix(1, 1, 1.0);
        Matrix targets = backend.matrix(1, 2, 0, 1);
        JacobianSoftmaxClassifier jacobian =
            new JacobianSoftmaxClassifier(backend, ElementType.FLOAT64, 1, 2, 0)) {
      jacobian.copyParameters(new double[] {740, 0}, new double[2]);
      assertEquals(740, jacobian.update(x, targets, 0.5));
      assertArrayEquals(new double[] {739.5, 0.5}, jacobian.weights().toDoubles());
    }
  }

  @Test
  void theJacobianAgreesWithTheShortWayOnSoftTargets() {
    double[] soft = {0.2, 0.3, 0.4, 1, 0, 0.5, 0, 0, 0, 0.1, 0.1, 0.8};
    try (Matrix x = x();
        Matrix targets = backend.matrix(4, 3, soft);
        SoftmaxClassifier classifier = classifier();
        JacobianSoftmaxClassifier jacobian =
            new JacobianSoftmaxClassifier(backend, ElementType.FLOAT64, 2, 3, 42)) {
      TrainingOptions threeBatches = new TrainingOptions(5, 0.5, 3);
      List<EpochResult> history = classifier.fit(x, targets, x, targets, threeBatches, e -> {});
      List<EpochResult> longWay = jacobian.fit(x, targets, x, targets, threeBatches, e -> {});
      // Ten steps, each a few units in the last place of numbers below 4.
      for (int i = 0; i < 5; i++) {
        assertEquals(history.get(i).crossEntropy(), longWay.get(i).crossEntropy(), 1e-14);
      }
      assertArrayEquals(classifier.weights().toDoubles(), jacobian.weights().toDoubles(), 1e-14);
      assertArrayEquals(classifier.bias().toDoubles(), jacobian.bias().toDoubles(), 1e-14);
    }
  }

  @Test
  void aJacobianThatCannotFitIsRefusedBeforeItIsMade() {
    try (Matrix x = backend.matrix(ElementType.FLOAT64, 40_000, 2);
        Matrix targets = backend.matrix(ElementType.FLOAT64, 40_000, 3);
        JacobianSoftmaxClassifier jacobian =
            new JacobianSoftmaxClassifier(backend, ElementType.FLOAT64, 2, 3, 0)) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> jacobian.update(x, targets, 0.1))
              .getMessage();
      assertTrue(message.contains("a batch of 40000 rows"), message);
      assertTrue(message.contains("120000 x 120000"), message);
      assertTrue(message.contains("use a smaller batch, or SoftmaxClassifier"), message);
    }
  }

  interface Call {
    void on(SoftmaxClassifier classifier, Backend backend);
  }

  static Stream<Arguments> badInput() {
    return Stream.of(
        bad(
            "predict: x has 7 columns, this classifier was trained on 2",
            (c, b) -> using(b.matrix(ElementType.FLOAT64, 4, 7), c::predict)),
        bad(
            "predict: x is float32, this classifier is float64",
            (c, b) -> using(b.matrix(ElementType.FLOAT32, 4, 2), c::predict)),
        bad(
            "fit: x has 0 rows, wanted at least 1",
            (c, b) ->
                using(
                    b.matrix(ElementType.FLOAT64, 0, 2),
                    x ->
                        using(
                            b.matrix(ElementType.FLOAT64, 0, 3),
                            y -> c.fit(x, y, OPTIONS, epoch -> {})))),
        bad(
            "evaluate: targets is 4x2, wanted 4x3",
            (c, b) -> using(b.matrix(ElementType.FLOAT64, 4, 2), x -> c.evaluate(x, x))),
        bad(
            "update: the learning rate is -0.1, wanted a finite number",
            (c, b) -> withData(b, (x, y) -> c.update(x, y, -0.1))),
        bad(
            "update: the learning rate is NaN",
            (c, b) -> withData(b, (x, y) -> c.update(x, y, Double.NaN))),
        bad("the learning rate is -1.0", (c, b) -> new TrainingOptions(1, -1, 1)),
        bad("a batch has 0 rows, wanted at least 1", (c, b) -> new TrainingOptions(1, 1, 0)),
        bad("epochs is 0, wanted at least 1", (c, b) -> new TrainingOptions(0, 1, 1)),
        bad(
            "copyParameters: weights has 5 values, wanted 2 x 3 = 6",
            (c, b) -> c.copyParameters(new double[5], new double[3])),
        bad(
            "copyParameters: bias has 6 values, wanted 1 x 3 = 3",
            (c, b) -> c.copyParameters(new double[6], new double[6])),
        bad(
            "copyParameters: weights[1][2] is NaN, wanted a finite float64",
            (c, b) -> c.copyParameters(new double[] {0, 0, 0, 0, 0, Double.NaN}, new double[3])),
        bad(
            "copyParameters: bias[0][1] is Infinity",
            (c, b) ->
                c.copyParameters(new double[6], new double[] {0, Double.POSITIVE_INFINITY, 0})),
        bad(
            "copyParameters: weights[0][0] is 1.0E39, wanted a finite float32",
            (c, b) -> {
              try (SoftmaxClassifier single =
                  new SoftmaxClassifier(b, ElementType.FLOAT32, 1, 1, 0)) {
                single.copyParameters(new double[] {1e39}, new double[1]);
              }
            }),
        bad(
            "copyParameters: the other classifier has 2 features and 2 classes, this one 2 and 3",
            (c, b) -> {
              try (SoftmaxClassifier other =
                  new SoftmaxClassifier(b, ElementType.FLOAT64, 2, 2, 0)) {
                c.copyParameters(other);
              }
            }),
        bad(
            "x has 0 features",
            (c, b) -> new SoftmaxClassifier(b, ElementType.FLOAT64, 0, 3, 0).close()),
        bad(
            "targets has 0 classes",
            (c, b) -> new SoftmaxClassifier(b, ElementType.FLOAT64, 2, 0, 0).close()),
        bad("seed", (c, b) -> new SoftmaxClassifier(b, ElementType.FLOAT64, 2, 3, -1).close()),
        bad(
            "predict: x belongs to another backend",
            (c, b) -> {
              try (Backend other = new ReferenceBackend()) {
                using(other.matrix(ElementType.FLOAT64, 4, 2), c::predict);
              }
            }));
  }

  @ParameterizedTest
  @MethodSource("badInput")
  void badInputIsRefusedWithWhatWasWanted(String message, Call call) {
    try (SoftmaxClassifier classifier = classifier()) {
      double[] weights = classifier.weights().toDoubles();
      String actual =
          assertThrows(IllegalArgumentException.class, () -> call.on(classifier, backend))
              .getMessage();
      assertTrue(actual.contains(message), actual);
      assertArrayEquals(weights, classifier.weights().toDoubles());
    }
  }

  @Test
  void whatIsClosedIsRefused() {
    SoftmaxClassifier classifier = classifier();
    Matrix weights = classifier.weights();
    try (Matrix x = x();
        Matrix targets = targets()) {
      classifier.close();
      classifier.close();
      assertThrows(IllegalStateException.class, () -> classifier.predict(x));
      assertThrows(
          IllegalStateException.class, () -> classifier.fit(x, targets, OPTIONS, epoch -> {}));
      assertThrows(IllegalStateException.class, classifier::weights);
      assertThrows(IllegalStateException.class, weights::toDoubles);
    }
    try (SoftmaxClassifier open = classifier()) {
      Matrix x = x();
      x.close();
      String message =
          assertThrows(IllegalStateException.class, () -> open.predict(x)).getMessage();
      assertTrue(message.contains("predict: x"), message);
      assertTrue(message.contains("closed"), message);
    }
  }

  private static Arguments bad(String message, Call call) {
    return Arguments.of(message, call);
  }

  private static void using(Matrix matrix, Consumer<Matrix> call) {
    try (matrix) {
      call.accept(matrix);
    }
  }

  private static void withData(Backend backend, BiConsumer<Matrix, Matrix> call) {
    using(
        backend.matrix(ElementType.FLOAT64, 4, 2),
        x -> using(backend.matrix(ElementType.FLOAT64, 4, 3), y -> call.accept(x, y)));
  }
}
