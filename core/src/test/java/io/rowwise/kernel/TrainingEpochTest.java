package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** An epoch of somebody else's steps. */
final class TrainingEpochTest {
  private static final class RecordedStep implements TrainingStep {
    private final Backend backend;
    private final List<String> calls = new ArrayList<>();

    RecordedStep(Backend backend) {
      this.backend = backend;
    }

    @Override
    public void apply(
        Matrix x, Targets targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
      calls.add(
          String.format(
              Locale.ROOT, "rows %d to %d", x.offset() / 2, x.offset() / 2 + x.rows() - 1));
      assertEquals(x.rows(), targets.rows());
      assertEquals(x.offset() / 2, targets.values().offset() / 3);
      assertEquals(0.25, learningRate);
      backend.fill(calls.size(), loss);
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  @Test
  void theGivenStepMeetsEachBatchInOrderAndIsClosedWithTheEpoch() {
    try (Backend backend = new ReferenceBackend();
        Matrix x = backend.matrix(ElementType.FLOAT64, 8, 2);
        Matrix targets = backend.matrix(ElementType.FLOAT64, 8, 3);
        Matrix weights = backend.matrix(ElementType.FLOAT64, 2, 3);
        Matrix bias = backend.matrix(ElementType.FLOAT64, 1, 3);
        Matrix loss = backend.matrix(ElementType.FLOAT64, 1, 1)) {
      RecordedStep step = new RecordedStep(backend);
      try (TrainingEpoch epoch = TrainingEpoch.of(backend, step)) {
        epoch.apply(x, Targets.ofProbabilities(targets), 3, 0.25, weights, bias, loss);
        // The losses of the three batches are 1, 2 and 3.
        assertEquals(2, loss.toDoubles()[0]);
        assertThrows(
            IllegalArgumentException.class,
            () -> epoch.apply(x, Targets.ofProbabilities(targets), 0, 0.25, weights, bias, loss));
      }
      assertEquals(List.of("rows 0 to 2", "rows 3 to 5", "rows 6 to 7", "close"), step.calls);
      assertEquals(5, backend.openMatrices());
    }
  }
}
