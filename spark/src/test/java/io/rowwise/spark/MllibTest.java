package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.model.SoftmaxModel;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Matrix;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MLlib's LogisticRegression: where params are named as its own, the optimum is its own. */
@ExtendWith(Local.class)
class MllibTest {
  /** Of coefficients, relative to the largest: MLlib stops where its objective hardly changes. */
  private static final double NEAR = 1e-4;

  /** Of sizes that MLlib comes to an end with where they are not standardised. */
  private static final int FEATURES = 2;

  private static final List<Row> ROWS = Local.rows(300, FEATURES, 3);

  /** What is set, in both alike. */
  enum Settings {
    RAW(false, 0, true, false),
    STANDARDISED(true, 0, true, false),
    STANDARDISED_WITH_WEIGHTS(true, 0, true, true),
    WITHOUT_INTERCEPT(true, 0, false, false),
    ELASTIC_NET(true, 0.5, true, false),
    L1_WITH_WEIGHTS(true, 1, true, true);

    final boolean isStandardised;
    final double elasticNet;
    final boolean hasIntercept;
    final boolean hasWeights;

    Settings(boolean isStandardised, double elasticNet, boolean hasIntercept, boolean hasWeights) {
      this.isStandardised = isStandardised;
      this.elasticNet = elasticNet;
      this.hasIntercept = hasIntercept;
      this.hasWeights = hasWeights;
    }

    RowwiseClassifier own(double regParam) {
      RowwiseClassifier own =
          new RowwiseClassifier()
              .setRegParam(regParam)
              .setElasticNetParam(elasticNet)
              .setStandardization(isStandardised)
              .setFitIntercept(hasIntercept)
              .setTol(1e-8)
              .setMaxIter(500);
      return hasWeights ? own.setWeightCol("w") : own;
    }

    LogisticRegression mllib(double regParam, String family) {
      LogisticRegression mllib =
          new LogisticRegression()
              .setFamily(family)
              .setRegParam(regParam)
              .setElasticNetParam(elasticNet)
              .setStandardization(isStandardised)
              .setFitIntercept(hasIntercept)
              .setTol(1e-12)
              .setMaxIter(500);
      return hasWeights ? mllib.setWeightCol("w") : mllib;
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameSettingsHaveTheSameOptimum(Settings settings) {
    Dataset<Row> rows = Local.frame(ROWS, 1).cache();
    double regParam = 0.02;
    LogisticRegressionModel mllib = settings.mllib(regParam, "multinomial").fit(rows);
    RowwiseModel own = settings.own(regParam).fit(rows);
    double ours = own.summary().orElseThrow().objective();
    double theirs = mllib.summary().objectiveHistory()[mllib.summary().totalIterations()];
    assertTrue(ours <= theirs * (1 + 1e-12), () -> ours + " is above MLlib's " + theirs);
    SoftmaxModel found = own.toSoftmaxModel();
    Matrix expected = mllib.coefficientMatrix();
    double largest = 0;
    double worst = 0;
    for (int j = 0; j < 3; j++) {
      for (int k = 0; k < FEATURES; k++) {
        largest = Math.max(largest, Math.abs(expected.apply(j, k)));
        worst = Math.max(worst, Math.abs(expected.apply(j, k) - found.weights()[k * 3 + j]));
      }
      double intercept = mllib.interceptVector().apply(j);
      assertEquals(intercept, found.bias()[j], NEAR * Math.max(1, Math.abs(intercept)));
    }
    double off = worst / largest;
    assertTrue(off <= NEAR, () -> "a coefficient is off by " + off);
    rows.unpersist();
  }

  /** Two classes of MLlib share one row of coefficients, which squares count once, not twice. */
  @Test
  void ofTwoClassesTwiceThePenaltyIsTheSame() {
    Dataset<Row> rows = Local.frame(Local.rows(200, FEATURES, 2), 2);
    LogisticRegressionModel mllib = Settings.RAW.mllib(0.01, "auto").fit(rows);
    SoftmaxModel own = Settings.RAW.own(0.02).fit(rows).toSoftmaxModel();
    Vector expected = mllib.coefficients();
    for (int k = 0; k < FEATURES; k++) {
      double found = own.weights()[2 * k + 1] - own.weights()[2 * k];
      assertEquals(expected.apply(k), found, NEAR * Math.max(1, Math.abs(found)));
    }
    assertEquals(mllib.intercept(), own.bias()[1] - own.bias()[0], NEAR);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void itsModelsAreImported(int classes) {
    Dataset<Row> rows = Local.frame(Local.rows(100, FEATURES, classes), 2);
    LogisticRegressionModel mllib =
        new LogisticRegression().setRegParam(0.01).setProbabilityCol("p").fit(rows);
    RowwiseModel own = RowwiseModel.of(mllib);
    List<Row> expected = mllib.transform(rows).select("p", "prediction").collectAsList();
    List<Row> found = own.transform(rows).select("p", "prediction").collectAsList();
    for (int i = 0; i < expected.size(); i++) {
      double[] p = expected.get(i).<Vector>getAs(0).toArray();
      assertArrayEquals(p, found.get(i).<Vector>getAs(0).toArray(), 1e-12);
      assertEquals(expected.get(i).getDouble(1), found.get(i).getDouble(1));
    }
    double[] thresholds = new double[classes];
    Arrays.fill(thresholds, 0.5);
    mllib.setThresholds(thresholds);
    assertArrayEquals(mllib.getThresholds(), RowwiseModel.of(mllib).getThresholds());
  }

  @Test
  void namesAndDefaultsAreMllibs() {
    LogisticRegression mllib = new LogisticRegression();
    RowwiseClassifier own = new RowwiseClassifier();
    for (String name :
        List.of(
            "featuresCol",
            "labelCol",
            "predictionCol",
            "probabilityCol",
            "rawPredictionCol",
            "regParam",
            "elasticNetParam",
            "maxIter",
            "tol",
            "standardization",
            "fitIntercept")) {
      assertEquals(
          mllib.getDefault(mllib.getParam(name)).get(),
          own.getDefault(own.getParam(name)).get(),
          name);
    }
    for (String name : List.of("weightCol", "thresholds")) {
      assertEquals(mllib.hasDefault(mllib.getParam(name)), own.hasDefault(own.getParam(name)));
    }
  }
}
