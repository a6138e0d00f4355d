package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contract leaves open, and every kind of block keeps. */
final class RowBlockTest {
  /** So far ahead of 50 others that the rest's share is less than half an ulp of 1. */
  private static final double CERTAIN = 60;

  static Stream<Arguments> blocks() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                Stream.of(3, 50)
                    .flatMap(
                        classes ->
                            Stream.of(true, false)
                                .map(loops -> Arguments.of(type, classes, loops))));
  }

  @ParameterizedTest(name = "{0}, {1} classes, loops outside the heap: {2}")
  @MethodSource("blocks")
  void nothingIsLeftToLearnFromARowThatIsCertain(ElementType type, int classes, boolean loops) {
    RowBlock block = RowBlock.with(type, classes, loops ? NativeLoops.PRESENT : null);
    double[] targets = new double[classes];
    targets[1] = 1;
    try (CpuBackend backend = new CpuBackend(1);
        Matrix x = backend.matrix(type, 1, classes, new double[classes]);
        Matrix y = backend.matrix(type, 1, classes, targets);
        Matrix out = backend.matrix(type, 1, classes)) {
      for (int i = 0; i < 100; i++) {
        double[] bias = new double[classes];
        // Powers with all kinds of reciprocals.
        bias[1] = CERTAIN + 0.01 * i;
        block.takeBias(bias);
        block.load(x, 0, 1);
        block.addBias();
        block.loadTargets(y, 0);
        block.normalize();
        block.toGradient(1);
        block.store(out, 0);
        assertEquals(0, out.toDoubles()[1], "gradient");
        block.normalize();
        block.toProbabilities();
        block.store(out, 0);
        assertEquals(1, out.toDoubles()[1], "probability");
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1} classes, loops outside the heap: {2}")
  @MethodSource("blocks")
  void columnSumsAreThoseSinceTheyWereCleared(ElementType type, int classes, boolean loops) {
    RowBlock block = RowBlock.with(type, classes, loops ? NativeLoops.PRESENT : null);
    try (CpuBackend backend = new CpuBackend(1);
        Matrix x = backend.matrix(type, 1, classes, new double[classes])) {
      double[] sums = new double[classes + 1];
      for (int rows : new int[] {1, 40, 16, 17}) {
        block.clearColumnSums();
        // An unfinished slab, as an error leaves it.
        block.load(x, 0, 1);
        block.normalize();
        block.toProbabilities();
        block.addToColumnSums();
        block.clearColumnSums();
        for (int row = 0; row < rows; row++) {
          block.addToColumnSums();
        }
        block.copyColumnSums(sums, 1);
        double[] expected = new double[classes + 1];
        Arrays.fill(expected, 1, classes + 1, (double) rows / classes);
        // So many roundings, each of half an ulp of a sum below 16.
        double bound = 40 * (type == ElementType.FLOAT32 ? 0x1p-21 : 0x1p-50);
        assertArrayEquals(expected, sums, bound, rows + " rows");
      }
    }
  }
}
