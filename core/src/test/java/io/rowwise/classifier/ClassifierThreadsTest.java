package io.rowwise.classifier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A classifier that is used while it is trained, by the thread that trains it and by others. */
final class ClassifierThreadsTest {
  private static final TrainingOptions OPTIONS = TrainingOptions.ofEpochs(3).learningRate(0.1);

  private Backend backend;
  private Matrix x;
  private Matrix targets;
  private SoftmaxClassifier classifier;

  @BeforeEach
  void open() {
    backend = new ReferenceBackend();
    x = backend.matrix(2, 1, 0.5, -1);
    targets = backend.matrix(2, 2, 1, 0, 0, 1);
    classifier = SoftmaxClassifier.on(backend).features(1).classes(2).create();
  }

  @AfterEach
  void close() {
    classifier.close();
    targets.close();
    x.close();
    assertEquals(0, backend.openMatrices());
    backend.close();
  }

  private static Throwable inAnotherThread(Runnable task) {
    FutureTask<Void> future = new FutureTask<>(task, null);
    new Thread(future, "another").start();
    try {
      future.get();
      return null;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private List<Runnable> everyUse(SoftmaxClassifier third) {
    return List.of(
        () -> classifier.predict(x).close(),
        () -> classifier.predict(x, targets),
        () -> classifier.evaluate(x, targets),
        () -> classifier.accuracy(x, targets),
        () -> classifier.crossEntropyLoss(x, targets),
        () -> classifier.update(x, targets, 0.1),
        () -> classifier.fit(x, targets, OPTIONS),
        () -> classifier.fit(x, targets, x, targets, OPTIONS, epoch -> {}),
        () -> classifier.copyParameters(new double[2], new double[2]),
        () -> classifier.copyParameters(new float[2], new float[2]),
        () -> classifier.copyParameters(third),
        () -> third.copyParameters(classifier),
        () -> classifier.weights(),
        () -> classifier.bias(),
        () -> classifier.close());
  }

  @Test
  void aSecondThreadIsRefusedWhileItIsTrained() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    FutureTask<List<EpochResult>> training =
        new FutureTask<>(
            () ->
                classifier.fit(
                    x,
                    targets,
                    OPTIONS,
                    epoch -> {
                      inside.countDown();
                      try {
                        assertTrue(goOn.await(60, TimeUnit.SECONDS));
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                    }));
    new Thread(training, "trainer").start();
    assertTrue(inside.await(60, TimeUnit.SECONDS));
    try (SoftmaxClassifier third = SoftmaxClassifier.on(backend).features(1).classes(2).create()) {
      for (Runnable use : everyUse(third)) {
        String message = assertThrows(IllegalStateException.class, use::run).getMessage();
        assertTrue(message.contains("this classifier is in use by the thread trainer"), message);
        assertTrue(message.contains("give each thread one of its own"), message);
        assertTrue(message.contains("Predictor"), message);
      }
    }
    goOn.countDown();
    assertEquals(3, training.get().size());
    // Now that the other one has ended, it is anybody's.
    classifier.evaluate(x, targets);
  }

  @Test
  void theListenerMayUseItInItsThread() {
    try (SoftmaxClassifier quiet = SoftmaxClassifier.on(backend).features(1).classes(2).create()) {
      List<EpochResult> history = new ArrayList<>();
      List<EpochResult> told =
          classifier.fit(
              x,
              targets,
              OPTIONS,
              epoch -> {
                classifier.predict(x).close();
                Score score = classifier.evaluate(x, targets);
                assertTrue(Double.isFinite(score.crossEntropy()));
                double[] weights = classifier.weights().toDoubles();
                classifier.fit(x, targets, x, targets, OPTIONS, inner -> {});
                classifier.copyParameters(weights, classifier.bias().toDoubles());
                history.add(epoch);
              });
      // What the listener has evaluated is not taken for a validation of the training.
      assertEquals(history, told);
      for (EpochResult result : told) {
        assertTrue(Double.isNaN(result.validationCrossEntropy()), result.toString());
        assertTrue(Double.isNaN(result.validationAccuracy()), result.toString());
      }
      assertEquals(
          quiet.fit(x, targets, OPTIONS).get(0).crossEntropy(), told.get(0).crossEntropy());
    }
  }

  @Test
  void theListenerCannotCloseIt() {
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> classifier.fit(x, targets, OPTIONS, epoch -> classifier.close()))
            .getMessage();
    assertTrue(message.contains("close: this classifier is at work in this very thread"), message);
    // The exception has ended the training, not the classifier.
    classifier.fit(x, targets, OPTIONS);
  }

  @Test
  void aListenersThreadsAreOthers() {
    classifier.fit(
        x,
        targets,
        OPTIONS,
        epoch -> {
          Throwable refused = inAnotherThread(() -> classifier.predict(x));
          assertEquals(IllegalStateException.class, refused.getClass());
        });
  }

  @Test
  void anErrorEndsTheUse() {
    assertThrows(IllegalArgumentException.class, () -> classifier.predict(targets));
    assertThrows(NullPointerException.class, () -> classifier.predict((Matrix) null));
    assertEquals(null, inAnotherThread(() -> classifier.predict(x).close()));
    classifier.copyParameters(classifier);
  }

  @Test
  void whatIsClosedSaysSo() {
    try (SoftmaxClassifier third = SoftmaxClassifier.on(backend).features(1).classes(2).create()) {
      classifier.close();
      List<Runnable> uses = everyUse(third);
      for (Runnable use : uses.subList(0, uses.size() - 1)) {
        String message = assertThrows(IllegalStateException.class, use::run).getMessage();
        assertTrue(message.endsWith("this classifier is closed"), message);
      }
    }
  }

  @Test
  void aClassifierThatCannotBeMadeLeavesNothing() {
    Backend limited =
        new ReferenceBackend(
            "limited",
            List.of(
                new KernelOffer<>(
                    TrainingStep.TYPE,
                    "none",
                    0,
                    () -> {
                      throw new IllegalStateException("no kernel today");
                    })));
    try (limited) {
      assertThrows(
          IllegalStateException.class,
          () -> new SoftmaxClassifier(limited, ElementType.FLOAT32, 2, 3, 0));
      assertEquals(0, limited.openMatrices());
    }
  }

  @Test
  void theSameParametersAsBefore() {
    double[] weights = {3, 4};
    double[] bias = {5, 6};
    classifier.copyParameters(weights, bias);
    classifier.copyParameters(classifier);
    assertArrayEquals(weights, classifier.weights().toDoubles());
    assertArrayEquals(bias, classifier.bias().toDoubles());
  }
}
