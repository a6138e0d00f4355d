package io.rowwise.benchmarks.spark;

import io.rowwise.dataset.Idx;
import io.rowwise.dataset.NumberColumn;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows of a data set, which each task makes for itself.
 *
 * @param folder of Fashion-MNIST's files; empty for rows that are generated
 * @param rows how many
 */
record RaceData(String folder, int rows) implements Serializable {
  private static final int FASHION_ROWS = 60_000;
  private static final int FASHION_FEATURES = 784;
  private static final int FEATURES = 50;
  private static final int CLASSES = 5;
  private static final int FACTORS = 5;
  private static final long SEED = 2026;

  /** Fashion-MNIST if the name is a folder's, else so many generated rows. */
  static RaceData of(String name) {
    return name.matches("\\d+")
        ? new RaceData("", Integer.parseInt(name))
        : new RaceData(name, FASHION_ROWS);
  }

  boolean isFashion() {
    return !folder.isEmpty();
  }

  Dataset<Row> in(SparkSession session, int partitions) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    StructType schema =
        new StructType()
            .add("features", SQLDataTypes.VectorType(), false)
            .add("label", DataTypes.DoubleType, false);
    return session.createDataFrame(
        spark
            .parallelize(IntStream.range(0, partitions).boxed().toList(), partitions)
            .mapPartitions(numbers -> part(TaskContext.getPartitionId(), partitions)),
        schema);
  }

  private Iterator<Row> part(int partition, int partitions) throws IOException {
    int first = (int) ((long) rows * partition / partitions);
    int end = (int) ((long) rows * (partition + 1) / partitions);
    return isFashion() ? fashion(first, end) : generated(first, end);
  }

  private Iterator<Row> fashion(int first, int end) throws IOException {
    byte[] pixels = Idx.read(Path.of(folder, "train-images-idx3-ubyte.gz")).unsignedBytes();
    NumberColumn labels = Idx.labels(Path.of(folder, "train-labels-idx1-ubyte.gz"));
    return IntStream.range(first, end)
        .mapToObj(
            i -> {
              double[] features = new double[FASHION_FEATURES];
              for (int k = 0; k < features.length; k++) {
                features[k] = Byte.toUnsignedInt(pixels[i * FASHION_FEATURES + k]) / 255.0;
              }
              return RowFactory.create(Vectors.dense(features), labels.value(i));
            })
        .iterator();
  }

  /** Features that share factors, at five sizes, and labels by a softmax of planes. */
  private static Iterator<Row> generated(int first, int end) {
    double[] planes = new SplittableRandom(SEED).doubles(FEATURES * CLASSES, -1, 1).toArray();
    return IntStream.range(first, end).mapToObj(i -> generated(i, planes)).iterator();
  }

  private static Row generated(int i, double[] planes) {
    SplittableRandom random = new SplittableRandom(SEED + 1 + i);
    double[] factors = IntStream.range(0, FACTORS).mapToDouble(f -> normal(random)).toArray();
    double[] features = new double[FEATURES];
    double[] scores = IntStream.range(0, CLASSES).mapToDouble(j -> gumbel(random)).toArray();
    for (int k = 0; k < FEATURES; k++) {
      double value = 0.6 * factors[k / (FEATURES / FACTORS)] + 0.8 * normal(random);
      for (int j = 0; j < CLASSES; j++) {
        scores[j] += planes[k * CLASSES + j] * value / 2;
      }
      features[k] = value * Math.pow(2, k % 5 - 2);
    }
    int label = 0;
    for (int j = 1; j < CLASSES; j++) {
      if (scores[j] > scores[label]) {
        label = j;
      }
    }
    return RowFactory.create(Vectors.dense(features), (double) label);
  }

  private static double normal(SplittableRandom random) {
    return Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
        * Math.cos(2 * Math.PI * random.nextDouble());
  }

  private static double gumbel(SplittableRandom random) {
    return -Math.log(-Math.log(1 - random.nextDouble()));
  }
}
