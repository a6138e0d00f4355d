package io.rowwise.spark.cluster;

import io.rowwise.spark.RowwiseModel;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The rows that all fits of the cluster's tests see, in one order, and what comes of them. */
final class ClusterRows {
  private static final int ROWS = 2000;
  private static final int FEATURES = 20;
  private static final int CLASSES = 4;
  private static final StructType SCHEMA =
      new StructType()
          .add("features", SQLDataTypes.VectorType(), false)
          .add("label", DataTypes.DoubleType, false);

  private ClusterRows() {}

  /** In so many partitions. */
  static Dataset<Row> of(SparkSession spark, int partitions) {
    return of(spark, partitions, row -> row);
  }

  /** In so many partitions, where each row goes through a function, whenever it is computed. */
  static Dataset<Row> of(SparkSession spark, int partitions, Function<Row, Row> each) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    return spark.createDataFrame(context.parallelize(rows(), partitions).map(each), SCHEMA);
  }

  /** Classes are apart by planes, so that a fit without penalty has no end to come to. */
  private static List<Row> rows() {
    Random random = new Random(21);
    double[] planes = random.doubles((long) FEATURES * CLASSES, -1, 1).toArray();
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      // Of different sizes, so that sums in another order have other bits.
      double size = Math.exp(random.nextGaussian());
      double[] features =
          DoubleStream.generate(random::nextGaussian).limit(FEATURES).map(v -> v * size).toArray();
      rows.add(RowFactory.create(Vectors.dense(features), (double) nearest(features, planes)));
    }
    return rows;
  }

  private static int nearest(double[] features, double[] planes) {
    int best = 0;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < CLASSES; j++) {
      double score = 0;
      for (int k = 0; k < FEATURES; k++) {
        score += features[k] * planes[j * FEATURES + k];
      }
      if (score > bestScore) {
        bestScore = score;
        best = j;
      }
    }
    return best;
  }

  /** Of the bits of all parameters. */
  static String digest(RowwiseModel model) {
    double[] weights = model.toSoftmaxModel().weights();
    double[] bias = model.toSoftmaxModel().bias();
    ByteBuffer bits = ByteBuffer.allocate((weights.length + bias.length) * Double.BYTES);
    bits.asDoubleBuffer().put(weights).put(bias);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bits.array());
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
