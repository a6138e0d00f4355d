package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RowGeometryTest {
  /** An H100's. */
  private static final DeviceLimits LARGE = new DeviceLimits(132, 232_448, 90);

  private static final DeviceLimits SMALL = new DeviceLimits(40, 65_536, 75);

  private static final long ADDRESS = 1L << 32;

  private static RowGeometry of(ElementType type, Layout layout, int rows, int columns) {
    return RowGeometry.of(Operation.SOFTMAX, type, layout, rows, columns, LARGE);
  }

  private static Stream<Arguments> typesAndLayouts() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                Stream.of(Layout.PACKS, Layout.ELEMENTS).map(layout -> Arguments.of(type, layout)));
  }

  // At and beside each bound.
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, PACKS, 4, GROUP",
    "FLOAT32, PACKS, 64, GROUP",
    "FLOAT32, PACKS, 68, WARP",
    "FLOAT32, PACKS, 1024, WARP",
    "FLOAT32, PACKS, 1028, BLOCK",
    "FLOAT32, PACKS, 16384, BLOCK",
    "FLOAT32, PACKS, 16388, SHARED",
    "FLOAT32, PACKS, 28928, SHARED",
    "FLOAT32, PACKS, 28932, PREFETCHED",
    "FLOAT32, PACKS, 57860, PREFETCHED",
    "FLOAT32, PACKS, 115712, PREFETCHED",
    "FLOAT32, PACKS, 115716, LONG",
    "FLOAT32, PACKS, 2147483644, LONG",
    "FLOAT32, ELEMENTS, 1, GROUP",
    "FLOAT32, ELEMENTS, 64, GROUP",
    "FLOAT32, ELEMENTS, 65, WARP",
    "FLOAT32, ELEMENTS, 512, WARP",
    "FLOAT32, ELEMENTS, 513, BLOCK",
    "FLOAT32, ELEMENTS, 8192, BLOCK",
    "FLOAT32, ELEMENTS, 8193, SHARED",
    "FLOAT32, ELEMENTS, 57344, SHARED",
    "FLOAT32, ELEMENTS, 57345, LONG",
    "FLOAT32, ELEMENTS, 2147483647, LONG",
    "FLOAT64, PACKS, 2, GROUP",
    "FLOAT64, PACKS, 64, GROUP",
    "FLOAT64, PACKS, 66, WARP",
    "FLOAT64, PACKS, 512, WARP",
    "FLOAT64, PACKS, 514, BLOCK",
    "FLOAT64, PACKS, 8192, BLOCK",
    "FLOAT64, PACKS, 8194, SHARED",
    "FLOAT64, PACKS, 14464, SHARED",
    "FLOAT64, PACKS, 14466, PREFETCHED",
    "FLOAT64, PACKS, 28930, PREFETCHED",
    "FLOAT64, PACKS, 57856, PREFETCHED",
    "FLOAT64, PACKS, 57858, LONG",
    "FLOAT64, ELEMENTS, 64, GROUP",
    "FLOAT64, ELEMENTS, 65, WARP",
    "FLOAT64, ELEMENTS, 256, WARP",
    "FLOAT64, ELEMENTS, 257, BLOCK",
    "FLOAT64, ELEMENTS, 4096, BLOCK",
    "FLOAT64, ELEMENTS, 4097, SHARED",
    "FLOAT64, ELEMENTS, 28672, SHARED",
    "FLOAT64, ELEMENTS, 28673, LONG",
    "FLOAT64, ELEMENTS, 2147483647, LONG",
    "BFLOAT16, PACKS, 64, GROUP",
    "BFLOAT16, PACKS, 16384, BLOCK",
    "FLOAT16, PACKS, 57856, SHARED",
    "FLOAT16, PACKS, 57860, LONG",
    "FLOAT16, ELEMENTS, 57345, LONG"
  })
  void theRowLengthDecides(ElementType type, Layout layout, int columns, Algorithm expected) {
    assertEquals(expected, of(type, layout, 10, columns).algorithm());
  }

  private static Algorithm algorithm(
      Operation operation, ElementType type, int columns, DeviceLimits limits) {
    return RowGeometry.of(operation, type, Layout.PACKS, 1, columns, limits).algorithm();
  }

  @Test
  void aDeviceWithLessSharedMemoryReadsLongRowsAgainSooner() {
    Operation softmax = Operation.SOFTMAX;

    assertEquals(Algorithm.LONG, algorithm(softmax, ElementType.FLOAT32, 16_388, SMALL));
    assertEquals(Algorithm.LONG, algorithm(softmax, ElementType.FLOAT64, 8_194, SMALL));
  }

  @Test
  void aRowComesWhileAnotherIsWrittenWhereTheDeviceAndTheOperationCan() {
    DeviceLimits turing = new DeviceLimits(132, 232_448, 75);

    for (Operation operation :
        List.of(
            Operation.SOFTMAX,
            Operation.LOG_SOFTMAX,
            Operation.CROSS_ENTROPY,
            Operation.CLASS_CROSS_ENTROPY)) {
      assertEquals(Algorithm.PREFETCHED, algorithm(operation, ElementType.FLOAT32, 32_768, LARGE));
      assertEquals(Algorithm.SHARED, algorithm(operation, ElementType.FLOAT32, 32_768, turing));
      assertEquals(Algorithm.LONG, algorithm(operation, ElementType.FLOAT32, 65_536, turing));
    }
    for (Operation operation : List.of(Operation.EVALUATION, Operation.CLASS_EVALUATION)) {
      assertEquals(Algorithm.SHARED, algorithm(operation, ElementType.FLOAT32, 32_768, LARGE));
    }
  }

  /** More would wait for a multiprocessor, and none for its next row. */
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 32768, 1, 1, 1024, 32768",
    "FLOAT32, 32768, 131, 131, 1024, 32768",
    "FLOAT32, 32768, 133, 132, 1024, 32768",
    "FLOAT32, 57344, 3, 3, 1024, 57344",
    "FLOAT32, 57348, 3, 3, 1024, 57344",
    "FLOAT32, 65536, 3, 3, 1024, 57344",
    "FLOAT64, 16384, 2147483647, 132, 512, 16384",
    "FLOAT64, 57856, 2, 2, 512, 28672"
  })
  void whereRowsArePrefetchedEachMultiprocessorHasABlock(
      ElementType type, int columns, int rows, int blocks, int threads, int held) {
    RowGeometry of = of(type, Layout.PACKS, rows, columns);

    assertEquals(Algorithm.PREFETCHED, of.algorithm());
    assertEquals(blocks, of.gridX());
    assertEquals(threads, of.blockX());
    assertEquals(held * type.bytes(), of.sharedBytes());
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "4, 1, 1", "5, 2, 1", "8, 2, 1", "9, 4, 1", "32, 8, 1", "33, 16, 1"})
  void aGroupHasALaneForFourElements(int columns, int lanes, int blocks) {
    RowGeometry of = of(ElementType.FLOAT64, Layout.ELEMENTS, 16, columns);

    assertEquals(lanes, of.lanes());
    assertEquals(blocks, of.gridX());
  }

  // Their threads have 8 packs, or 4 of single elements.
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, PACKS, 256, 8",
    "FLOAT32, PACKS, 260, 16",
    "FLOAT32, PACKS, 1024, 32",
    "FLOAT32, PACKS, 1028, 64",
    "FLOAT32, PACKS, 2052, 128",
    "FLOAT32, PACKS, 8196, 512",
    "FLOAT32, ELEMENTS, 128, 8",
    "FLOAT32, ELEMENTS, 129, 16",
    "FLOAT32, ELEMENTS, 1025, 128",
    "FLOAT64, PACKS, 128, 8",
    "FLOAT64, PACKS, 130, 16",
    "FLOAT64, PACKS, 1026, 128",
    "FLOAT64, ELEMENTS, 2049, 512"
  })
  void aRowHasThreadsThatHoldItInRegisters(
      ElementType type, Layout layout, int columns, int lanes) {
    assertEquals(lanes, of(type, layout, 16, columns).lanes());
  }

  @Test
  void sharedMemoryHoldsWholePacksOrARoundOfThemForAllThreads() {
    assertEquals(65_552, of(ElementType.FLOAT32, Layout.PACKS, 3, 16_388).sharedBytes());
    assertEquals(0, of(ElementType.FLOAT32, Layout.PACKS, 3, 16_384).sharedBytes());
    assertEquals(5 * 16_384, of(ElementType.FLOAT32, Layout.ELEMENTS, 3, 16_385).sharedBytes());
    assertEquals(5 * 8_192, of(ElementType.FLOAT64, Layout.ELEMENTS, 3, 4_097).sharedBytes());
  }

  @ParameterizedTest
  @MethodSource("typesAndLayouts")
  void everyElementHasAPlaceInSomeThread(ElementType type, Layout layout) {
    int pack = 16 / type.computedIn().bytes();
    IntStream.rangeClosed(1, 20_000)
        .filter(columns -> layout == Layout.ELEMENTS || columns % pack == 0)
        .forEach(
            columns -> {
              RowGeometry of = of(type, layout, 1, columns);
              long elements =
                  switch (of.algorithm()) {
                    case GROUP -> 4L * of.lanes();
                    case WARP, BLOCK -> (layout == Layout.PACKS ? 8L : 4L) * pack * of.lanes();
                    case SHARED, PREFETCHED -> of.sharedBytes() / type.computedIn().bytes();
                    case LONG -> Long.MAX_VALUE;
                    case ONLY, RUN -> 0;
                  };
              assertTrue(
                  elements >= columns,
                  () -> type + ": " + columns + " columns, room for " + elements);
            });
  }

  @ParameterizedTest
  @MethodSource("typesAndLayouts")
  void everyRowHasABlockAndBlocksAreAPowerOfTwoOfWarps(ElementType type, Layout layout) {
    for (int rows : new int[] {1, 2, 3, 31, 32, 33, 1000, Integer.MAX_VALUE}) {
      for (int columns : new int[] {4, 16, 20, 128, 500, 2000, 8192, 20_000, 100_000}) {
        RowGeometry of = of(type, layout, rows, columns);
        int rowsOfBlock =
            of.algorithm() == Algorithm.GROUP || of.algorithm() == Algorithm.WARP
                ? of.blockX() / of.lanes()
                : 1;
        String what = type + " " + layout + " " + rows + "x" + columns;
        if (of.algorithm() != Algorithm.PREFETCHED) {
          assertTrue((long) of.gridX() * rowsOfBlock >= rows, what);
        }
        assertTrue((long) (of.gridX() - 1) * rowsOfBlock < rows, what);
        // The reduction of a block pairs its warps, and all lanes of a warp have to be there.
        assertTrue(of.blockX() >= 32 && Integer.bitCount(of.blockX()) == 1, what);
      }
    }
  }

  private static DeviceMatrix matrix(long address, int rows, int columns, long leadingDimension) {
    return new DeviceMatrix(ElementType.FLOAT32, address, rows, columns, leadingDimension);
  }

  private static String kernel(DeviceMatrix other, long bias) {
    DeviceMatrix aligned = matrix(ADDRESS, other.rows(), other.columns(), 1024);
    return RowGeometry.launch(
            Operation.SOFTMAX, List.of(aligned, other), bias, new KernelArguments(), LARGE)
        .kernel();
  }

  @Test
  void rowsThatAnIntCannotStepThroughAreRefused() {
    int most = Integer.MAX_VALUE - 2047;

    assertEquals("softmax_long_packs_f32", kernel(matrix(ADDRESS, 1, most, most), 0));
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> kernel(matrix(ADDRESS, 1, most + 1, most + 1), 0));
    assertEquals(
        "softmax: a row has 2147481601 columns, the CUDA kernels take 2147481600 at most: split it",
        thrown.getMessage());
  }

  @Test
  void packsAreTouchedAtOnceWhereAllRowsAreWholePacks() {
    String packs = "softmax_warp_packs_f32";
    String elements = "softmax_warp_elements_f32";

    assertEquals(packs, kernel(matrix(ADDRESS, 9, 256, 256), 0));
    assertEquals(packs, kernel(matrix(ADDRESS + 16, 9, 256, 260), ADDRESS));
    assertEquals(packs, kernel(matrix(ADDRESS, 1, 256, 257), 0));
    assertEquals(elements, kernel(matrix(ADDRESS, 9, 256, 257), 0));
    assertEquals(elements, kernel(matrix(ADDRESS + 8, 9, 256, 256), 0));
    assertEquals(elements, kernel(matrix(ADDRESS, 9, 255, 256), 0));
    assertEquals(elements, kernel(matrix(ADDRESS, 9, 256, 256), ADDRESS + 4));
  }

  private static String kernelOfHalves(long address, int columns, long leadingDimension) {
    DeviceMatrix logits =
        new DeviceMatrix(ElementType.FLOAT16, address, 9, columns, leadingDimension);
    return RowGeometry.launch(Operation.SOFTMAX, List.of(logits), 0, new KernelArguments(), LARGE)
        .kernel();
  }

  @Test
  void aPackOfHalvesIsFourOfThem() {
    String packs = "softmax_warp_packs_f16";
    String elements = "softmax_warp_elements_f16";

    assertEquals(packs, kernelOfHalves(ADDRESS, 256, 256));
    assertEquals(packs, kernelOfHalves(ADDRESS + 8, 252, 260));
    assertEquals(elements, kernelOfHalves(ADDRESS + 4, 256, 256));
    assertEquals(elements, kernelOfHalves(ADDRESS, 254, 256));
    assertEquals(elements, kernelOfHalves(ADDRESS, 256, 258));
  }

  /** The prediction's logits are of float32 where it has a bias. */
  @Test
  void noBiasIsAddedToHalves() {
    DeviceMatrix logits = DeviceMatrix.contiguous(ElementType.BFLOAT16, ADDRESS, 9, 8);
    SoftmaxPlan plan = new SoftmaxPlan(LARGE);

    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> plan.softmax(logits, ADDRESS, logits));
    assertEquals(
        "SOFTMAX: there is no kernel for a bias and logits of bfloat16", thrown.getMessage());
  }
}
