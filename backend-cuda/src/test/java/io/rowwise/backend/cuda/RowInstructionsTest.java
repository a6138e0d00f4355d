package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.Trial.Layout;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many PTX instructions the kernels for rows of whole packs execute for an element: on a GPU
 * their limit is more likely to issue instructions than to move memory. An assembler leaves about
 * three in four of them.
 */
final class RowInstructionsTest {
  /** So that every lane of a block has work, where a block has several rows. */
  private static final int ROWS = 16;

  private static final List<ElementType> ALL = List.of(ElementType.values());

  private static final int[] PACKS_OF_A_ROW = {64, 128, 256, 512, 1024, 2048, 4096};

  private final InterpretedGpu gpu = new InterpretedGpu();

  /**
   * Holds all lengths of rows against a bound, with some room for another compiler.
   *
   * @param single the most for an element of float32
   * @param wide the most for one of float64
   * @param half the most for one of 16 bits, where they are taken
   */
  @ParameterizedTest
  @CsvSource({
    "SOFTMAX, softmax, 47, 97, 32",
    "BIAS_SOFTMAX, softmax, 50, 99, ",
    "LOG_SOFTMAX, log_softmax, 47, 97, 33",
    "CROSS_ENTROPY, cross_entropy, 62, 122, 49",
    "GRADIENT, cross_entropy, 71, 132, 59",
    "CLASS_CROSS_ENTROPY, class_cross_entropy, 47, 97, 30",
    "CLASS_GRADIENT, class_cross_entropy, 55, 108, 36",
    "TRAINING_STEP, cross_entropy, 73, 135, ",
    "EVALUATION, evaluation, 85, 161, ",
    "CLASS_EVALUATION, class_evaluation, 70, 130, "
  })
  void anElementTakesFewInstructions(
      Exercise exercise, String operation, double single, double wide, Double half) {
    try (Backend backend =
        new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu)) {
      for (ElementType type : half == null ? ElementType.arithmetic() : ALL) {
        double most = type.isHalf() ? half : type == ElementType.FLOAT32 ? single : wide;
        for (int packs : PACKS_OF_A_ROW) {
          int columns = packs * 16 / type.computedIn().bytes();
          double count = instructionsOfAnElement(backend, exercise, operation, type, columns);
          assertTrue(
              count <= most,
              () ->
                  String.format(
                      Locale.ROOT,
                      "%s of %d columns of %s took %.1f instructions an element, wanted %.1f at"
                          + " most",
                      exercise,
                      columns,
                      type,
                      count,
                      most));
        }
      }
    }
  }

  private double instructionsOfAnElement(
      Backend backend, Exercise exercise, String operation, ElementType type, int columns) {
    int rows = columns <= 1024 ? ROWS : 1;
    int before = gpu.runs().size();
    try (Trial trial = new Trial(backend, type, rows, columns, Layout.GAPLESS)) {
      exercise.run(trial);
    }
    List<InterpretedGpu.Run> runs =
        gpu.runs().stream()
            .skip(before)
            .filter(run -> run.kernel().startsWith(operation + "_"))
            .toList();
    assertFalse(runs.isEmpty());
    assertTrue(runs.get(0).kernel().contains("_packs_"), runs.get(0).kernel());
    return (double) runs.get(0).report().instructions() / ((long) rows * columns);
  }
}
