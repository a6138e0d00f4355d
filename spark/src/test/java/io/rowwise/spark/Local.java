package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.random.NumpyRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One session of two threads for all tests of this JVM, closed behind the last of them; a task may
 * fail once. And rows for it.
 */
final class Local implements BeforeAllCallback {
  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(Local.class);
  static final StructType SCHEMA =
      new StructType()
          .add("label", DataTypes.DoubleType)
          .add("features", SQLDataTypes.VectorType())
          .add("w", DataTypes.DoubleType);

  static SparkSession spark() {
    return SparkSession.builder()
        .master("local[2, 2]")
        .appName("rowwise")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.sql.warehouse.dir", "target/warehouse")
        .getOrCreate();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    AutoCloseable close = () -> spark().stop();
    context.getRoot().getStore(HERE).getOrComputeIfAbsent(Local.class, key -> close);
    spark();
  }

  /** In this order, in so many partitions. */
  static Dataset<Row> frame(List<Row> rows, int partitions, StructType schema) {
    JavaSparkContext context = new JavaSparkContext(spark().sparkContext());
    return spark().createDataFrame(context.parallelize(rows, partitions), schema);
  }

  static Dataset<Row> frame(List<Row> rows, int partitions) {
    return frame(rows, partitions, SCHEMA);
  }

  /** Normal rows around a centre of their class, of very different sizes, each with a weight. */
  static List<Row> rows(int count, int features, int classes) {
    NumpyRandom random = new NumpyRandom(42);
    List<Row> rows = new ArrayList<>();
    double[] x = new double[features];
    for (int i = 0; i < count; i++) {
      random.standardNormal(x);
      x[i % classes % features] += 1.5;
      for (int k = 0; k < features; k++) {
        x[k] = x[k] * Math.pow(10, k % 3) + k;
      }
      double label = i % classes;
      rows.add(RowFactory.create(label, Vectors.dense(x.clone()), 0.25 + random.nextDouble()));
    }
    return rows;
  }

  /** Fails if fits have left anything; closes the backends, as another test has other devices. */
  static void awaitNothingOpen() throws InterruptedException {
    assertTrue(
        soon(() -> FitLease.openLeases() == 0 && ExecutorBackend.openBytes() == 0),
        () -> FitLease.openLeases() + " leases, " + ExecutorBackend.openBytes() + " bytes");
    // A task that has freed all it had may still be about to give its backend back.
    assertTrue(soon(() -> !ExecutorBackend.closeIdle(true)), "a task keeps its backend");
  }

  /** Whether something comes true before a minute is over: Spark tells tasks of an end later. */
  static boolean soon(BooleanSupplier what) throws InterruptedException {
    for (int i = 0; i < 600 && !what.getAsBoolean(); i++) {
      Thread.sleep(100);
    }
    return what.getAsBoolean();
  }
}
