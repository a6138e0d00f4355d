package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Launches.float64;
import static io.rowwise.backend.cuda.kernel.Launches.int32;
import static io.rowwise.backend.cuda.kernel.Launches.int64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loss, evaluation and what changes parameters. */
class TrainingPlanTest {
  private static final ElementType TYPE = ElementType.FLOAT64;
  private static final long SCRATCH = 1L << 33;
  private static final DeviceMatrix ONE = matrix(1 << 20, 1, 1);

  private static DeviceMatrix matrix(long address, int rows, int columns) {
    return DeviceMatrix.contiguous(TYPE, address, rows, columns);
  }

  private static DeviceTargets rows(DeviceMatrix targets) {
    return DeviceTargets.ofProbabilities(targets);
  }

  private static List<String> kernels(List<Launch> launches) {
    return launches.stream().map(Launch::kernel).toList();
  }

  @Test
  void theLossIsTheMeanOfTheRowsLosses() {
    CrossEntropyPlan plan = new CrossEntropyPlan(Launches.LIMITS);
    DeviceMatrix logits = matrix(4096, 100_000, 3);

    List<Launch> launches = plan.loss(logits, 0, rows(logits), ONE, SCRATCH);

    assertEquals(
        List.of("cross_entropy_group_elements_f64", "column_sum_f64", "column_sum_f64"),
        kernels(launches));
    Launch rows = launches.get(0);
    assertEquals(SCRATCH, int64(rows, 6));
    assertEquals(0, int64(rows, 7));
    // The losses, and behind them their slabs.
    assertEquals(SCRATCH, int64(launches.get(1), 0));
    assertEquals(SCRATCH + 100_000 * 8L, int64(launches.get(1), 2));
    assertEquals(ONE.address(), int64(launches.get(2), 2));
    long slabs = int32(launches.get(2), 5);
    assertEquals(100_000 + slabs, plan.lossScratchElements(100_000));
  }

  /** A number of a class has no columns, so it does not matter where it lies. */
  @Test
  void numbersOfClassesHaveKernelsOfTheirOwn() {
    DeviceMatrix logits = matrix(4096, 10, 4);
    DeviceTargets targets = DeviceTargets.ofClasses(matrix(8, 10, 1), -1).counting(64);
    CrossEntropyPlan plan = new CrossEntropyPlan(Launches.LIMITS);
    EvaluationPlan evaluation = new EvaluationPlan(Launches.LIMITS);

    Launch second = plan.gradient(logits, 0, targets.rows(2, 10), logits).get(0);

    assertEquals("class_cross_entropy_group_packs_f64", second.kernel());
    assertEquals(8 + 2 * 8, int64(second, 3));
    assertEquals(-1.0, float64(second, 5));
    assertEquals(64 + 2 * 8, int64(second, 6));
    assertEquals(
        List.of("class_evaluation_group_packs_f64", "column_sum_f64"),
        kernels(evaluation.apply(logits, 12288, targets, matrix(8192, 1, 2), SCRATCH)));
  }

  @Test
  void eachBatchHasABlockThatFindsItsShares() {
    DeviceTargets targets = DeviceTargets.ofClasses(matrix(8, 10, 1), -1);

    Launch launch = TrainingSharesPlan.apply(targets, null, 4, 64).get(0);

    assertEquals("training_shares_f64", launch.kernel());
    assertEquals(3, launch.gridX());
    assertEquals(8, int64(launch, 0));
    assertEquals(-1.0, float64(launch, 2));
    assertEquals(0, int64(launch, 3));
    assertEquals(64, int64(launch, 5));
    assertEquals(4, int32(launch, 7));
  }

  @Test
  void theGradientAloneWritesNoLoss() {
    DeviceMatrix logits = matrix(4096, 10, 3);

    List<Launch> launches =
        new CrossEntropyPlan(Launches.LIMITS).gradient(logits, 0, rows(logits), logits);

    assertEquals(List.of("cross_entropy_group_elements_f64"), kernels(launches));
    assertEquals(0, int64(launches.get(0), 6));
    assertEquals(4096, int64(launches.get(0), 7));
    assertEquals(10, int32(launches.get(0), 9));
  }

  @Test
  void aStepGoesDownTheBiasAfterItsGradientIsThere() {
    DeviceMatrix logits = matrix(4096, 20, 3);
    DeviceMatrix bias = matrix(8192, 1, 3);

    List<Launch> launches =
        new CrossEntropyPlan(Launches.LIMITS)
            .descend(logits, bias, rows(logits), 16384, ONE, SCRATCH);

    assertEquals(
        List.of("cross_entropy_group_elements_f64", "column_sum_f64", "add_scaled_column_sum_f64"),
        kernels(launches));
    Launch last = launches.get(2);
    assertEquals(8192, int64(launches.get(0), 2));
    assertEquals(8192, int64(last, 2));
    assertEquals(16384, int64(last, 3));
  }

  @Test
  void evaluationTakesTheMeanOfBothScores() {
    DeviceMatrix logits = matrix(4096, 20, 3);
    DeviceMatrix result = matrix(8192, 1, 2);
    EvaluationPlan plan = new EvaluationPlan(Launches.LIMITS);

    List<Launch> launches = plan.apply(logits, 12288, rows(logits), result, SCRATCH);

    assertEquals(List.of("evaluation_group_elements_f64", "column_sum_f64"), kernels(launches));
    assertEquals(40, plan.scratchElements(20));
    Launch mean = launches.get(1);
    assertEquals(2, int32(mean, 6));
    assertEquals(20.0, float64(mean, 4));
    assertEquals(8192, int64(mean, 2));
  }

  @ParameterizedTest
  @CsvSource({
    // The notebook's.
    "100, 5, 3, 100, true",
    "100, 5, 3, 2147483647, true",
    "2147483647, 5, 3, 10, true",
    "10, 0, 3, 10, true",
    // A thread would be busy too long with a row's classes.
    "100, 5, 33, 10, false",
    // Too many products for one block.
    "60000, 784, 10, 100, false",
    "2147483647, 2147483647, 32, 2147483647, false",
    // Few products, but too much to hold: 20000 rows x 3 gradients.
    "20000, 1, 3, 20000, false"
  })
  void onlyASmallProblemIsLeftToOneBlock(
      int rows, int features, int classes, int batchRows, boolean fits) {
    TrainingEpochPlan plan = new TrainingEpochPlan(Launches.LIMITS);

    assertEquals(fits, plan.fits(TYPE, rows, features, classes, batchRows));
  }

  @Test
  void anEpochHoldsItsParametersAndABatchsGradientInSharedMemory() {
    DeviceMatrix x = matrix(4096, 100, 5);
    DeviceMatrix targets = matrix(8192, 100, 3);

    Launch launch =
        new TrainingEpochPlan(Launches.LIMITS)
            .apply(x, rows(targets), 10, 0.5, matrix(1, 5, 3), matrix(2, 1, 3), ONE)
            .get(0);

    assertEquals("training_epoch_f64", launch.kernel());
    assertEquals(1, launch.gridX());
    assertEquals((3 + 5 * 3 + 10 * 3) * 8, launch.sharedBytes());
    assertEquals(10, int32(launch, 15));
  }

  @Test
  void anEpochThatIsTooLargeIsRefused() {
    TrainingEpochPlan plan = new TrainingEpochPlan(Launches.LIMITS);
    DeviceMatrix x = matrix(4096, 100_000, 5);
    DeviceMatrix targets = matrix(8192, 100_000, 3);

    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                plan.apply(x, rows(targets), 100_000, 0.5, matrix(1, 5, 3), matrix(2, 1, 3), ONE));

    assertEquals(
        "training-epoch: batches of 100000 rows with 5 features and 3 classes are too much for one"
            + " block: ask fits first",
        thrown.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    // 25 blocks of 32 features.
    "60000, 784, 10, 128, true",
    "60000, 784, 32, 64, true",
    // As many blocks as the device has multiprocessors, and one more.
    "60000, 4224, 10, 128, true",
    "60000, 4225, 10, 128, false",
    // Batches so large that a block has 8 features only, and larger ones.
    "60000, 784, 10, 800, true",
    "60000, 784, 10, 820, false",
    "100, 5, 33, 10, false",
    "100, 0, 3, 10, false",
    "2147483647, 2147483647, 32, 2147483647, false"
  })
  void anEpochOfSmallBatchesIsLeftToSeveralBlocks(
      int rows, int features, int classes, int batchRows, boolean fits) {
    TrainingGridPlan plan = new TrainingGridPlan(Launches.LIMITS);

    assertEquals(fits, plan.fits(TYPE, rows, features, classes, batchRows));
  }

  @Test
  void blocksOfAnEpochRunAtTheSameTimeAndMeetByACounter() {
    DeviceMatrix x = matrix(4096, 1000, 784);
    DeviceTargets targets = rows(matrix(8192, 1000, 10));
    TrainingGridPlan plan = new TrainingGridPlan(Launches.LIMITS);

    List<Launch> launches =
        plan.apply(x, targets, 128, 0.5, matrix(1, 784, 10), matrix(2, 1, 10), ONE, SCRATCH);

    assertEquals(List.of("fill_f64", "training_grid_f64"), kernels(launches));
    Launch grid = launches.get(1);
    assertTrue(grid.cooperative());
    assertEquals(25, grid.gridX());
    assertEquals((33 * 10 + 128 * 10 + 2 * 128 * 33) * 8, grid.sharedBytes());
    assertEquals(SCRATCH, int64(grid, 12));
    assertEquals(32 + 2 * 25 * 128 * 10, plan.scratchElements(TYPE, 1000, 784, 10, 128));
  }

  @Test
  void softmaxOfNothingIsNoLaunch() {
    SoftmaxPlan plan = new SoftmaxPlan(Launches.LIMITS);
    DeviceMatrix empty = matrix(0, 0, 3);

    assertTrue(plan.softmax(empty, 0, empty).isEmpty());
    assertTrue(plan.logSoftmax(empty, empty).isEmpty());
    assertFalse(plan.softmax(matrix(4096, 1, 1), 0, matrix(4096, 1, 1)).isEmpty());
  }
}
