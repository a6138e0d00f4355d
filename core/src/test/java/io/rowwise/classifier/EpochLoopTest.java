package io.rowwise.classifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.TrainingEpoch;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is kept of epochs, however many there are, and how it is printed. */
final class EpochLoopTest {
  /** Each epoch's loss is its number, and after that many it fails. */
  private static Backend counting(int most) {
    AtomicInteger epochs = new AtomicInteger();
    TrainingEpoch epoch =
        (x, targets, batchRows, rate, weights, bias, loss) -> {
          if (epochs.get() == most) {
            throw new ArithmeticException("enough");
          }
          loss.write(new double[] {epochs.getAndIncrement()});
        };
    return new ReferenceBackend(
        "counting", List.of(new KernelOffer<>(TrainingEpoch.TYPE, "counting", 0, () -> epoch)));
  }

  @Test
  void theResultsOfManyEpochsAreReadInBlocks() {
    for (int count : new int[] {1, 1023, 1024, 1025, 2048, 2100}) {
      try (Backend backend = counting(count);
          Matrix x = backend.matrix(1, 1, 1.0);
          Matrix targets = backend.matrix(1, 1, 1.0);
          SoftmaxClassifier classifier =
              SoftmaxClassifier.on(backend).features(1).classes(1).create()) {
        List<EpochResult> history =
            classifier.fit(x, targets, x, targets, TrainingOptions.ofEpochs(count));
        assertEquals(count, history.size());
        for (int i = 0; i < count; i++) {
          assertEquals(i, history.get(i).epoch());
          assertEquals(i, history.get(i).crossEntropy());
          assertEquals(1, history.get(i).validationAccuracy());
        }
        assertThrows(UnsupportedOperationException.class, () -> history.remove(0));
      }
    }
  }

  @Test
  void noMemoryIsTakenForEpochsThatHaveNotBeen() {
    TrainingOptions endless = TrainingOptions.ofEpochs(Integer.MAX_VALUE);
    try (Backend backend = counting(3);
        Matrix x = backend.matrix(1, 1, 1.0);
        Matrix targets = backend.matrix(1, 1, 1.0);
        SoftmaxClassifier classifier =
            SoftmaxClassifier.on(backend).features(1).classes(1).create()) {
      long before = backend.openBytes();
      assertThrows(ArithmeticException.class, () -> classifier.fit(x, targets, endless));
      assertEquals(before, backend.openBytes());
      assertThrows(
          ArithmeticException.class, () -> classifier.fit(x, targets, endless, epoch -> {}));
    }
  }

  @Test
  void whileItTrainsAFewKilobytesAreTaken() {
    try (Backend backend = new ReferenceBackend();
        Matrix x = backend.matrix(1, 1, 1.0);
        Matrix targets = backend.matrix(1, 1, 1.0);
        SoftmaxClassifier classifier =
            SoftmaxClassifier.on(backend).features(1).classes(1).create()) {
      long before = backend.openBytes();
      assertThrows(
          ArithmeticException.class,
          () ->
              classifier.fit(
                  x,
                  targets,
                  TrainingOptions.ofEpochs(Integer.MAX_VALUE),
                  epoch -> {
                    assertTrue(backend.openBytes() - before < 10_000);
                    throw new ArithmeticException("enough");
                  }));
    }
  }

  @Test
  void aRateThatIsInfiniteInTheTypeIsRefusedBeforeAnEpoch() {
    try (Backend backend = new ReferenceBackend();
        Matrix x = backend.matrix(ElementType.FLOAT32, 1, 1, new double[] {1});
        Matrix targets = backend.matrix(ElementType.FLOAT32, 1, 1, new double[] {1});
        SoftmaxClassifier classifier =
            SoftmaxClassifier.on(backend)
                .type(ElementType.FLOAT32)
                .features(1)
                .classes(1)
                .create()) {
      TrainingOptions options = TrainingOptions.ofEpochs(1).learningRate(1e39);
      assertEquals(
          "fit: the learning rate is 1.0E39, wanted a finite float32",
          assertThrows(IllegalArgumentException.class, () -> classifier.fit(x, targets, options))
              .getMessage());
      assertEquals(
          "update: the learning rate is 1.0E39, wanted a finite float32",
          assertThrows(IllegalArgumentException.class, () -> classifier.update(x, targets, 1e39))
              .getMessage());
    }
  }

  @Test
  void withoutValidationDataItsLineHasNone() {
    assertEquals(
        "epoch: 3 - CE: 1.1524", new EpochResult(3, 1.15236, Double.NaN, Double.NaN).toString());
    // Parameters that have become NaN are seen.
    assertEquals(
        "epoch: 3 - CE: NaN - CE_v: NaN - acc_v: 0.0000",
        new EpochResult(3, Double.NaN, Double.NaN, 0).toString());
  }
}
