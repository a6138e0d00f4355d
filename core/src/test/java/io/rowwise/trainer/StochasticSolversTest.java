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
import org.junit.jupiter.api.Test;

class StochasticSolversTest {
  private static final ProgressListener NOBODY = progress -> {};

  // By make_optimizers.py.
  private static final double[] SGD = {
    0.21510707337421692, 0.018141539571972107, -0.12739557010317049,
    0.019570012481203478, -0.14305621047069103, -0.004572049128612722,
    0.09134838643102837, 0.015646185744825153, 0.0407057925305778,
    -0.20091154211971674, -0.18315169482470195, 0.2094856276471108
  };
  private static final double[] MOMENTUM = {
    0.5589817649746469, -0.07523984558730189, -0.40061689485658264,
    0.31737876107117513, -0.3379284002704264, -0.08001284485559972,
    0.008027878724068422, -0.1419987507857331, 0.2499580568385114,
    -0.5681406160205767, -0.4243063297005495, 0.8178693364238182
  };
  private static final double[] NESTEROV = {
    0.5909385568447734, -0.06673350124810348, -0.4438064612846788,
    0.3316541455153743, -0.31326342282371555, -0.11565484266241445,
    -0.015851473688632815, -0.12870393237163757, 0.25673830966726585,
    -0.5813038724948, -0.40839170530834923, 0.8151179685058416
  };
  private static final double[] ADAM = {
    0.4488739317326359, -0.17916275752596944, -0.2893585205380622,
    0.05128005799890911, -0.28677977889727924, -0.018161186280297704,
    0.08577177114186943, -0.016518301032790485, 0.02014412069417996,
    -0.28084130951253916, -0.1906241401980842, 0.1916781448593457
  };
  private static final double[] ADAM_W = {
    0.4732535951784762, -0.19419696919290808, -0.3070627585913082,
    0.04912614854220677, -0.3001052375213142, -0.018216140350849046,
    0.09506258437465147, -0.005584769323902266, 0.018744094422840835,
    -0.28127667481682483, -0.1903500668068478, 0.19187887964702552
  };

  private static double[] pyTorchsRows(Solver<RowObjective> solver, double penalty) {
    double[][] x = new double[7][3];
    double[] labels = {0, 1, 1, 2, 0, 2, 2};
    for (int i = 0; i < 7; i++) {
      for (int k = 0; k < 3; k++) {
        x[i][k] = Math.sin(1 + i * 3 + k);
      }
    }
    try (Backend backend = new ReferenceBackend();
        Rows rows = new Rows(backend, ElementType.FLOAT64, x, labels, null)) {
      double[] start = new double[12];
      Arrays.setAll(start, i -> 0.1 * Math.cos(i));
      return found(backend, rows, solver, penalty, start);
    }
  }

  private static double[] found(
      Backend backend,
      Rows rows,
      Solver<? super SoftmaxObjective> solver,
      double penalty,
      double... start) {
    try (SoftmaxObjective objective = rows.objective(backend, penalty);
        Matrix parameters = rows.parameters(backend)) {
      if (start.length > 0) {
        parameters.write(start);
      }
      solver.minimize(objective, parameters, NOBODY);
      return parameters.toDoubles();
    }
  }

  private static void assertClose(double[] wanted, double[] found, double relative) {
    assertEquals(wanted.length, found.length);
    for (int i = 0; i < wanted.length; i++) {
      assertEquals(wanted[i], found[i], relative * Math.abs(wanted[i]), "element " + i);
    }
  }

  @Test
  void sgdIsPyTorchs() {
    Sgd sgd = Sgd.defaults().epochs(4).batchRows(3).seed(5).learningRate(0.1);
    assertClose(SGD, pyTorchsRows(sgd, 0.05), 1e-12);
    assertClose(MOMENTUM, pyTorchsRows(sgd.momentum(0.9), 0.05), 1e-12);
    assertClose(NESTEROV, pyTorchsRows(sgd.momentum(0.9).nesterov(true), 0.05), 1e-12);
    assertClose(SGD, pyTorchsRows(sgd.nesterov(true), 0.05), 1e-12);
  }

  @Test
  void adamIsPyTorchs() {
    Adam adam = Adam.defaults().epochs(4).batchRows(3).seed(5).learningRate(0.05);
    assertClose(ADAM, pyTorchsRows(adam, 0.05), 1e-12);
    assertClose(ADAM_W, pyTorchsRows(adam.weightDecay(0.05), 0), 1e-12);
  }

  @Test
  void aFeatureThatIsAlwaysZeroStaysAtZeroWithAdam() {
    double[][] x = {{1, 0}, {-1, 0}, {0.5, 0}};
    try (Backend backend = new ReferenceBackend();
        Rows rows = new Rows(backend, ElementType.FLOAT64, x, new double[] {0, 1, 1}, null)) {
      double[] found = found(backend, rows, Adam.defaults(), 0);
      assertEquals(0, found[2]);
      assertEquals(0, found[3]);
      assertTrue(found[0] > 0);
    }
  }

  @Test
  void aRowOfWeightTwoIsThatRowTwice() {
    double[][] x = {{1, 2}, {-1, 0.5}, {0.5, -3}};
    double[][] repeated = {{1, 2}, {1, 2}, {-1, 0.5}, {0.5, -3}, {0.5, -3}, {0.5, -3}};
    Sgd all = Sgd.defaults().batchRows(Integer.MAX_VALUE).momentum(0.5);
    try (Backend backend = new ReferenceBackend();
        Rows weighted =
            new Rows(
                backend, ElementType.FLOAT64, x, new double[] {0, 1, 2}, new double[] {2, 1, 3});
        Rows rows =
            new Rows(
                backend, ElementType.FLOAT64, repeated, new double[] {0, 0, 1, 2, 2, 2}, null)) {
      assertArrayEquals(found(backend, rows, all, 0.1), found(backend, weighted, all, 0.1), 1e-14);
    }
  }

  @Test
  void theSolutionIsThatOfAllRowsAndTheHistoryOneEntryAnEpoch() {
    List<Progress> told = new ArrayList<>();
    try (Backend backend = new ReferenceBackend();
        Rows rows = Rows.random(backend, ElementType.FLOAT64, 50, 3, 3, 1);
        SoftmaxObjective objective = rows.objective(backend, 0.01);
        Matrix parameters = rows.parameters(backend);
        Matrix gradient = rows.parameters(backend);
        VectorReductions reductions = new VectorReductions(backend, ElementType.FLOAT64)) {
      Solution solution =
          Sgd.defaults().epochs(3).batchRows(8).minimize(objective, parameters, told::add);
      assertEquals(objective.evaluate(parameters, gradient), solution.objective());
      assertEquals(reductions.largestAbsolute(gradient), solution.gradientNorm());
      assertEquals(StopReason.EPOCHS, solution.stopReason());
      assertEquals(3, solution.iterations());
      assertEquals(told, solution.history());
      assertEquals(List.of(1, 2, 3), told.stream().map(Progress::iteration).toList());
      assertTrue(told.get(2).objective() < told.get(0).objective());
    }
  }

  @Test
  void anEpochOfOneBatchHasTheObjectiveThatItStartedFrom() {
    try (Backend backend = new ReferenceBackend();
        Rows rows = Rows.random(backend, ElementType.FLOAT32, 9, 3, 3, 1);
        SoftmaxObjective objective = rows.objective(backend, 0.01);
        Matrix parameters = rows.parameters(backend)) {
      Solution solution =
          Sgd.defaults().epochs(2).batchRows(9).minimize(objective, parameters, NOBODY);
      assertEquals(Math.log(3), solution.history().get(0).objective(), 1e-6);
    }
  }

  @Test
  void theOrderOfBatchesIsTheSeeds() {
    try (Backend backend = new ReferenceBackend();
        Rows rows = Rows.random(backend, ElementType.FLOAT64, 40, 2, 2, 1)) {
      Sgd sgd = Sgd.defaults().epochs(2).batchRows(4);
      double[] first = found(backend, rows, sgd.seed(7), 0);
      assertArrayEquals(first, found(backend, rows, sgd.seed(7), 0));
      double[] other = found(backend, rows, sgd.seed(8), 0);
      assertTrue(first[0] != other[0]);
    }
  }

  @Test
  void manySmallStepsComeNearTheOptimum() {
    try (Backend backend = new ReferenceBackend();
        Rows rows = Rows.random(backend, ElementType.FLOAT64, 60, 2, 3, 3)) {
      double[] optimum = found(backend, rows, Lbfgs.of(ElementType.FLOAT64), 0.1);
      Sgd sgd = Sgd.defaults().epochs(60).batchRows(6).momentum(0.5);
      LearningRateSchedule schedule = LearningRateSchedule.cosine();
      assertArrayEquals(optimum, found(backend, rows, sgd.schedule(schedule), 0.1), 0.04);
      Adam adam = Adam.defaults().epochs(60).batchRows(6).learningRate(0.05).schedule(schedule);
      assertArrayEquals(optimum, found(backend, rows, adam, 0.1), 0.04);
    }
  }

  @Test
  void whatDivergesSaysWhereAndWhatToDo() {
    double[][] x = {{1e200}, {-1e200}, {3e199}};
    try (Backend backend = new ReferenceBackend();
        Rows rows = new Rows(backend, ElementType.FLOAT64, x, new double[] {0, 1, 1}, null)) {
      Sgd sgd = Sgd.defaults().learningRate(1e200);
      IllegalArgumentException error =
          assertThrows(IllegalArgumentException.class, () -> found(backend, rows, sgd, 0));
      assertTrue(error.getMessage().startsWith("SGD: the objective is "), error.getMessage());
      assertTrue(error.getMessage().contains("smaller learning rate"), error.getMessage());
    }
  }

  @Test
  void nothingIsLeftOnTheBackend() {
    try (Backend backend = new ReferenceBackend();
        Rows rows = Rows.random(backend, ElementType.FLOAT64, 10, 2, 2, 1)) {
      int open = backend.openMatrices();
      found(backend, rows, Sgd.defaults().momentum(0.9), 0.1);
      found(backend, rows, Adam.defaults(), 0.1);
      assertEquals(open, backend.openMatrices());
    }
  }

  @Test
  void settingsOutOfTheirRangeAreRefused() {
    Sgd sgd = Sgd.defaults();
    assertThrows(IllegalArgumentException.class, () -> sgd.epochs(0));
    assertThrows(IllegalArgumentException.class, () -> sgd.batchRows(0));
    assertThrows(IllegalArgumentException.class, () -> sgd.learningRate(0));
    assertThrows(IllegalArgumentException.class, () -> sgd.learningRate(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> sgd.momentum(1));
    assertThrows(IllegalArgumentException.class, () -> sgd.seed(-1));
    Adam adam = Adam.defaults();
    assertThrows(IllegalArgumentException.class, () -> adam.betas(1, 0.9));
    assertThrows(IllegalArgumentException.class, () -> adam.betas(0.9, -0.1));
    assertThrows(IllegalArgumentException.class, () -> adam.epsilon(0));
    assertThrows(IllegalArgumentException.class, () -> adam.weightDecay(-1));
  }
}
