package io.rowwise.classifier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Classifiers and options with their numbers by name, parameters as float, and sizes too large. */
final class NamedFormsTest {
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

  private static void assertRefused(String message, Executable call) {
    String actual = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(actual.contains(message), actual);
  }

  @Test
  void aClassifierByNameIsTheOneByPosition() {
    try (SoftmaxClassifier byName =
            SoftmaxClassifier.on(backend)
                .seed(42)
                .classes(3)
                .features(5)
                .type(ElementType.FLOAT32)
                .create();
        SoftmaxClassifier byPosition =
            new SoftmaxClassifier(backend, ElementType.FLOAT32, 5, 3, 42)) {
      assertEquals(ElementType.FLOAT32, byName.type());
      assertEquals(5, byName.features());
      assertEquals(3, byName.classes());
      assertArrayEquals(byPosition.weights().toDoubles(), byName.weights().toDoubles());
      assertArrayEquals(byPosition.bias().toDoubles(), byName.bias().toDoubles());
    }
  }

  @Test
  void whatIsNotSaidHasADefault() {
    try (SoftmaxClassifier byName = SoftmaxClassifier.on(backend).features(5).classes(3).create();
        JacobianSoftmaxClassifier jacobian =
            JacobianSoftmaxClassifier.on(backend).features(5).classes(3).create();
        SoftmaxClassifier byPosition =
            new SoftmaxClassifier(backend, ElementType.FLOAT64, 5, 3, 0)) {
      assertEquals(ElementType.FLOAT64, byName.type());
      assertArrayEquals(byPosition.weights().toDoubles(), byName.weights().toDoubles());
      assertArrayEquals(byPosition.weights().toDoubles(), jacobian.weights().toDoubles());
    }
  }

  @Test
  void whatHasToBeSaidIsAskedFor() {
    assertRefused("x has 0 features", () -> SoftmaxClassifier.on(backend).classes(3).create());
    assertRefused(
        "targets has 0 classes", () -> SoftmaxClassifier.on(backend).features(3).create());
    assertRefused(
        "both a seed and parameters",
        () ->
            SoftmaxClassifier.on(backend)
                .features(1)
                .classes(1)
                .seed(1)
                .parameters(new double[1], new double[1])
                .create());
    assertRefused(
        "weights has 1 values, wanted 2 x 1 = 2",
        () ->
            JacobianSoftmaxClassifier.on(backend)
                .features(2)
                .classes(1)
                .parameters(new double[1], new double[1])
                .create());
  }

  @Test
  void parametersMayBeFloats() {
    float[] weights = {0.1f, 2, 3, 4, 5, 6};
    float[] bias = {0.7f, 8, 9};
    for (ElementType type : ElementType.arithmetic()) {
      try (SoftmaxClassifier byPosition =
              new SoftmaxClassifier(backend, type, 2, 3, weights, bias);
          SoftmaxClassifier byName =
              SoftmaxClassifier.on(backend)
                  .type(type)
                  .features(2)
                  .classes(3)
                  .parameters(weights, bias)
                  .create();
          SoftmaxClassifier copied = new SoftmaxClassifier(backend, type, 2, 3, 0)) {
        copied.copyParameters(weights, bias);
        for (SoftmaxClassifier each : new SoftmaxClassifier[] {byPosition, byName, copied}) {
          assertArrayEquals(weights, each.weights().toFloats());
          assertArrayEquals(bias, each.bias().toFloats());
          assertEquals(0.1f, each.weights().toDoubles()[0]);
        }
        bias[1] = Float.POSITIVE_INFINITY;
        assertRefused(
            "copyParameters: bias[0][1] is Infinity, wanted a finite " + type,
            () -> copied.copyParameters(weights, bias));
        bias[1] = 8;
      }
    }
  }

  @Test
  void matricesMayBeMadeOfFloats() {
    float[] values = {0.1f, 2};
    try (Matrix single = backend.matrix(1, 2, values);
        Matrix wide = backend.matrix(ElementType.FLOAT64, 2, 1, values);
        Matrix fromNumbers = backend.matrix(1, 2, 1, 2)) {
      assertEquals(ElementType.FLOAT32, single.type());
      assertEquals(ElementType.FLOAT64, wide.type());
      assertEquals(ElementType.FLOAT64, fromNumbers.type());
      assertArrayEquals(values, single.toFloats());
      assertArrayEquals(new double[] {0.1f, 2}, wide.toDoubles());
      assertRefused("write", () -> backend.matrix(3, 3, values));
    }
  }

  @Test
  void sizesBeyondAnArrayAreNamed() {
    assertRefused(
        "70000 features and 80000 classes have 5600000000 weights, a Java array holds",
        () -> new SoftmaxClassifier(backend, ElementType.FLOAT32, 70_000, 80_000, 0));
    assertRefused(
        "weights has 1 values, wanted 70000 x 80000 = 5600000000",
        () ->
            new SoftmaxClassifier(
                backend, ElementType.FLOAT32, 70_000, 80_000, new double[1], new double[1]));
  }

  @Test
  void optionsByNameAreThoseByPosition() {
    assertEquals(
        new TrainingOptions(16, 0.5, 33),
        TrainingOptions.ofEpochs(16).learningRate(0.5).batchRows(33));
    assertEquals(
        new TrainingOptions(17, 0.5, 33),
        TrainingOptions.ofEpochs(16).batchRows(33).learningRate(0.5).epochs(17));
    assertEquals(new TrainingOptions(16, 0.01, 32), TrainingOptions.ofEpochs(16));
    assertRefused("epochs is 0", () -> TrainingOptions.ofEpochs(0));
    assertRefused(
        "the learning rate is Infinity",
        () -> TrainingOptions.ofEpochs(1).learningRate(Double.POSITIVE_INFINITY));
    assertRefused("a batch has -1 rows", () -> TrainingOptions.ofEpochs(1).batchRows(-1));
  }
}
