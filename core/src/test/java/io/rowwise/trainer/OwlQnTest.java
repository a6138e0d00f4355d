package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvFormat;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.reference.Reference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwlQnTest {
  private static final ProgressListener NOBODY = progress -> {};

  private Backend backend;

  @BeforeEach
  void open() {
    backend = new ReferenceBackend();
  }

  @AfterEach
  void close() {
    assertEquals(0, backend.openMatrices(), "left on the backend");
    backend.close();
  }

  private static LabelledTable table(String name) throws IOException {
    byte[] bytes = Reference.bytes(name + ".csv");
    return Csv.read(new ByteArrayInputStream(bytes), CsvFormat.DEFAULT).label("label");
  }

  private PreparedRows standardised(LabelledTable table, ElementType type) {
    TableEncoding encoding =
        TableEncoding.of(table.features(), MissingValues.ERROR, UnknownWords.ERROR);
    Standardization standardization = Standardization.of(encoding, table.features());
    return new PreparedRows(backend, type, table, table.classNames(), encoding, standardization);
  }

  private static void assertOptimal(
      double[] parameters, double[] gradient, int classes, double l1, double tolerance) {
    for (int i = 0; i < parameters.length; i++) {
      double w = parameters[i];
      double g = gradient[i];
      if (i >= parameters.length - classes) {
        assertEquals(0, g, tolerance, "bias " + i);
      } else if (w == 0) {
        assertTrue(Math.abs(g) <= l1 + tolerance, "weight " + i + " is 0, gradient " + g);
      } else {
        assertEquals(0, g + l1 * Math.signum(w), tolerance, "weight " + i + " is " + w);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "iris, 0.1, 0",
    "iris, 0.01, 0",
    "iris, 0.001, 0",
    "iris, 0.02, 0.01",
    "iris, 0, 0.01",
    "wine, 0.1, 0",
    "wine, 0.01, 0",
    "wine, 0.001, 0",
    "wine, 0.02, 0.01",
  })
  void theConditionsOfTheOptimumHold(String name, double l1, double penalty) throws IOException {
    LabelledTable table = table(name);
    ElementType type = ElementType.FLOAT64;
    int classes = 3;
    try (PreparedRows rows = standardised(table, type);
        Samples samples = rows.samples();
        SoftmaxObjective objective = new SoftmaxObjective(samples, penalty);
        Matrix parameters = backend.matrix(type, objective.rows(), classes);
        Matrix gradient = backend.matrix(type, objective.rows(), classes)) {
      Solution solution = OwlQn.of(type, l1).minimize(objective, parameters, NOBODY);
      assertEquals(StopReason.TOLERANCE, solution.stopReason());
      double smooth = objective.evaluate(parameters, gradient);
      double[] found = parameters.toDoubles();
      assertOptimal(found, gradient.toDoubles(), classes, l1, 1e-8);
      int weights = found.length - classes;
      double sum = Arrays.stream(found, 0, weights).map(Math::abs).sum();
      assertEquals(smooth + l1 * sum, solution.objective(), 1e-14);
      assertTrue(solution.iterations() < 500, solution.iterations() + " iterations");
      if (l1 > 0) {
        long zeros = Arrays.stream(found, 0, weights).filter(w -> w == 0).count();
        assertTrue(zeros >= weights / 4, zeros + " zeros of " + weights);
      }
    }
  }

  @Test
  void withoutL1ItIsTheOptimumOfLbfgs() {
    try (Rows rows = Rows.random(backend, ElementType.FLOAT64, 40, 3, 3, 1)) {
      assertArrayEquals(
          found(rows, Lbfgs.of(ElementType.FLOAT64), 0.05),
          found(rows, OwlQn.of(ElementType.FLOAT64, 0), 0.05),
          1e-6);
    }
  }

  @Test
  void theBiasIsFreeWhereNoWeightIsWorthIt() {
    double[][] x = {{1}, {-1}, {0.5}, {-0.5}};
    try (Rows rows = new Rows(backend, ElementType.FLOAT64, x, new double[] {0, 0, 0, 1}, null)) {
      double[] found = found(rows, OwlQn.of(ElementType.FLOAT64, 10), 0);
      assertEquals(0, found[0]);
      assertEquals(0, found[1]);
      assertEquals(Math.log(3), found[2] - found[3], 1e-6);
    }
  }

  @Test
  void float32ComesAsNearAsItCan() {
    try (Rows rows = Rows.random(backend, ElementType.FLOAT32, 60, 4, 3, 2);
        Rows exact = Rows.random(backend, ElementType.FLOAT64, 60, 4, 3, 2)) {
      assertArrayEquals(
          found(exact, OwlQn.of(ElementType.FLOAT64, 0.02), 0.01),
          found(rows, OwlQn.of(ElementType.FLOAT32, 0.02), 0.01),
          1e-3);
    }
  }

  @Test
  void aWarmStartEndsWhereAColdOneDoes() {
    try (Rows rows = Rows.random(backend, ElementType.FLOAT64, 40, 3, 3, 1);
        SoftmaxObjective objective = rows.objective(backend, 0.05);
        Matrix parameters = rows.parameters(backend)) {
      backend.fill(-3, parameters);
      OwlQn.of(ElementType.FLOAT64, 0.03).minimize(objective, parameters, NOBODY);
      double[] weights = Arrays.copyOf(parameters.toDoubles(), 9);
      double[] cold = found(rows, OwlQn.of(ElementType.FLOAT64, 0.03), 0.05);
      assertArrayEquals(Arrays.copyOf(cold, 9), weights, 1e-6);
    }
  }

  private double[] found(Rows rows, Solver<? super SoftmaxObjective> solver, double penalty) {
    try (SoftmaxObjective objective = rows.objective(backend, penalty);
        Matrix parameters = rows.parameters(backend)) {
      solver.minimize(objective, parameters, NOBODY);
      return parameters.toDoubles();
    }
  }

  @Test
  void aTrainerWithL1MakesWeightsZero() throws IOException {
    LabelledTable wine = table("wine");
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().standardize(true).penalty(0).l1(0.02);
    Fit fit = trainer.fit(backend, wine);
    assertEquals("0.02", fit.model().card().facts().get("l1"));
    long zeros = Arrays.stream(fit.model().weights()).filter(w -> w == 0).count();
    assertTrue(zeros >= 20, zeros + " zeros of 39");
    assertTrue(fit.model().report(backend, wine).accuracy() > 0.95);
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> trainer.solver(Sgd.defaults()).fit(backend, wine));
    assertTrue(error.getMessage().contains("wanted L-BFGS"), error.getMessage());
  }

  @Test
  void settingsOutOfTheirRangeAreRefused() {
    OwlQn solver = OwlQn.of(ElementType.FLOAT64, 1);
    assertThrows(IllegalArgumentException.class, () -> solver.l1(-1));
    assertThrows(IllegalArgumentException.class, () -> solver.l1(Double.POSITIVE_INFINITY));
    assertThrows(IllegalArgumentException.class, () -> solver.tolerance(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> solver.maxIterations(0));
    assertThrows(IllegalArgumentException.class, () -> solver.memory(0));
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults();
    assertThrows(IllegalArgumentException.class, () -> trainer.l1(-1));
  }
}
