package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.ClassProbability;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorOptions;
import io.rowwise.random.NumpyRandom;
import io.rowwise.trainer.SoftmaxTrainer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sets of classes keep their promise on rows that the model has never seen. */
class PredictionSetTest {
  private static final int ROWS = 3000;
  private static final double COVERAGE = 0.9;

  private static double[][] features(long seed) {
    NumpyRandom random = new NumpyRandom(seed);
    double[] first = new double[ROWS];
    double[] second = new double[ROWS];
    random.standardNormal(first);
    random.standardNormal(second);
    for (int i = 0; i < ROWS; i++) {
      first[i] += i % 3;
      second[i] -= i % 3 == 1 ? 1 : 0;
    }
    return new double[][] {first, second};
  }

  private static LabelledTable table(long seed) {
    double[][] x = features(seed);
    double[] labels = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      labels[i] = i % 3;
    }
    return Table.of(NumberColumn.of("a", x[0]), NumberColumn.of("b", x[1]))
        .label(NumberColumn.of("class", labels));
  }

  private static SoftmaxModel model(SoftmaxTrainer trainer) {
    try (Backend backend = new CpuBackend(1)) {
      return trainer.fit(backend, table(1)).model();
    }
  }

  /**
   * The threshold is of 900 rows, the share is counted on 3000: four deviations of both together.
   */
  @Test
  void theTrueClassIsInTheSetAsOftenAsPromised() {
    double tolerance = 4 * Math.sqrt(COVERAGE * (1 - COVERAGE) * (1.0 / 900 + 1.0 / ROWS));
    for (ElementType type : ElementType.arithmetic()) {
      SoftmaxModel model =
          model(SoftmaxTrainer.defaults().type(type).validation(0.3).coverage(COVERAGE));
      double[][] x = features(2);
      int covered = 0;
      int classes = 0;
      try (Predictor predictor = Predictor.of(model, PredictorOptions.defaults())) {
        for (int i = 0; i < ROWS; i++) {
          double[] row = {x[0][i], x[1][i]};
          List<ClassProbability> set =
              type == ElementType.FLOAT32
                  ? predictor.set(new float[] {(float) row[0], (float) row[1]}, COVERAGE)
                  : predictor.set(row, COVERAGE);
          int label = i % 3;
          covered += set.stream().anyMatch(each -> each.index() == label) ? 1 : 0;
          classes += set.size();
          for (int k = 1; k < set.size(); k++) {
            assertTrue(set.get(k - 1).probability() >= set.get(k).probability());
          }
        }
        assertEquals(predictor.set(new double[2], COVERAGE), predictor.set(new double[2], 0.5));
      }
      assertEquals(COVERAGE, (double) covered / ROWS, tolerance);
      // Neither all classes nor one alone would tell anything.
      assertTrue(classes > ROWS && classes < 2.5 * ROWS, "classes in all sets: " + classes);
    }
  }

  @Test
  void whatTheCardDoesNotPromiseIsRefused() {
    SoftmaxModel promising = model(SoftmaxTrainer.defaults().validation(0.3).coverage(COVERAGE));
    try (Predictor predictor = Predictor.of(promising, PredictorOptions.defaults())) {
      var more =
          assertThrows(IllegalArgumentException.class, () -> predictor.set(new double[2], 0.95));
      assertEquals(
          "set: the coverage is 0.95, this model's card promises up to 0.9; train it with"
              + " SoftmaxTrainer.coverage(0.95)",
          more.getMessage());
      for (double coverage : new double[] {0, 1, Double.NaN}) {
        assertThrows(IllegalArgumentException.class, () -> predictor.set(new double[2], coverage));
      }
    }
    try (Predictor predictor =
        Predictor.of(model(SoftmaxTrainer.defaults()), PredictorOptions.defaults())) {
      var none = assertThrows(IllegalStateException.class, () -> predictor.set(new double[2], 0.9));
      assertTrue(none.getMessage().contains("SoftmaxTrainer.validation(0.2).coverage(0.9)"));
    }
  }
}
