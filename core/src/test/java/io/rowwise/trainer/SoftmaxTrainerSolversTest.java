package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.WordColumn;
import io.rowwise.metric.ConformalThreshold;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link SoftmaxTrainer} makes of a validation, a seed and solvers of epochs. */
class SoftmaxTrainerSolversTest {
  private static final Sgd SGD = Sgd.defaults().epochs(5).batchRows(8);

  private Backend backend;

  @BeforeEach
  void open() {
    backend = new ReferenceBackend();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** Rows in the order of their classes, as files often are. */
  private static LabelledTable table(int rows, long seed) {
    NumpyRandom random = new NumpyRandom(seed);
    double[] first = new double[rows];
    double[] second = new double[rows];
    String[] labels = new String[rows];
    random.standardNormal(first);
    random.standardNormal(second);
    for (int i = 0; i < rows; i++) {
      int label = i * 3 / rows;
      labels[i] = List.of("a", "b", "c").get(label);
      first[i] += label == 0 ? 2 : 0;
      second[i] += label == 1 ? 2 : 0;
    }
    return Table.of(NumberColumn.of("x", first), NumberColumn.of("y", second))
        .label(WordColumn.of("class", List.of(labels)));
  }

  /** However the rows are shuffled and divided, a cell is named by its place in the table. */
  @Test
  void whatIsWrongIsNamedByItsRow() {
    double[] x = new double[40];
    double[] labels = new double[40];
    for (int i = 0; i < x.length; i++) {
      x[i] = i == 17 || i == 31 ? Double.NaN : i;
      labels[i] = i % 2;
    }
    LabelledTable table = Table.of(NumberColumn.of("x", x)).label(NumberColumn.of("class", labels));
    SoftmaxTrainer plain = SoftmaxTrainer.defaults();
    for (SoftmaxTrainer trainer :
        List.of(
            plain,
            plain.standardize(true),
            plain.validation(0.5),
            plain.validation(0.5).standardize(true),
            plain.solver(SGD),
            plain.solver(SGD).standardize(true).validation(0.25))) {
      var wrong = assertThrows(CellException.class, () -> trainer.fit(backend, table));
      assertEquals(17, wrong.row());
      assertEquals(0, backend.openMatrices());
    }
    SoftmaxModel start = plain.fit(backend, table(30, 2)).model();
    LabelledTable other =
        Table.of(NumberColumn.of("x", new double[] {1, 2, 3}), NumberColumn.of("y", new double[3]))
            .label(WordColumn.of("class", List.of("a", "z", "b")));
    for (SoftmaxTrainer trainer :
        List.of(plain, plain.validation(0.5), plain.solver(SGD), plain.validation(0.3).seed(3))) {
      var unknown =
          assertThrows(CellException.class, () -> trainer.start(start).fit(backend, other));
      assertEquals(1, unknown.row());
    }
  }

  @Test
  void whatIsWrongToValidateWithIsNotNamedByARowToTrainOn() {
    LabelledTable train =
        Table.of(NumberColumn.of("x", new double[] {1, Double.NaN, 3, 4}))
            .label(NumberColumn.of("class", new double[] {0, 1, 0, 1}))
            .weights(new double[] {1, 0, 1, 1});
    LabelledTable validation =
        Table.of(NumberColumn.of("x", new double[] {1, 2, Double.NaN}))
            .label(NumberColumn.of("class", new double[] {0, 1, 0}));
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().solver(SGD).validation(validation);
    var wrong = assertThrows(CellException.class, () -> trainer.fit(backend, train));
    assertEquals(2, wrong.row());
    assertTrue(wrong.isOfValidation());
    assertTrue(
        wrong.getMessage().contains("row 2 of the rows to validate with, column 'x' is missing"),
        wrong.getMessage());
  }

  @Test
  void aPartIsKeptAsideAndItsLossIsTold() {
    LabelledTable table = table(60, 1);
    Fit fit = SoftmaxTrainer.defaults().validation(0.25).seed(3).fit(backend, table);
    Map<String, String> facts = fit.model().card().facts();
    assertEquals("45", facts.get("training_rows"));
    assertEquals("15", facts.get("validation_rows"));
    assertEquals("3", facts.get("row_order_seed"));
    List<Progress> history = fit.solution().history();
    history.forEach(progress -> assertTrue(progress.validationLoss() > 0));
    assertEquals(Math.log(3), history.get(0).validationLoss(), 1e-15);
    double last = history.get(history.size() - 1).validationLoss();
    assertEquals(last, Double.parseDouble(facts.get("validation_loss")));
    assertEquals(StopReason.TOLERANCE, fit.solution().stopReason());
    LabelledTable.Split parts = table.shuffled(3).split(0.75);
    assertEquals(last, fit.model().report(backend, parts.validation()).logLoss(), 1e-12);
    Fit direct =
        SoftmaxTrainer.defaults().validation(parts.validation()).fit(backend, parts.train());
    assertArrayEquals(direct.model().weights(), fit.model().weights());
  }

  @Test
  void withPatienceTheBestIsKept() {
    Fit fit =
        SoftmaxTrainer.defaults()
            .penalty(0)
            .solver(SGD.epochs(200).learningRate(1))
            .validation(0.25)
            .patience(4)
            .fit(backend, table(40, 1));
    assertEquals(StopReason.EARLY_STOPPING, fit.solution().stopReason());
    List<Progress> history = fit.solution().history();
    double lowest = history.stream().mapToDouble(Progress::validationLoss).min().getAsDouble();
    assertEquals(lowest, history.get(history.size() - 5).validationLoss());
    assertEquals(
        lowest, Double.parseDouble(fit.model().card().facts().get("validation_loss")), 1e-12);
  }

  @Test
  void patienceWithoutRowsToValidateWithIsRefused() {
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().patience(2);
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> trainer.fit(backend, table(9, 1)));
    assertTrue(error.getMessage().contains("validation"), error.getMessage());
    SoftmaxTrainer defaults = SoftmaxTrainer.defaults();
    assertThrows(IllegalArgumentException.class, () -> defaults.patience(0));
    assertThrows(IllegalArgumentException.class, () -> defaults.validation(0));
    assertThrows(IllegalArgumentException.class, () -> defaults.validation(1));
    assertThrows(IllegalArgumentException.class, () -> defaults.seed(-1));
    LabelledTable none = table(9, 1).rows(new int[0]);
    assertThrows(
        IllegalArgumentException.class, () -> defaults.validation(none).fit(backend, table(9, 1)));
  }

  @Test
  void aSolverOfEpochsSeesTheRowsInTheSeedsOrder() {
    LabelledTable table = table(40, 1);
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().solver(SGD).seed(4);
    double[] found = trainer.fit(backend, table).model().weights();
    assertArrayEquals(found, trainer.fit(backend, table).model().weights());
    double[] other = trainer.seed(5).fit(backend, table).model().weights();
    assertTrue(found[0] != other[0]);
    // Lbfgs leaves them where they are.
    SoftmaxTrainer whole = SoftmaxTrainer.defaults();
    assertFalse(whole.fit(backend, table).model().card().facts().containsKey("row_order_seed"));
    assertArrayEquals(
        whole.fit(backend, table).model().weights(),
        whole.seed(5).fit(backend, table).model().weights());
  }

  @Test
  void aBatchOfRowsThatWeighNothingDoesNoHarm() {
    LabelledTable table = table(30, 1);
    double[] weights = new double[30];
    weights[0] = 1;
    weights[15] = 2;
    weights[29] = 1;
    Fit fit =
        SoftmaxTrainer.defaults().solver(SGD.batchRows(1)).fit(backend, table.weights(weights));
    assertTrue(Double.isFinite(fit.solution().objective()));
    assertEquals("3", fit.model().card().facts().get("training_rows"));
  }

  @Test
  void oneEpochFromAModelIsAPartialFit() {
    LabelledTable old = table(60, 1);
    LabelledTable young = table(60, 2);
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().penalty(0.01).standardize(true);
    SoftmaxModel before = trainer.fit(backend, old).model();
    double[] still =
        trainer
            .start(before)
            .solver(SGD.epochs(1).learningRate(1e-300))
            .fit(backend, young)
            .model()
            .weights();
    assertArrayEquals(before.weights(), still, 1e-12);
    SoftmaxModel after =
        trainer.start(before).solver(SGD.epochs(1).learningRate(0.05)).fit(backend, young).model();
    assertFalse(Arrays.equals(before.weights(), after.weights()));
    assertTrue(after.report(backend, young).logLoss() < before.report(backend, young).logLoss());
    assertEquals(before.card().classNames(), after.card().classNames());
  }

  @Test
  void aCalibrationLowersTheValidationLossAndChangesNoClass() {
    LabelledTable table = table(200, 1);
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().penalty(1).validation(0.4);
    SoftmaxModel before = trainer.fit(backend, table).model();
    SoftmaxModel after = trainer.calibrate(true).fit(backend, table).model();
    LabelledTable aside = table.shuffled(0).split(0.6).validation();
    double loss = after.report(backend, aside).logLoss();
    assertTrue(loss < before.report(backend, aside).logLoss() - 0.01);
    assertEquals(loss, Double.parseDouble(after.card().facts().get("validation_loss")), 1e-12);
    double temperature = Double.parseDouble(after.card().facts().get("temperature"));
    assertTrue(temperature < 1, "a large penalty makes a model too cautious");
    assertEquals(before.weights()[0] / temperature, after.weights()[0], 1e-12);
    assertEquals(before.report(backend, aside).accuracy(), after.report(backend, aside).accuracy());
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> SoftmaxTrainer.defaults().calibrate(true).fit(backend, table));
    assertTrue(error.getMessage().contains("a calibration"), error.getMessage());
  }

  @Test
  void theCardHasTheThresholdOfPredictionSets() {
    LabelledTable table = table(300, 1);
    SoftmaxModel model =
        SoftmaxTrainer.defaults()
            .validation(0.5)
            .calibrate(true)
            .coverage(0.8)
            .fit(backend, table)
            .model();
    ConformalThreshold threshold = ConformalThreshold.ofFacts(model.card().facts()).orElseThrow();
    LabelledTable aside = table.shuffled(0).split(0.5).validation();
    int[] labels = aside.labels();
    int covered = 0;
    try (SoftmaxClassifier classifier = model.classifier(backend);
        Matrix x =
            backend.matrix(150, 2, model.card().encoding().orElseThrow().encode(aside.features()));
        Matrix p = backend.matrix(ElementType.FLOAT64, 150, 3)) {
      classifier.predict(x, p);
      double[] all = p.toDoubles();
      for (int i = 0; i < labels.length; i++) {
        int label = labels[i];
        int[] classes = threshold.classes(Arrays.copyOfRange(all, 3 * i, 3 * i + 3));
        covered += Arrays.stream(classes).anyMatch(j -> j == label) ? 1 : 0;
      }
    }
    // ceil(151 * 0.8) rows by the definition; one of them lies on the threshold.
    assertEquals(121, covered, 1);
    assertThrows(
        IllegalArgumentException.class,
        () -> SoftmaxTrainer.defaults().coverage(0.9).fit(backend, table));
  }

  @Test
  void nothingIsLeftOnTheBackend() {
    SoftmaxTrainer.defaults().validation(0.5).patience(1).fit(backend, table(30, 1));
    assertEquals(0, backend.openMatrices());
  }
}
