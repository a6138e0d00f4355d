package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Launches.float64;
import static io.rowwise.backend.cuda.kernel.Launches.int32;
import static io.rowwise.backend.cuda.kernel.Launches.int64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.kernel.RowReductionPlan.Reduction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of rows and of columns. */
class ReductionPlanTest {
  private static final long SCRATCH = 1L << 33;

  private static DeviceMatrix matrix(int rows, int columns) {
    return DeviceMatrix.contiguous(ElementType.FLOAT64, 4096, rows, columns);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 0, row_sum_group_f64, 1, 1",
    "7, 2, row_sum_group_f64, 1, 1",
    "7, 3, row_sum_group_f64, 1, 2",
    "300, 3, row_sum_group_f64, 3, 2",
    "300, 64, row_sum_group_f64, 38, 32",
    "300, 1024, row_sum_group_f64, 38, 32"
  })
  void shortRowsShareBlocks(int rows, int columns, String kernel, int blocks, int lanes) {
    Launch launch =
        RowReductionPlan.apply(Reduction.SUM, matrix(rows, columns), matrix(rows, 1)).get(0);

    assertEquals(kernel, launch.kernel());
    assertEquals(blocks, launch.gridX());
    assertEquals(lanes, 1 << int32(launch, 6));
  }

  @Test
  void aLongRowHasABlock() {
    Launch launch = RowReductionPlan.apply(Reduction.MAX, matrix(5, 1025), matrix(5, 1)).get(0);

    assertEquals("row_max_block_f64", launch.kernel());
    assertEquals(5, launch.gridX());
    assertEquals(6, launch.arguments().count());
  }

  @Test
  void withoutRowsThereIsNothingToLaunch() {
    assertEquals(List.of(), RowReductionPlan.apply(Reduction.SUM, matrix(0, 5), matrix(0, 1)));
  }

  @ParameterizedTest
  @CsvSource({"0, 3", "1, 1", "100, 3", "16, 1000"})
  void aLowMatrixIsAddedUpAtOnce(int rows, int columns) {
    ColumnSumPlan plan = new ColumnSumPlan(Launches.LIMITS);

    assertEquals(0, plan.scratchElements(rows, columns));
    assertEquals(1, plan.apply(matrix(rows, columns), 1, matrix(1, columns), SCRATCH).size());
    List<Launch> scaled = plan.addScaled(1, matrix(rows, columns), matrix(1, columns), SCRATCH);
    assertEquals(
        List.of("add_scaled_column_sum_f64"), scaled.stream().map(Launch::kernel).toList());
  }

  @ParameterizedTest
  @CsvSource({"100000, 1", "100000, 3", "5000, 65", "1000000, 1000", "2147483647, 2"})
  void theSlabsOfATallMatrixCoverItAndAreAddedUpInTurn(int rows, int columns) {
    ColumnSumPlan plan = new ColumnSumPlan(Launches.LIMITS);

    List<Launch> launches = plan.apply(matrix(rows, columns), 7, matrix(1, columns), SCRATCH);

    assertEquals(2, launches.size());
    Launch slabs = launches.get(0);
    Launch last = launches.get(1);
    long count = plan.scratchElements(rows, columns) / columns;
    int slabRows = int32(slabs, 7);
    assertTrue(count > 1 && (long) slabRows * count >= rows, count + " slabs of " + slabRows);
    assertTrue((long) slabRows * (count - 1) < rows, count + " slabs of " + slabRows);
    assertEquals(SCRATCH, int64(slabs, 2));
    assertEquals(SCRATCH, int64(last, 0));
    assertEquals(columns, int64(last, 1));
    assertEquals(count, int32(last, 5));
    assertEquals(count, int32(last, 7));
    int columnBlocks = (columns + int32(slabs, 8) - 1) / int32(slabs, 8);
    assertEquals(count * columnBlocks, slabs.gridX());
    assertEquals(columnBlocks, last.gridX());
    // The divisor counts once.
    assertEquals(1.0, float64(slabs, 4));
    assertEquals(7.0, float64(last, 4));
  }

  @Test
  void withoutColumnsThereIsNothingToLaunch() {
    ColumnSumPlan plan = new ColumnSumPlan(Launches.LIMITS);

    assertEquals(0, plan.scratchElements(1_000_000, 0));
    assertEquals(List.of(), plan.apply(matrix(1_000_000, 0), 1, matrix(1, 0), SCRATCH));
    assertEquals(List.of(), plan.addScaled(1, matrix(1_000_000, 0), matrix(1, 0), SCRATCH));
  }
}
