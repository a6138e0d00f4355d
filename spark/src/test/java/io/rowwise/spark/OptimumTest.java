package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.reference.LogisticOptimum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The optima that scikit-learn and Newton's method have found. */
@ExtendWith(Local.class)
class OptimumTest {
  static Stream<LogisticOptimum> optima() {
    return LogisticOptimum.all().stream()
        .filter(optimum -> optimum.data().equals("iris") || optimum.data().equals("wine"))
        // There are no class weights, and deviations of rows that have weights are others.
        .filter(optimum -> !optimum.weights().equals("balanced"))
        .filter(optimum -> !(optimum.isStandardised() && optimum.weights().equals("random")))
        .filter(optimum -> optimum.inversePenalty() >= 1);
  }

  @ParameterizedTest
  @MethodSource("optima")
  void theOptimumIsFound(LogisticOptimum optimum) {
    LabelledTable table = optimum.table();
    List<Row> rows = rows(table);
    double count = rows.size();
    // The deviation of a sample, which MLlib takes, is larger than that of all there is.
    double factor = optimum.isStandardised() ? (count - 1) / count : 1;
    RowwiseModel model =
        new RowwiseClassifier()
            .setRegParam(optimum.penalty() * factor)
            .setStandardization(optimum.isStandardised())
            .setWeightCol("w")
            .setTol(1e-12)
            .setMaxIter(1000)
            .fit(Local.frame(rows, 2));
    FitSummary summary = model.summary().orElseThrow();
    double excess = summary.objective() / optimum.objective() - 1;
    assertTrue(excess <= 1e-12, () -> "the objective is " + excess + " above the optimum");
    assertEquals(rows.size(), summary.rows());
    assertEquals(summary.iterations() + 1, summary.objectiveHistory().size());
    if (!optimum.isStandardised()) {
      SoftmaxModel found = model.toSoftmaxModel();
      SoftmaxModel named =
          SoftmaxModel.of(
              found.type(),
              found.features(),
              found.classes(),
              found.weights(),
              found.bias(),
              found.card().classNames(table.classNames()));
      double worst = optimum.worstParameter(named);
      assertTrue(worst <= 1e-6, () -> "a parameter is off by " + worst);
    }
  }

  /** Of many rows, the solver's first look at the second derivatives is at a few blocks. */
  @Test
  void blocksThatWeighNothingAreNoStart() {
    List<Row> all = Local.rows(10_000, 3, 3);
    List<Row> rows = new ArrayList<>();
    List<Row> counted = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      boolean isLookedAt = List.of(0, 3, 5, 8).contains(i / 1000);
      double weight = isLookedAt ? 0 : all.get(i).getDouble(2);
      Row row = RowFactory.create(all.get(i).get(0), all.get(i).get(1), weight);
      rows.add(row);
      if (!isLookedAt) {
        counted.add(row);
      }
    }
    RowwiseClassifier classifier =
        new RowwiseClassifier().setRegParam(0.01).setWeightCol("w").setBlockRows(1000);
    FitSummary found = classifier.fit(Local.frame(rows, 2)).summary().orElseThrow();
    FitSummary expected = classifier.fit(Local.frame(counted, 2)).summary().orElseThrow();
    assertEquals("tolerance", found.stopReason());
    assertTrue(found.iterations() > expected.iterations(), "nothing was known of the start");
    assertEquals(expected.objective(), found.objective(), 1e-9);
  }

  static List<Row> rows(LabelledTable table) {
    TableEncoding encoding =
        TableEncoding.of(table.features(), MissingValues.ERROR, UnknownWords.ERROR);
    double[] x = encoding.encode(table.features());
    int[] labels = table.labels();
    double[] weights = table.weights().orElse(null);
    int n = encoding.features();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      double[] row = Arrays.copyOfRange(x, i * n, (i + 1) * n);
      double weight = weights == null ? 1 : weights[i];
      rows.add(RowFactory.create((double) labels[i], Vectors.dense(row), weight));
    }
    return rows;
  }
}
