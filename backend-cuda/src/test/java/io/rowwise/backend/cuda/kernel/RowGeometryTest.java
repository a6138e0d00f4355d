package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RowGeometryTest {
  /** An H100's. */
  private static final DeviceLimits LARGE = new DeviceLimits(132, 232_448);

  private static final DeviceLimits SMALL = new DeviceLimits(40, 65_536);

  // At and beside each bound.
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 1, GROUP",
    "FLOAT32, 128, GROUP",
    "FLOAT32, 129, WARP",
    "FLOAT32, 1024, WARP",
    "FLOAT32, 1025, BLOCK",
    "FLOAT32, 16384, BLOCK",
    "FLOAT32, 16385, SHARED",
    "FLOAT32, 57856, SHARED",
    "FLOAT32, 57857, LONG",
    "FLOAT32, 2147483647, LONG",
    "FLOAT64, 128, GROUP",
    "FLOAT64, 129, WARP",
    "FLOAT64, 512, WARP",
    "FLOAT64, 513, BLOCK",
    "FLOAT64, 8192, BLOCK",
    "FLOAT64, 8193, SHARED",
    "FLOAT64, 28928, SHARED",
    "FLOAT64, 28929, LONG",
    "FLOAT64, 2147483647, LONG"
  })
  void theRowLengthDecides(ElementType type, int columns, Algorithm expected) {
    assertEquals(expected, RowGeometry.of(type, 10, columns, LARGE).algorithm());
  }

  @Test
  void aDeviceWithLessSharedMemoryReadsLongRowsAgainSooner() {
    assertEquals(Algorithm.LONG, RowGeometry.of(ElementType.FLOAT32, 1, 16_385, SMALL).algorithm());
    assertEquals(Algorithm.LONG, RowGeometry.of(ElementType.FLOAT64, 1, 8_193, SMALL).algorithm());
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "4, 1, 1", "5, 2, 1", "8, 2, 1", "9, 4, 1", "32, 8, 1", "33, 16, 1"})
  void aGroupHasALaneForFourElements(int columns, int lanes, int blocks) {
    RowGeometry of = RowGeometry.of(ElementType.FLOAT64, 16, columns, LARGE);

    assertEquals(lanes, of.lanes());
    assertEquals(blocks, of.gridX());
  }

  @Test
  void sharedMemoryHoldsTheRowInWholePacks() {
    assertEquals(65_552, RowGeometry.of(ElementType.FLOAT32, 3, 16_387, LARGE).sharedBytes());
    assertEquals(0, RowGeometry.of(ElementType.FLOAT32, 3, 16_384, LARGE).sharedBytes());
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyElementHasAPlaceInSomeThread(ElementType type) {
    int pack = 16 / type.bytes();
    IntStream.rangeClosed(1, 20_000)
        .forEach(
            columns -> {
              RowGeometry of = RowGeometry.of(type, 1, columns, LARGE);
              long elements =
                  switch (of.algorithm()) {
                    case GROUP -> 4L * of.lanes();
                    case WARP, BLOCK -> 8L * pack * of.lanes();
                    case SHARED -> of.sharedBytes() / type.bytes();
                    case LONG -> Long.MAX_VALUE;
                    case ONLY -> 0;
                  };
              assertTrue(
                  elements >= columns,
                  () -> type + ": " + columns + " columns, room for " + elements);
            });
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyRowHasABlockAndBlocksAreAPowerOfTwoOfWarps(ElementType type) {
    for (int rows : new int[] {1, 2, 3, 31, 32, 33, 1000, Integer.MAX_VALUE}) {
      for (int columns : new int[] {1, 3, 17, 128, 500, 2000, 8192, 20_000, 100_000}) {
        RowGeometry of = RowGeometry.of(type, rows, columns, LARGE);
        int rowsOfBlock =
            of.algorithm() == Algorithm.GROUP || of.algorithm() == Algorithm.WARP
                ? of.blockX() / of.lanes()
                : 1;
        String what = type + " " + rows + "x" + columns;
        assertTrue((long) of.gridX() * rowsOfBlock >= rows, what);
        assertTrue((long) (of.gridX() - 1) * rowsOfBlock < rows, what);
        // The reduction of a block pairs its warps, and all lanes of a warp have to be there.
        assertTrue(of.blockX() >= 32 && Integer.bitCount(of.blockX()) == 1, what);
      }
    }
  }
}
