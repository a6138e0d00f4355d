package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.reference.LogisticOptimum;
import io.rowwise.trainer.Fit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The trainer finds scikit-learn's optimum, on data that is small enough for any backend. */
public interface TrainerContract extends BackendUnderTest {
  /** Of iris, as it is and standardised, with every kind of weights. */
  static Stream<LogisticOptimum> smallOptima() {
    return LogisticOptimum.all().stream()
        .filter(optimum -> optimum.data().equals("iris") && optimum.inversePenalty() == 1);
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.TrainerContract#smallOptima")
  default void theOptimumIsFound(LogisticOptimum optimum) {
    Fit fit = optimum.fit(backend());
    assertEquals(List.of(), optimum.faults(backend(), fit));
  }
}
