package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of sparse vectors are trained on without their zeros, to what they give with them. */
@ExtendWith(Local.class)
class SparseFitTest {
  private static final int CLASSES = 3;

  /** A few features in a hundred, the first in more; one zero in each is written down. */
  private static List<Row> rows(int count, int features) {
    NumpyRandom random = new NumpyRandom(17);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int label = i % CLASSES;
      Set<Integer> chosen = new HashSet<>(List.of(label, features - 1));
      for (int k = 0; k < 4; k++) {
        chosen.add(random.randint(features));
      }
      int[] indices = chosen.stream().mapToInt(k -> k).sorted().toArray();
      double[] values = new double[indices.length];
      for (int k = 0; k + 1 < values.length; k++) {
        values[k] = random.nextDouble() * Math.pow(10, indices[k] % 2) + (k == 0 ? 0.5 : -0.5);
      }
      Vector vector = Vectors.sparse(features, indices, values);
      rows.add(RowFactory.create((double) label, vector, 0.25 + random.nextDouble()));
    }
    return rows;
  }

  private static List<Row> withZeros(List<Row> rows) {
    return rows.stream()
        .map(
            row ->
                RowFactory.create(
                    row.get(0), Vectors.dense(((Vector) row.get(1)).toArray()), row.get(2)))
        .toList();
  }

  /** At an optimum, which does not depend on the way there; by the diagonal from 2,049 features. */
  @ParameterizedTest
  @CsvSource({
    "120, true, true, 0",
    "120, false, false, 0",
    "120, true, true, 0.5",
    "2100, true, true, 0",
    "2100, false, true, 0"
  })
  void isTheOptimumOfTheRowsWithTheirZeros(
      int features, boolean isStandardised, boolean hasIntercept, double elasticNet) {
    List<Row> rows = rows(90, features);
    RowwiseClassifier classifier =
        new RowwiseClassifier()
            .setRegParam(0.1)
            .setElasticNetParam(elasticNet)
            .setStandardization(isStandardised)
            .setFitIntercept(hasIntercept)
            .setWeightCol("w")
            .setMaxIter(2000)
            .setTol(1e-9);
    RowwiseModel dense = classifier.fit(Local.frame(withZeros(rows), 2));
    RowwiseModel sparse = classifier.fit(Local.frame(rows, 2));
    assertFalse(
        ReproducibilityTest.digest(dense.toSoftmaxModel())
            .equals(ReproducibilityTest.digest(sparse.toSoftmaxModel())),
        "the same bits: were they left out?");
    double objective = dense.summary().orElseThrow().objective();
    assertEquals(objective, sparse.summary().orElseThrow().objective(), 1e-12 * objective);
    // The gradient is 1e-9 at most, and the objective's curvature 0.1 at least.
    assertArrayEquals(dense.toSoftmaxModel().weights(), sparse.toSoftmaxModel().weights(), 1e-7);
  }

  @ParameterizedTest
  @CsvSource({"80, float64", "2100, float64", "80, float32"})
  void anyNumberOfPartitionsGivesTheSameBits(int features, String type) {
    List<Row> rows = rows(300, features);
    RowwiseClassifier classifier =
        new RowwiseClassifier()
            .setRegParam(1e-3)
            .setWeightCol("w")
            .setElementType(type)
            .setMaxIter(8);
    Set<String> digests = new HashSet<>();
    for (int partitions : new int[] {1, 2, 7}) {
      SoftmaxModel model = classifier.fit(Local.frame(rows, partitions)).toSoftmaxModel();
      digests.add(ReproducibilityTest.digest(model));
    }
    assertEquals(1, digests.size(), digests::toString);
  }

  @Test
  void meansAndDeviationsAreThoseWithTheZeros() {
    int features = 80;
    List<Row> rows = rows(130, features);
    DataSummary data = summary(rows);
    assertTrue(data.isSparse());
    assertEquals(6, data.valuesOfARow());
    assertFalse(summary(withZeros(rows)).isSparse());
    BlockStatistics sparse = BlockStatistics.of(blocks(rows, features, true), data);
    BlockStatistics dense = BlockStatistics.of(blocks(rows, features, false), data);
    assertEquals(dense.totalWeight(), sparse.totalWeight());
    assertArrayEquals(dense.means(), sparse.means(), 1e-13);
    for (int k = 0; k < features; k++) {
      double deviation = dense.deviations()[k];
      assertEquals(deviation, sparse.deviations()[k], 1e-13 * deviation, "feature " + k);
    }
  }

  private static DataSummary summary(List<Row> rows) {
    RowTotals totals = new RowTotals(0, new String[] {"features", "label", "w"}, 1e300);
    rows.forEach(row -> totals.add(inOrder(row)));
    return DataSummary.of(List.of(totals));
  }

  private static Row inOrder(Row row) {
    return RowFactory.create(row.get(1), row.get(0), row.get(2));
  }

  private static JavaRDD<RowBlock> blocks(List<Row> rows, int features, boolean isSparse) {
    RowForm form = new RowForm(ElementType.FLOAT64, features, isSparse, true);
    List<RowBlock> blocks = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += 50) {
      List<Row> some = rows.subList(from, Math.min(rows.size(), from + 50));
      RowBlock block = new RowBlock(blocks.size(), 0, some.size(), form);
      some.forEach(row -> block.add(inOrder(row)));
      blocks.add(block);
    }
    return new JavaSparkContext(Local.spark().sparkContext()).parallelize(blocks, 2);
  }

  /** A block that two partitions have parts of. */
  @Test
  void partsOfABlockAreItsRows() {
    RowForm form = new RowForm(ElementType.FLOAT32, 40, true, false);
    RowBlock whole = new RowBlock(3, 0, 9, form);
    RowBlock end = new RowBlock(3, 5, 4, form);
    RowBlock begin = new RowBlock(3, 0, 9, form);
    List<Row> rows = rows(9, 40);
    for (int i = 0; i < 9; i++) {
      whole.add(inOrder(rows.get(i)));
      (i < 5 ? begin : end).add(inOrder(rows.get(i)));
    }
    begin.add(end);
    double[] expected = ((RowValues.Sparse) whole.values()).rows().dense();
    assertArrayEquals(expected, ((RowValues.Sparse) begin.values()).rows().dense());
    assertArrayEquals(
        rows.stream().flatMapToDouble(r -> Arrays.stream(((Vector) r.get(1)).toArray())).toArray(),
        expected);
  }
}
