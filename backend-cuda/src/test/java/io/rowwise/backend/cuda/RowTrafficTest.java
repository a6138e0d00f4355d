package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.Trial.Layout;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.interpreter.LaunchReport;
import io.rowwise.backend.cuda.kernel.Algorithm;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How often the softmax family touches memory: a row that its threads can hold is read once,
 * however many passes there are over it; of a longer row each pass reads it again. What is written
 * is written once.
 *
 * <p>Targets are never held, as that would take the room of the logits: two passes read them twice.
 */
final class RowTrafficTest {
  private static final int ROWS = 3;

  private final InterpretedGpu gpu = new InterpretedGpu();

  /**
   * Counts an operation's bytes.
   *
   * @param passes over the logits, and the bias with them, if a row is too long to be held: the
   *     online normalizer is one, the maximum alone is one, sums are one, writing is one
   * @param targets passes over the targets, however long a row is
   * @param writesRows whether there is a result for each element
   * @param writesScores results for each row
   */
  @ParameterizedTest
  @CsvSource({
    "SOFTMAX, softmax, 2, false, 0, true, 0",
    "BIAS_SOFTMAX, softmax, 2, true, 0, true, 0",
    "LOG_SOFTMAX, log_softmax, 2, false, 0, true, 0",
    "CROSS_ENTROPY, cross_entropy, 2, false, 1, false, 1",
    "GRADIENT, cross_entropy, 3, false, 2, true, 0",
    "TRAINING_STEP, cross_entropy, 3, true, 2, true, 1",
    "EVALUATION, evaluation, 2, true, 2, false, 2"
  })
  void rowsAreReadOnceAsLongAsTheyFit(
      Exercise exercise,
      String kernel,
      int passes,
      boolean bias,
      int targets,
      boolean writesRows,
      int writesScores) {
    try (Backend backend =
        new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu)) {
      for (ElementType type : ElementType.values()) {
        for (Algorithm algorithm : Algorithm.values()) {
          if (algorithm != Algorithm.ONLY) {
            int columns = columns(algorithm, type);
            String name = "%s_%s_%s".formatted(kernel, lower(algorithm), suffix(type));
            int readings = algorithm == Algorithm.LONG ? passes : 1;
            long elements = (long) ROWS * columns;
            long read = ((bias ? 2 : 1) * readings + targets) * elements;
            long written = (writesRows ? elements : 0) + (long) writesScores * ROWS;
            for (Layout layout : Layout.values()) {
              LaunchReport report = run(backend, exercise, name, type, columns, layout);
              assertEquals(read * type.bytes(), report.bytesRead(), name + " reads " + layout);
              assertEquals(written * type.bytes(), report.bytesWritten(), name + " writes");
            }
            // Rows of whole packs, all of them aligned: 16 bytes at once, but for the scores.
            LaunchReport report =
                run(backend, exercise, name, type, columns / 4 * 4, Layout.GAPLESS);
            long scores = (long) writesScores * ROWS;
            long packs = (report.bytesRead() + report.bytesWritten()) / type.bytes() - scores;
            assertEquals(packs * type.bytes() / 16 + scores, report.accesses(), name);
          }
        }
      }
    }
  }

  /** Some that have packs of all kinds, and that are not whole packs. */
  private static int columns(Algorithm algorithm, ElementType type) {
    boolean single = type == ElementType.FLOAT32;
    return switch (algorithm) {
      case ONLY -> throw new IllegalArgumentException();
      // A training step with no more than 32 classes is a kernel of its own.
      case GROUP -> 61;
      case WARP -> single ? 999 : 501;
      case BLOCK -> single ? 5_003 : 2_503;
      case SHARED -> single ? 16_391 : 8_199;
      case LONG -> single ? 24_327 : 12_167;
    };
  }

  private static String lower(Algorithm algorithm) {
    return algorithm.name().toLowerCase(Locale.ROOT);
  }

  private static String suffix(ElementType type) {
    return type == ElementType.FLOAT32 ? "f32" : "f64";
  }

  /** What the one launch of a kernel did. */
  private LaunchReport run(
      Backend backend,
      Exercise exercise,
      String kernel,
      ElementType type,
      int columns,
      Layout layout) {
    int before = gpu.runs().size();
    try (Trial trial = new Trial(backend, type, ROWS, columns, layout)) {
      exercise.run(trial);
    }
    var runs = gpu.runs().stream().skip(before).filter(run -> run.kernel().equals(kernel)).toList();
    assertTrue(runs.size() == 1, () -> kernel + " ran " + runs.size() + " times");
    return runs.get(0).report();
  }
}
