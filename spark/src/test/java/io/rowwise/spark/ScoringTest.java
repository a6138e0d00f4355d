package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MetadataUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(Local.class)
class ScoringTest {
  private static final List<Row> ROWS = Local.rows(200, 4, 3);
  private static RowwiseModel model;

  @TempDir private static Path folder;

  @BeforeAll
  static void fit() {
    model = new RowwiseClassifier().setRegParam(1e-3).fit(Local.frame(ROWS, 2));
  }

  private static RowwiseModel model() {
    return model.copy(ParamMap.empty());
  }

  @Test
  void whatIsAddedIsWhatTheModelSaysOfOneRow() {
    Dataset<Row> scored = model().transform(Local.frame(ROWS, 3));
    assertEquals(
        List.of("label", "features", "w", "prediction", "rawPrediction", "probability"),
        List.of(scored.columns()));
    List<Row> rows = scored.collectAsList();
    assertEquals(ROWS.size(), rows.size());
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      Vector x = (Vector) ROWS.get(i).get(1);
      assertEquals(ROWS.get(i).get(0), row.getAs("label"));
      double[] raw = ((Vector) row.getAs("rawPrediction")).toArray();
      double[] probability = ((Vector) row.getAs("probability")).toArray();
      // A product of a batch adds in another order.
      assertArrayEquals(model.predictRaw(x).toArray(), raw, 1e-11);
      assertArrayEquals(model.predictProbability(x).toArray(), probability, 1e-12);
      assertEquals(model.predict(x), row.<Double>getAs("prediction"));
    }
  }

  @Test
  void columnsKeepAndGetTheirMetadata() {
    Metadata mine = new MetadataBuilder().putString("comment", "mine").build();
    Dataset<Row> rows = Local.frame(ROWS, 1);
    rows = rows.withColumn("label", rows.col("label").as("label", mine));
    StructType schema = model().transform(rows).schema();
    assertEquals("mine", schema.apply("label").metadata().getString("comment"));
    assertEquals(3, MetadataUtils.getNumClasses(schema.apply("prediction")).get());
    assertEquals(3, AttributeGroup.fromStructField(schema.apply("probability")).size());
    assertEquals(3, AttributeGroup.fromStructField(schema.apply("rawPrediction")).size());
    assertEquals(model().transformSchema(rows.schema()), schema);
    assertTrue(Attribute.fromStructField(schema.apply("prediction")).isNominal());
  }

  @Test
  void columnsWithoutNameAreNotAdded() {
    RowwiseModel own = model().setProbabilityCol("").setRawPredictionCol("").setPredictionCol("p");
    Dataset<Row> scored = own.transform(Local.frame(ROWS, 1));
    assertArrayEquals(new String[] {"label", "features", "w", "p"}, scored.columns());
    assertEquals(model.predict((Vector) ROWS.get(7).get(1)), scored.collectAsList().get(7).get(3));
    Dataset<Row> none =
        model()
            .setProbabilityCol("")
            .setRawPredictionCol("")
            .setPredictionCol("")
            .transform(Local.frame(ROWS, 1));
    assertArrayEquals(new String[] {"label", "features", "w"}, none.columns());
  }

  @Test
  void thresholdsMoveThePrediction() {
    RowwiseModel own = model().setThresholds(new double[] {1e-9, 1, 1});
    List<Row> rows = own.transform(Local.frame(ROWS, 1)).collectAsList();
    assertTrue(rows.stream().allMatch(row -> row.<Double>getAs("prediction") == 0));
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> model().setThresholds(new double[] {1, 1}));
    assertTrue(error.getMessage().contains("the model has 3 classes"), error.getMessage());
  }

  /** As a VectorAssembler writes them: some rows sparse, others not. */
  @Test
  void sparseRowsAreScoredAsTheyAre() {
    List<Row> dense = new ArrayList<>();
    List<Row> mixed = new ArrayList<>();
    for (int i = 0; i < ROWS.size(); i++) {
      double[] x = ((Vector) ROWS.get(i).get(1)).toArray().clone();
      x[i % 4] = 0;
      x[(i + 1) % 4] = 0;
      dense.add(RowFactory.create(0.0, Vectors.dense(x), 1.0));
      Vector own = i % 3 == 0 ? Vectors.dense(x) : Vectors.dense(x).toSparse();
      mixed.add(RowFactory.create(0.0, own, 1.0));
    }
    List<Row> expected = model().transform(Local.frame(dense, 2)).collectAsList();
    List<Row> found = model().transform(Local.frame(mixed, 3)).collectAsList();
    for (int i = 0; i < expected.size(); i++) {
      if (i % 3 != 0) {
        assertInstanceOf(SparseVector.class, found.get(i).<Vector>getAs("features"));
      }
      assertArrayEquals(
          expected.get(i).<Vector>getAs("probability").toArray(),
          found.get(i).<Vector>getAs("probability").toArray(),
          1e-12);
    }
    RowwiseModel fromSparse = new RowwiseClassifier().setRegParam(1e-3).fit(label(mixed));
    RowwiseModel fromDense = new RowwiseClassifier().setRegParam(1e-3).fit(label(dense));
    assertArrayEquals(fromDense.toSoftmaxModel().weights(), fromSparse.toSoftmaxModel().weights());
  }

  private static Dataset<Row> label(List<Row> rows) {
    List<Row> labelled = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      labelled.add(RowFactory.create(ROWS.get(i).get(0), rows.get(i).get(1), 1.0));
    }
    return Local.frame(labelled, 2);
  }

  @Test
  void sparseRowsOfManyFeaturesTakeNoMemoryForTheirZeros() {
    SoftmaxModel wide =
        SoftmaxModel.of(
            ElementType.FLOAT64,
            1_000_000,
            2,
            new double[2_000_000],
            new double[] {0, 1},
            ModelCard.empty());
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      rows.add(
          RowFactory.create(0.0, Vectors.sparse(1_000_000, new int[] {i}, new double[] {1}), 1.0));
    }
    // Dense, these rows would take 16 GB.
    long ones =
        RowwiseModel.of(wide).transform(Local.frame(rows, 2)).where("prediction = 1").count();
    assertEquals(rows.size(), ones);
  }

  @Test
  void aStreamIsScored() throws Exception {
    String files = folder.resolve("files").toString();
    Dataset<Row> rows = Local.frame(ROWS, 2);
    rows.write().parquet(files);
    Dataset<Row> stream = Local.spark().readStream().schema(rows.schema()).parquet(files);
    StreamingQuery query =
        model()
            .transform(stream)
            .writeStream()
            .format("memory")
            .queryName("scored")
            .trigger(Trigger.AvailableNow())
            .start();
    query.processAllAvailable();
    query.awaitTermination();
    Dataset<Row> expected = model().transform(rows).select("w", "prediction");
    Dataset<Row> found = Local.spark().table("scored").select("w", "prediction");
    assertEquals(ROWS.size(), found.count());
    assertEquals(0, expected.except(found).count());
  }

  @Test
  void aRowOfAnotherSizeIsNamed() {
    List<Row> wrong = List.of(RowFactory.create(0.0, Vectors.dense(1, 2, 3), 1.0));
    Exception error =
        assertThrows(
            Exception.class, () -> model().transform(Local.frame(wrong, 1)).collectAsList());
    String expected =
        "transform: column 'features' has 3 features in a row, this model was trained on 4";
    assertTrue(causes(error).contains(expected), () -> causes(error));
    List<Row> none = List.of(RowFactory.create(0.0, null, 1.0));
    Exception missing =
        assertThrows(
            Exception.class, () -> model().transform(Local.frame(none, 1)).collectAsList());
    assertTrue(causes(missing).contains("column 'features' is null"), () -> causes(missing));
  }

  private static String causes(Throwable error) {
    StringBuilder all = new StringBuilder();
    for (Throwable e = error; e != null; e = e.getCause()) {
      all.append(e.getMessage()).append('\n');
    }
    return all.toString();
  }
}
