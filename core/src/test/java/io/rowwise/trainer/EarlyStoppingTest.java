package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EarlyStoppingTest {
  private Backend backend;
  // Two equal rows of both classes: the loss is the lower the nearer the weight is to 0.
  private Rows even;

  @BeforeEach
  void open() {
    backend = new ReferenceBackend();
    even =
        new Rows(
            backend,
            ElementType.FLOAT64,
            new double[][] {{1}, {1}},
            new double[] {0, 1},
            new double[] {1, 1});
  }

  @AfterEach
  void close() {
    even.close();
    assertEquals(0, backend.openMatrices(), "left on the backend");
    backend.close();
  }

  /** Goes through given weights, whatever the objective is. */
  private record Walk(List<Double> weights) implements Solver<Objective> {
    @Override
    public Solution minimize(Objective objective, Matrix parameters, ProgressListener listener) {
      List<Progress> history = new ArrayList<>();
      for (int i = 0; i < weights.size(); i++) {
        parameters.write(new double[] {weights.get(i), 0, 0, 0});
        Progress progress =
            new Progress(i, i, 10 - i, 1, listener.validationLoss(i, parameters), 0);
        history.add(progress);
        listener.onProgress(progress);
        if (listener.isEnough()) {
          return new Solution(10 - i, 1, i, i, StopReason.EARLY_STOPPING, history);
        }
      }
      int last = weights.size() - 1;
      return new Solution(10 - last, 1, last, last, StopReason.MAX_ITERATIONS, history);
    }
  }

  private static double loss(double weight) {
    return (Math.log1p(Math.exp(-weight)) + Math.log1p(Math.exp(weight))) / 2;
  }

  private Solution run(int patience, int every, double wantedWeight, double... weights) {
    try (SoftmaxObjective objective = even.objective(backend, 0.5);
        Matrix parameters = even.parameters(backend);
        Matrix gradient = even.parameters(backend);
        Samples validation = even.samples(backend)) {
      parameters.write(new double[] {weights[0], 0, 0, 0});
      Solution solution =
          new EarlyStopping<>(
                  new Walk(Arrays.stream(weights).boxed().toList()), validation, patience, every)
              .minimize(objective, parameters, progress -> {});
      assertArrayEquals(new double[] {wantedWeight, 0, 0, 0}, parameters.toDoubles());
      if (wantedWeight != weights[solution.iterations()]) {
        assertEquals(objective.evaluate(parameters, gradient), solution.objective());
      }
      return solution;
    }
  }

  @Test
  void theBestIsKeptAndTheEndComesAfterThePatience() {
    Solution solution = run(2, 1, 1, 5, 4, 3, 1, 2, 3, 0);
    assertEquals(StopReason.EARLY_STOPPING, solution.stopReason());
    assertEquals(5, solution.iterations());
    assertEquals(6, solution.history().size());
    for (int i = 0; i < 6; i++) {
      double weight = new double[] {5, 4, 3, 1, 2, 3}[i];
      assertEquals(loss(weight), solution.history().get(i).validationLoss(), 1e-15);
    }
  }

  @Test
  void aLowerLossRenewsThePatience() {
    Solution solution = run(3, 1, 0, 5, 4, 3, 1, 2, 3, 0);
    assertEquals(StopReason.MAX_ITERATIONS, solution.stopReason());
    assertEquals(6, solution.iterations());
    assertEquals(4, solution.objective(), "the end is the best: the solver's own");
  }

  @Test
  void anEqualLossIsNoLowerOne() {
    Solution solution = run(2, 1, 1, 2, 1, -1, 1, 0);
    assertEquals(3, solution.iterations());
  }

  @Test
  void theStartIsKeptIfNothingIsBetter() {
    Solution solution = run(2, 1, 1, 1, 2, 3, 4);
    assertEquals(StopReason.EARLY_STOPPING, solution.stopReason());
    assertEquals(2, solution.iterations());
  }

  @Test
  void itLooksEveryFewIterationsAndAtTheEnd() {
    Solution solution = run(1, 2, 2, 9, 0, 3, 1, 2.5, 2);
    List<Progress> history = solution.history();
    assertEquals(loss(9), history.get(0).validationLoss(), 1e-15);
    assertTrue(Double.isNaN(history.get(1).validationLoss()));
    assertEquals(loss(3), history.get(2).validationLoss(), 1e-15);
    assertTrue(Double.isNaN(history.get(3).validationLoss()));
    assertEquals(loss(2.5), history.get(4).validationLoss(), 1e-15);
    assertEquals(StopReason.MAX_ITERATIONS, solution.stopReason());
  }

  @Test
  void aLossThatIsNoNumberIsNoLowerOne() {
    Solution solution = run(1, 1, 3, 3, Double.NaN, 1);
    assertEquals(1, solution.iterations());
  }

  @Test
  void solversStopWhereTheValidationSaysSo() {
    // Its classes are the other way round: each step makes the validation worse.
    double[][] x = {{1}, {-1}, {0.5}, {-2}};
    try (Rows rows = new Rows(backend, ElementType.FLOAT64, x, new double[] {0, 1, 0, 1}, null);
        Rows other = new Rows(backend, ElementType.FLOAT64, x, new double[] {1, 0, 1, 0}, null);
        SoftmaxObjective objective = rows.objective(backend, 1e-3);
        Samples validation = other.samples(backend)) {
      for (Solver<? super SoftmaxObjective> solver :
          List.<Solver<? super SoftmaxObjective>>of(
              Lbfgs.of(ElementType.FLOAT64), Sgd.defaults().batchRows(2), Adam.defaults())) {
        try (Matrix parameters = rows.parameters(backend)) {
          EarlyStopping<SoftmaxObjective> stopping = new EarlyStopping<>(solver, validation, 3);
          Solution solution = stopping.minimize(objective, parameters, progress -> {});
          assertEquals(StopReason.EARLY_STOPPING, solution.stopReason(), solver.toString());
          assertEquals(3, solution.iterations(), solver.toString());
          assertArrayEquals(new double[4], parameters.toDoubles());
          assertEquals(Math.log(2), solution.objective(), 1e-15);
          assertEquals(solver.dependsOnRowOrder(), stopping.dependsOnRowOrder());
        }
      }
    }
  }

  @Test
  void settingsOutOfTheirRangeAreRefused() {
    Solver<Objective> solver = Lbfgs.of(ElementType.FLOAT64);
    try (Samples validation = even.samples(backend)) {
      assertThrows(
          IllegalArgumentException.class, () -> new EarlyStopping<>(solver, validation, 0));
      assertThrows(
          IllegalArgumentException.class, () -> new EarlyStopping<>(solver, validation, 1, 0));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Samples.of(backend, even.x.rows(0, 0), even.targets().rows(0, 0), even.classes));
  }
}
