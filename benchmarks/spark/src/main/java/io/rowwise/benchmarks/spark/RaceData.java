package io.rowwise.benchmarks.spark;

import io.rowwise.dataset.Idx;
import io.rowwise.dataset.LibSvm;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.SparseTable;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
 * @param source the folder of Fashion-MNIST's files, or a LIBSVM file; empty for rows that are
 *     generated
 * @param rows how many
 */
record RaceData(String source, int rows) implements Serializable {
  private static final int FASHION_ROWS = 60_000;
  private static final int FASHION_FEATURES = 784;
  private static final int FEATURES = 50;
  private static final int CLASSES = 5;
  private static final int FACTORS = 5;
  private static final long SEED = 2026;

  /** So many generated rows, or what is in a LIBSVM file or Fashion-MNIST's folder. */
  static RaceData of(String name) throws IOException {
    if (name.matches("\\d+")) {
      return new RaceData("", Integer.parseInt(name));
    }
    boolean isFashion = Files.isDirectory(Path.of(name));
    return new RaceData(name, isFashion ? FASHION_ROWS : LibSvm.read(Path.of(name)).rows());
  }

  /** Its name in the results. */
  String name() {
    return source.isEmpty() ? "generated" : isFashion() ? "Fashion-MNIST" : "sparse";
  }

  private boolean isFashion() {
    return Files.isDirectory(Path.of(source));
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
    if (source.isEmpty()) {
      return generated(first, end);
    }
    return isFashion() ? fashion(first, end) : sparse(first, end);
  }

  private Iterator<Row> fashion(int first, int end) throws IOException {
    byte[] pixels = Idx.read(Path.of(source, "train-images-idx3-ubyte.gz")).unsignedBytes();
    NumberColumn labels = Idx.labels(Path.of(source, "train-labels-idx1-ubyte.gz"));
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

  private Iterator<Row> sparse(int first, int end) throws IOException {
    SparseTable table = LibSvm.read(Path.of(source));
    int[] starts = table.rowStarts();
    return IntStream.range(first, end)
        .mapToObj(
            i -> {
              int[] columns = Arrays.copyOfRange(table.columns(), starts[i], starts[i + 1]);
              double[] values = Arrays.copyOfRange(table.values(), starts[i], starts[i + 1]);
              return RowFactory.create(
                  Vectors.sparse(table.columnCount(), columns, values), table.labels()[i]);
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
