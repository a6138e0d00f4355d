package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.memory.MemoryManager;
import org.apache.spark.memory.MemoryMode;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.storage.TestBlockId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a fit keeps on devices is taken from it on the way; it goes on to the same bits. */
@ExtendWith(Local.class)
class FitLeaseTest {
  private static final String IDLE_SECONDS = "spark.rowwise.idleSeconds";
  private static final List<Row> ROWS = Local.rows(400, 5, 3);

  private final List<Long> held = new ArrayList<>();

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    SparkEnv.get().conf().remove(IDLE_SECONDS);
    held.forEach(bytes -> memory().releaseStorageMemory(bytes, MemoryMode.ON_HEAP));
    Local.awaitNothingOpen();
  }

  private static MemoryManager memory() {
    return SparkEnv.get().memoryManager();
  }

  /** Takes Spark's memory, until the lease has had to go to disk. */
  private void evictLease() {
    while (FitLease.openLeases() > 0) {
      long bytes = memory().maxOnHeapStorageMemory() - memory().storageMemoryUsed() + 1;
      assertTrue(
          memory().acquireStorageMemory(new TestBlockId("other"), bytes, MemoryMode.ON_HEAP),
          "Spark has nothing left to write to disk, but the lease is there");
      held.add(bytes);
    }
  }

  /**
   * A task that is under way keeps its device until its end.
   *
   * @param isForgotten whether tasks read the lease again, from disk, as they do once the first
   *     copy has been collected as garbage
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLeaseThatWentToDiskChangesNoBit(boolean isForgotten) {
    RowwiseClassifier classifier = new RowwiseClassifier().setRegParam(1e-3).setDevice("cpu");
    String expected =
        ReproducibilityTest.digest(classifier.fit(Local.frame(ROWS, 3)).toSoftmaxModel());
    try (FaultyDevice.Use use =
        FaultyDevice.beforeGradients(
            number -> {
              if (number == 40) {
                assertEquals(1, FitLease.openLeases());
                evictLease();
                if (isForgotten) {
                  SparkEnv.get().broadcastManager().cachedValues().clear();
                }
              }
            })) {
      assertNotNull(use);
      RowwiseModel model =
          classifier.setDevice("cuda").setFallback(false).fit(Local.frame(ROWS, 3));
      assertTrue(!held.isEmpty(), "the fit was over before");
      assertEquals(expected, ReproducibilityTest.digest(model.toSoftmaxModel()));
      // At once where the driver is the executor.
      assertEquals(0, FitLease.openLeases());
      assertEquals(0, ExecutorBackend.openBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsThatHaveLeftTheDeviceComeBack(boolean isByThemselves) throws InterruptedException {
    if (isByThemselves) {
      SparkEnv.get().conf().set(IDLE_SECONDS, "0");
    }
    JavaSparkContext spark = new JavaSparkContext(Local.spark().sparkContext());
    double[] largest = new double[5];
    Arrays.fill(largest, 1000);
    FitPlan plan =
        new FitPlan(
            ElementType.FLOAT64, 5, 3, 100, true, true, null, null, largest, 9, "cpu", true);
    BlockLayout layout = new BlockLayout(new long[] {0, 200, ROWS.size()}, plan.blockRows());
    JavaRDD<RowBlock> blocks = spark.parallelize(blocks(plan), 2);
    Broadcast<FitLease> lease = spark.broadcast(new FitLease(plan));
    try (FitProgress progress = new FitProgress(spark, "idle");
        Backend backend = Backends.choose("cpu", false).backend();
        SparkObjective objective =
            new SparkObjective(backend, spark, blocks, layout, lease, ROWS.size(), 0, progress);
        Matrix parameters = backend.matrix(plan.type(), 6, 3, parameters());
        Matrix gradient = backend.matrix(plan.type(), 6, 3)) {
      double loss = objective.evaluate(parameters, gradient);
      double[] first = gradient.toDoubles();
      if (isByThemselves) {
        assertTrue(Local.soon(FitLeaseTest::isNothingOpen));
      } else {
        assertEquals(1, FitLease.openLeases());
        assertTrue(ExecutorBackend.openBytes() > 0);
        FitLease.closeIdle(true);
        assertTrue(isNothingOpen());
      }
      assertEquals(loss, objective.evaluate(parameters, gradient));
      assertArrayEquals(first, gradient.toDoubles());
      if (!isByThemselves) {
        assertEquals(1, FitLease.openLeases());
        FitLease.closeIdle(true);
      }
      // As where an executor hears nothing of the end.
      assertTrue(Local.soon(FitLeaseTest::isNothingOpen));
    } finally {
      lease.destroy();
    }
  }

  private static boolean isNothingOpen() {
    return FitLease.openLeases() == 0 && ExecutorBackend.openBytes() == 0;
  }

  private static List<RowBlock> blocks(FitPlan plan) {
    RowForm form = new RowForm(plan.type(), plan.features(), false, false);
    List<RowBlock> blocks = new ArrayList<>();
    for (int from = 0; from < ROWS.size(); from += plan.blockRows()) {
      RowBlock block = new RowBlock(blocks.size(), 0, plan.blockRows(), form);
      for (Row row : ROWS.subList(from, from + plan.blockRows())) {
        block.add(RowFactory.create(row.get(1), row.get(0)));
      }
      blocks.add(block);
    }
    return blocks;
  }

  private static double[] parameters() {
    double[] parameters = new double[18];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = Math.sin(i) / 1000;
    }
    return parameters;
  }
}
