package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(Local.class)
class PipelineTest {
  private static final List<String> NAMES = List.of("ash", "beech", "cedar");
  private static final String[] NUMBERS = {"a", "b", "c"};
  private static final StructType SCHEMA =
      new StructType()
          .add("species", DataTypes.StringType)
          .add("a", DataTypes.DoubleType)
          .add("b", DataTypes.DoubleType)
          .add("c", DataTypes.DoubleType)
          .add("w", DataTypes.DoubleType);

  @TempDir private static Path folder;

  private static Dataset<Row> frame() {
    List<Row> rows =
        Local.rows(300, 3, 3).stream()
            .map(
                row -> {
                  double[] x = ((Vector) row.get(1)).toArray();
                  String name = NAMES.get((int) row.getDouble(0));
                  return RowFactory.create(name, x[0], x[1], x[2], row.getDouble(2));
                })
            .toList();
    return Local.frame(rows, 2, SCHEMA);
  }

  private static Pipeline pipeline(PipelineStage classifier) {
    PipelineStage labels =
        new StringIndexer()
            .setInputCol("species")
            .setOutputCol("label")
            .setStringOrderType("alphabetAsc");
    PipelineStage features = new VectorAssembler().setInputCols(NUMBERS).setOutputCol("features");
    return new Pipeline().setStages(new PipelineStage[] {labels, features, classifier});
  }

  private static RowwiseClassifier classifier() {
    return new RowwiseClassifier().setRegParam(1e-3).setWeightCol("w").setDevice("auto");
  }

  private static List<String> scored(PipelineModel model) {
    return model
        .transform(frame())
        .select("rawPrediction", "probability", "prediction")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .collect(Collectors.toList());
  }

  @Test
  void aPipelineIsFittedSavedAndLoaded() throws IOException {
    PipelineModel model = pipeline(classifier()).fit(frame());
    List<String> scored = scored(model);
    long right = model.transform(frame()).where("label = prediction").count();
    assertTrue(right > 200, () -> right + " of 300 are right");

    String path = folder.resolve("pipeline").toString();
    model.write().overwrite().save(path);
    model.write().overwrite().save(path);
    assertEquals(scored, scored(PipelineModel.load(path)));

    RowwiseModel fitted = (RowwiseModel) model.stages()[2];
    assertEquals(NAMES, fitted.toSoftmaxModel().card().classNames());
    assertEquals("label", fitted.toSoftmaxModel().card().label().orElseThrow());
    String own = folder.resolve("model").toString();
    fitted.setThresholds(new double[] {0.2, 0.3, 0.5}).write().overwrite().save(own);
    RowwiseModel loaded = RowwiseModel.load(own);
    assertEquals(fitted.uid(), loaded.uid());
    assertArrayEquals(fitted.getThresholds(), loaded.getThresholds());
    assertArrayEquals(fitted.toSoftmaxModel().weights(), loaded.toSoftmaxModel().weights());
    assertTrue(loaded.summary().isEmpty(), "a summary was saved");
    assertEquals(
        fitted.toSoftmaxModel().card(),
        SoftmaxModel.load(Path.of(own, "model.safetensors")).card());
  }

  @Test
  void theEstimatorIsSavedAndLoaded() throws IOException {
    String path = folder.resolve("estimator").toString();
    RowwiseClassifier saved = classifier().setOrderCol("id").setElementType("float32");
    saved.setFeaturesCol("x").setPredictionCol("p");
    saved.write().overwrite().save(path);
    RowwiseClassifier loaded = RowwiseClassifier.load(path);
    assertEquals(saved.uid(), loaded.uid());
    assertEquals(saved.explainParams(), loaded.explainParams());
    RowwiseClassifier copy = loaded.copy(ParamMap.empty().put(loaded.regParam(), 0.5));
    assertEquals(0.5, copy.getRegParam());
    assertEquals(1e-3, loaded.getRegParam());
  }

  @Test
  void theModelWorksWithoutSpark() throws IOException {
    RowwiseModel model = (RowwiseModel) pipeline(classifier()).fit(frame()).stages()[2];
    Path file = folder.resolve("model.safetensors");
    model.toSoftmaxModel().save(file);
    List<Row> rows = Local.rows(300, 3, 3);
    try (Predictor predictor = Predictor.of(SoftmaxModel.load(file), PredictorOptions.defaults())) {
      for (Row row : rows.subList(0, 20)) {
        Vector x = (Vector) row.get(1);
        // Products and exponentials are those of another kernel.
        assertArrayEquals(
            model.predictProbability(x).toArray(), predictor.predict(x.toArray()), 1e-12);
      }
    }
  }

  @Test
  void aCrossValidatorChoosesThePenalty() throws IOException {
    RowwiseClassifier classifier = classifier();
    ParamMap[] grid =
        new ParamGridBuilder().addGrid(classifier.regParam(), new double[] {1e-3, 100}).build();
    CrossValidator validator =
        new CrossValidator()
            .setEstimator(pipeline(classifier))
            .setEstimatorParamMaps(grid)
            .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("logLoss"))
            .setNumFolds(2)
            .setParallelism(2)
            .setSeed(1);
    CrossValidatorModel model = validator.fit(frame());
    PipelineModel best = (PipelineModel) model.bestModel();
    RowwiseClassifier parent = (RowwiseClassifier) ((RowwiseModel) best.stages()[2]).parent();
    assertEquals(1e-3, parent.getRegParam());
    String path = folder.resolve("validated").toString();
    model.write().overwrite().save(path);
    assertEquals(scored(best), scored((PipelineModel) CrossValidatorModel.load(path).bestModel()));
    assertFalse(Double.isNaN(model.avgMetrics()[0]));
  }
}
