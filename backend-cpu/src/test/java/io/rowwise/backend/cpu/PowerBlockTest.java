package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a block of rows adds to the contract, which every kernel that uses one passes. */
final class PowerBlockTest {
  static Stream<Arguments> cases() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                Stream.of(9, 10, 33, 100, 257, 700).map(classes -> Arguments.of(type, classes)));
  }

  private static PowerBlock block(ElementType type, int classes) {
    assumeTrue(NativeLoops.PRESENT != null, "this JVM denies Unsafe");
    PowerBlock block = PowerBlock.of(type, classes, null);
    assertNotNull(block);
    return block;
  }

  /** Rows that lie at different distances from zero. */
  private static double[] logits(int rows, int classes) {
    SplittableRandom random = new SplittableRandom(5);
    double[] values = new double[rows * classes];
    for (int i = 0; i < values.length; i++) {
      values[i] = 4 * random.nextDouble() + 3 * (i / classes % 5);
    }
    return values;
  }

  private static double[] targets(int rows, int classes) {
    SplittableRandom random = new SplittableRandom(6);
    return random.doubles((long) rows * classes).toArray();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRowsResultHasTheSameBitsWhateverTheOthersAre(ElementType type, int classes) {
    PowerBlock block = block(type, classes);
    int rows = block.capacity;
    try (Backend backend = new CpuBackend(1);
        Matrix z = backend.matrix(type, rows, classes, logits(rows, classes));
        Matrix y = backend.matrix(type, rows, classes, targets(rows, classes));
        Matrix together = backend.matrix(type, rows, classes);
        Matrix alone = backend.matrix(type, rows, classes)) {
      assertTrue(block.load(z, 0, rows));
      block.storeLogProbabilities(together, 0);
      for (int row = 0; row < rows; row++) {
        assertTrue(block.load(z, row, 1));
        block.storeLogProbabilities(alone, row);
      }
      assertArrayEquals(together.toDoubles(), alone.toDoubles());

      assertTrue(block.load(z, 0, rows));
      block.storeGradient(y, rows, together, 0);
      for (int row = 0; row < rows; row++) {
        assertTrue(block.load(z, row, 1));
        block.storeGradient(y, rows, alone, row);
      }
      assertArrayEquals(together.toDoubles(), alone.toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatLeavesTheRangeIsRefused(ElementType type, int classes) {
    PowerBlock block = block(type, classes);
    int rows = block.capacity;
    // Powers of zero are in the middle: 2^-90 to 2^38 around it, or 2^-700 to 2^324.
    double above = type == ElementType.FLOAT32 ? 30 : 230;
    double below = type == ElementType.FLOAT32 ? -70 : -500;
    try (Backend backend = new CpuBackend(1);
        Matrix z = backend.matrix(type, rows, classes)) {
      for (double value : new double[] {above, below, Double.NaN, 1e30, -1e30}) {
        double[] values = new double[rows * classes];
        values[values.length - 1] = value;
        z.write(values);
        assertFalse(block.load(z, 0, rows), "the last logit is " + value);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void otherNumbersOfClassesAreForRowBlock(ElementType type) {
    assertNull(PowerBlock.of(type, 3, null));
    assertNull(PowerBlock.of(type, 10_000, null));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theCrossEntropyOfOneTargetIsItsLogProbability(ElementType type, int classes) {
    PowerBlock block = block(type, classes);
    double[] oneHot = new double[classes];
    oneHot[classes / 2] = 1;
    try (Backend backend = new CpuBackend(1);
        Matrix z = backend.matrix(type, 1, classes, logits(1, classes));
        Matrix y = backend.matrix(type, 1, classes, oneHot);
        Matrix out = backend.matrix(type, 1, classes)) {
      assertTrue(block.load(z, 0, 1));
      block.storeLogProbabilities(out, 0);
      assertTrue(block.load(z, 0, 1));
      double loss = block.crossEntropy(y, 0);
      double[] values = out.toDoubles();
      assertEquals(-values[classes / 2], loss, () -> Arrays.toString(values));
    }
  }
}
