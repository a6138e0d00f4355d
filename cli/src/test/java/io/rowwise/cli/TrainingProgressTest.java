package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.trainer.Progress;
import org.junit.jupiter.api.Test;

class TrainingProgressTest {
  private static Progress at(int iteration, double gradientNorm) {
    return new Progress(iteration, iteration, 1, gradientNorm, Double.NaN, 1);
  }

  @Test
  void theShareOfTheDigitsThatTheGradientLostIsDone() {
    SolverProgress progress = new SolverProgress(1e-8);
    assertEquals(0, progress.applyAsDouble(at(0, 1)));
    assertEquals(0.25, progress.applyAsDouble(at(1, 1e-2)), 1e-15);
    assertEquals(0.25, progress.applyAsDouble(at(2, 1e-1)), 1e-15);
    assertEquals(1, progress.applyAsDouble(at(3, 1e-8)), 1e-15);
  }

  @Test
  void aStartAtTheOptimumIsNoShare() {
    assertEquals(Double.NaN, new SolverProgress(0).applyAsDouble(at(0, 0)));
  }
}
