package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that cannot be trained on: which one it is, and what is wrong with it. */
@ExtendWith(Local.class)
class BadInputTest {
  private static final List<Row> GOOD = Local.rows(10, 2, 2);
  private static final Vector X = Vectors.dense(1, 2);

  static Stream<Arguments> rows() {
    double nan = Double.NaN;
    double infinite = Double.POSITIVE_INFINITY;
    return Stream.of(
        bad(0.5, X, 1, "column 'label' is 0.5, wanted a whole number from 0 to 16777215"),
        bad(-1, X, 1, "column 'label' is -1.0, wanted a whole number from 0 to 16777215"),
        bad(nan, X, 1, "column 'label' is NaN, wanted a whole number from 0 to 16777215"),
        bad(1e9, X, 1, "column 'label' is 1.0E9, wanted a whole number from 0 to 16777215"),
        bad(0, X, -1, "column 'w' is -1.0, wanted a finite number of at least 0"),
        bad(0, X, nan, "column 'w' is NaN, wanted a finite number of at least 0"),
        bad(0, X, infinite, "column 'w' is Infinity, wanted a finite number of at least 0"),
        bad(
            0,
            Vectors.dense(1, nan),
            1,
            "column 'features': feature 1 is NaN, wanted a finite number of at most "
                + Double.MAX_VALUE),
        bad(
            0,
            Vectors.sparse(2, new int[] {1}, new double[] {-infinite}),
            1,
            "column 'features': feature 1 is -Infinity, wanted a finite number of at most "
                + Double.MAX_VALUE),
        bad(0, Vectors.dense(1, 2, 3), 1, "column 'features' has 3 features, those before have 2"),
        bad(null, X, 1, "column 'label' is null"),
        bad(0, null, 1, "column 'features' is null"),
        bad(0, X, null, "column 'w' is null"));
  }

  private static Arguments bad(Number label, Vector x, Number weight, String message) {
    Double asLabel = label == null ? null : label.doubleValue();
    Double asWeight = weight == null ? null : weight.doubleValue();
    return Arguments.of(RowFactory.create(asLabel, x, asWeight), message);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theRowIsNamed(Row bad, String message) {
    List<Row> rows = new ArrayList<>(GOOD);
    rows.set(7, bad);
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new RowwiseClassifier().setWeightCol("w").fit(Local.frame(rows, 3)));
    assertEquals("fit: row 7, counted from 0: " + message, error.getMessage());
  }

  @Test
  void whatFloat32CannotHoldIsNamed() {
    List<Row> rows = new ArrayList<>(GOOD);
    rows.set(3, RowFactory.create(0.0, Vectors.dense(1e39, 0), 1.0));
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new RowwiseClassifier().setElementType("float32").fit(Local.frame(rows, 1)));
    assertTrue(error.getMessage().contains("feature 0 is 1.0E39"), error::getMessage);
  }

  @Test
  void dataWithoutRowsFeaturesOrWeightIsRefused() {
    RowwiseClassifier classifier = new RowwiseClassifier().setWeightCol("w");
    assertRefused(classifier, List.of(), "fit: the data set has no rows, wanted at least one");
    assertRefused(
        classifier,
        List.of(RowFactory.create(0.0, Vectors.dense(new double[0]), 1.0)),
        "fit: the rows have no features, wanted at least one");
    assertRefused(
        classifier,
        GOOD.stream().map(row -> RowFactory.create(row.get(0), row.get(1), 0.0)).toList(),
        "fit: all rows have weight 0, wanted one with more");
  }

  private static void assertRefused(RowwiseClassifier classifier, List<Row> rows, String message) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> classifier.fit(Local.frame(rows, 2)));
    assertEquals(message, error.getMessage());
  }

  /** As a fold of a cross-validation may be. */
  @Test
  void aClassWithoutRowsGetsWhatTheOthersLeave() {
    Dataset<Row> rows = Local.frame(GOOD, 2);
    rows =
        rows.withColumn(
            "label",
            rows.col("label")
                .as("label", NominalAttribute.defaultAttr().withNumValues(4).toMetadata()));
    RowwiseModel model = new RowwiseClassifier().setRegParam(0.1).fit(rows);
    assertEquals(4, model.numClasses());
    double[] p = model.predictProbability(X).toArray();
    assertTrue(p[2] < 1e-3 && p[3] < 1e-3, () -> p[2] + " " + p[3]);
    Dataset<Row> less =
        rows.withColumn(
            "label",
            rows.col("label")
                .as("label", NominalAttribute.defaultAttr().withNumValues(1).toMetadata()));
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> new RowwiseClassifier().fit(less));
    assertEquals(
        "fit: column 'label' has label 1, but its metadata names 1 classes", error.getMessage());
  }

  @Test
  void oneClassAloneIsCertain() {
    List<Row> ones = GOOD.stream().map(row -> RowFactory.create(1.0, row.get(1), 1.0)).toList();
    RowwiseModel model = new RowwiseClassifier().setRegParam(0.1).fit(Local.frame(ones, 1));
    assertEquals(2, model.numClasses());
    assertEquals(1, model.predict(X));
  }

  @Test
  void settingsOutOfTheirRangeAreRefused() {
    RowwiseClassifier classifier = new RowwiseClassifier();
    assertThrows(IllegalArgumentException.class, () -> classifier.setRegParam(-1));
    assertThrows(IllegalArgumentException.class, () -> classifier.setElasticNetParam(1.5));
    assertThrows(IllegalArgumentException.class, () -> classifier.setMaxIter(0));
    assertThrows(IllegalArgumentException.class, () -> classifier.setTol(-1));
    assertThrows(IllegalArgumentException.class, () -> classifier.setBlockRows(-1));
    assertThrows(IllegalArgumentException.class, () -> classifier.setDevice("rocm"));
    assertThrows(IllegalArgumentException.class, () -> classifier.setElementType("float16"));
    assertThrows(IllegalArgumentException.class, () -> classifier.setAggregation("fast"));
    assertThrows(
        IllegalArgumentException.class, () -> classifier.setThresholds(new double[] {-1, 1}));
    Exception error =
        assertThrows(
            Exception.class,
            () -> new RowwiseClassifier().setLabelCol("species").fit(Local.frame(GOOD, 1)));
    assertTrue(error.getMessage().contains("species"), error::getMessage);
  }
}
