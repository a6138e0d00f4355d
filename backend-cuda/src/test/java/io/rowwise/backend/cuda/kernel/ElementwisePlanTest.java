package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Launches.int32;
import static io.rowwise.backend.cuda.kernel.Launches.int64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.kernel.ElementwisePlan.Function;
import io.rowwise.backend.cuda.kernel.ElementwisePlan.Operator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElementwisePlanTest {
  private static final ElementType TYPE = ElementType.FLOAT32;

  private static DeviceMatrix matrix(int rows, int columns, long leadingDimension) {
    return new DeviceMatrix(TYPE, 4096, rows, columns, leadingDimension);
  }

  private static Launch only(List<Launch> launches) {
    assertEquals(1, launches.size());
    return launches.get(0);
  }

  @Test
  void matricesWithoutGapsAreTreatedAsOneLongRow() {
    Launch launch = only(ElementwisePlan.apply(Function.EXP, matrix(300, 3, 3), matrix(300, 3, 3)));

    assertEquals(1, int32(launch, 4));
    assertEquals(900, int32(launch, 5));
  }

  @Test
  void aMatrixWithGapsKeepsItsRows() {
    Launch launch = only(ElementwisePlan.apply(Function.EXP, matrix(300, 3, 3), matrix(300, 3, 4)));

    assertEquals(3, int64(launch, 1));
    assertEquals(4, int64(launch, 3));
    assertEquals(300, int32(launch, 4));
    assertEquals(3, int32(launch, 5));
  }

  @Test
  void moreElementsThanAnIntCountsKeepTheirRows() {
    DeviceMatrix large = matrix(70_000, 70_000, 70_000);

    Launch launch = only(ElementwisePlan.fill(1, large));

    assertEquals(70_000, int32(launch, 3));
    assertEquals(70_000, int32(launch, 4));
  }

  @ParameterizedTest
  @CsvSource({"1, 4, 1, 1", "3, 8192, 6144, 3", "1, 8196, 2049, 2"})
  void aRunOfWholePacksIsCopiedAtOnce(int rows, int columns, int packs, int blocks) {
    DeviceMatrix run = matrix(rows, columns, columns);

    Launch launch = only(ElementwisePlan.apply(Function.COPY, run, run));

    assertEquals("copy_run_f32", launch.kernel());
    assertEquals(packs, int32(launch, 2));
    assertEquals(blocks, launch.gridX());
  }

  @Test
  void whatIsNoRunOfWholePacksIsCopiedRowByRow() {
    DeviceMatrix run = matrix(3, 8, 8);
    List<DeviceMatrix> others =
        List.of(
            matrix(3, 8, 12),
            new DeviceMatrix(TYPE, 4100, 3, 8, 8),
            new DeviceMatrix(TYPE, 4104, 3, 8, 8));
    for (DeviceMatrix other : others) {
      assertEquals("copy_f32", only(ElementwisePlan.apply(Function.COPY, run, other)).kernel());
      assertEquals("copy_f32", only(ElementwisePlan.apply(Function.COPY, other, run)).kernel());
    }
    DeviceMatrix broken = matrix(3, 7, 7);
    assertEquals("copy_f32", only(ElementwisePlan.apply(Function.COPY, broken, broken)).kernel());
    assertEquals("exp_f32", only(ElementwisePlan.apply(Function.EXP, run, run)).kernel());
  }

  // As rows and columns of the operand, and what the kernel is told.
  @ParameterizedTest
  @CsvSource({"6, 5, 9, 9, 1", "1, 5, 9, 0, 1", "6, 1, 9, 9, 0", "1, 1, 9, 0, 0"})
  void whatThereIsOneOfIsRepeated(
      int rows, int columns, long leadingDimension, long rowStride, int columnStride) {
    DeviceMatrix operand = matrix(rows, columns, leadingDimension);
    DeviceMatrix out = matrix(6, 5, 7);

    Launch launch = only(ElementwisePlan.apply(Operator.SUBTRACT, operand, out, out));

    assertEquals("subtract_matrix_f32", launch.kernel());
    assertEquals(rowStride, int64(launch, 1));
    assertEquals(columnStride, int32(launch, 2));
    assertEquals(7, int64(launch, 4));
    assertEquals(1, int32(launch, 5));
  }

  @Test
  void operandsOfTheSameShapeWithoutGapsAreOneLongRow() {
    DeviceMatrix matrix = matrix(6, 5, 5);

    Launch launch = only(ElementwisePlan.apply(Operator.ADD, matrix, matrix, matrix));

    assertEquals(1, int32(launch, 8));
    assertEquals(30, int32(launch, 9));
  }

  @ParameterizedTest
  @CsvSource({"0, 3", "3, 0", "0, 0"})
  void withoutElementsThereIsNothingToLaunch(int rows, int columns) {
    DeviceMatrix empty = matrix(rows, columns, columns);

    assertEquals(List.of(), ElementwisePlan.apply(Function.LOG, empty, empty));
    assertEquals(List.of(), ElementwisePlan.apply(Operator.ADD, empty, empty, empty));
    assertEquals(List.of(), ElementwisePlan.apply(Operator.ADD, empty, 1, empty));
    assertEquals(List.of(), ElementwisePlan.addScaled(1, empty, empty));
    assertEquals(List.of(), ElementwisePlan.fill(1, empty));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 1023", "1, 1024", "1, 1025", "9, 3", "257, 2", "70000, 1", "3, 100000"})
  void blocksCoverTheMatrixAndNoMoreThanThey(int rows, int columns) {
    Launch launch = only(ElementwisePlan.fill(1, matrix(rows, columns, columns + 1)));

    int lanes = 1 << int32(launch, 5);
    long columnBlocks = (columns + 4L * lanes - 1) / (4L * lanes);
    long rowBlocks = (rows + 256L / lanes - 1) / (256 / lanes);
    assertEquals(columnBlocks * rowBlocks, launch.gridX());
    assertEquals(256, launch.blockX());
    assertTrue(lanes >= 1 && lanes <= 256 && Integer.bitCount(lanes) == 1, "lanes " + lanes);
  }
}
