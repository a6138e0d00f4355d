package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.reference.LogisticOptimum;
import io.rowwise.trainer.Fit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The trainer beside scikit-learn, on all data sets and with one thread and two. */
final class TrainerTest {
  static Stream<LogisticOptimum> optima() {
    return LogisticOptimum.all().stream();
  }

  @ParameterizedTest
  @MethodSource("optima")
  void theOptimumIsFoundWithAnyNumberOfThreads(LogisticOptimum optimum) {
    Fit alone = fit(optimum, 1);
    Fit shared = fit(optimum, 2);
    assertArrayEquals(alone.model().weights(), shared.model().weights());
    assertArrayEquals(alone.model().bias(), shared.model().bias());
    assertEquals(alone.solution().objective(), shared.solution().objective());
  }

  private static Fit fit(LogisticOptimum optimum, int threads) {
    // Workers that take whatever there is, however little.
    try (Backend backend = new CpuBackend(new Workers(threads, 0, 0))) {
      Fit fit = optimum.fit(backend);
      assertEquals(List.of(), optimum.faults(backend, fit));
      return fit;
    }
  }
}
