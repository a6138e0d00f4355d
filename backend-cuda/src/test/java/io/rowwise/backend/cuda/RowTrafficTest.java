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
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

  /** Has to do for the types of 16 bits. */
  private static final Set<Layout> SOME_LAYOUT = EnumSet.of(Layout.UNALIGNED);

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
      for (ElementType type : types(exercise)) {
        // Losses and what else there is of a row are of the type that is computed in.
        int scoreBytes = type.computedIn().bytes();
        for (Algorithm algorithm : EnumSet.range(Algorithm.GROUP, Algorithm.LONG)) {
          if (algorithm == Algorithm.PREFETCHED && !isPrefetched(kernel, type)) {
            continue;
          }
          int readings = algorithm == Algorithm.LONG ? passes : 1;
          int reads = (bias ? 2 : 1) * readings + targets;
          int writes = writesRows ? 1 : 0;
          long scores = (long) writesScores * ROWS;
          String name = "%s_%s_%%s_%s".formatted(kernel, lower(algorithm), suffix(type));
          for (Layout layout : layoutsOfElements(algorithm, type)) {
            int columns = columnsOfElements(algorithm, type);
            String elements = name.formatted("elements");
            LaunchReport report = run(backend, exercise, elements, type, columns, layout);
            long count = (long) ROWS * columns;
            String what = elements + " " + layout;
            assertEquals(reads * count * type.bytes(), report.bytesRead(), what);
            assertEquals(
                writes * count * type.bytes() + scores * scoreBytes, report.bytesWritten(), what);
            assertEquals((reads + writes) * count + scores, report.accesses(), what);
          }
          // Packs at once, but for the scores.
          int columns = columnsOfPacks(algorithm, type);
          String packs = name.formatted("packs");
          LaunchReport report = run(backend, exercise, packs, type, columns, Layout.GAPLESS);
          long bytes = (long) ROWS * columns * type.bytes();
          assertEquals(reads * bytes, report.bytesRead(), packs);
          assertEquals(writes * bytes + scores * scoreBytes, report.bytesWritten(), packs);
          long packBytes = 16L * type.bytes() / scoreBytes;
          assertEquals((reads + writes) * bytes / packBytes + scores, report.accesses(), packs);
        }
      }
    }
  }

  /**
   * What does not fit into shared memory is read in each pass, the rest once.
   *
   * @param held elements that fit
   * @param passes over the logits
   * @param targets readings of the targets
   */
  @ParameterizedTest
  @CsvSource({
    "SOFTMAX, softmax, FLOAT32, 65536, 32768, 3, 0",
    "SOFTMAX, softmax, FLOAT64, 24576, 16384, 3, 0",
    "LOG_SOFTMAX, log_softmax, FLOAT32, 40960, 32768, 3, 0",
    "GRADIENT, cross_entropy, FLOAT32, 65536, 32768, 3, 2",
  })
  void mostOfALongRowIsReadOnce(
      Exercise exercise,
      String kernel,
      ElementType type,
      int columns,
      int held,
      int passes,
      int targets) {
    try (Backend backend =
        new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu)) {
      String name = "%s_prefetched_packs_%s".formatted(kernel, suffix(type));
      LaunchReport report = run(backend, exercise, name, type, columns, Layout.GAPLESS);
      long read = held + (long) passes * (columns - held) + (long) targets * columns;
      assertEquals(ROWS * read * type.bytes(), report.bytesRead());
      assertEquals((long) ROWS * columns * type.bytes(), report.bytesWritten());
    }
  }

  private static boolean isPrefetched(String operation, ElementType type) {
    return !type.isHalf() && !operation.equals("evaluation");
  }

  /** Where a row of single elements may start; only whole packs are prefetched. */
  private static Set<Layout> layoutsOfElements(Algorithm algorithm, ElementType type) {
    return algorithm == Algorithm.PREFETCHED
        ? EnumSet.noneOf(Layout.class)
        : type.isHalf() ? SOME_LAYOUT : EnumSet.allOf(Layout.class);
  }

  private static List<ElementType> types(Exercise exercise) {
    return Exercise.OF_HALVES.contains(exercise)
        ? List.of(ElementType.values())
        : ElementType.arithmetic();
  }

  private static int columnsOfElements(Algorithm algorithm, ElementType type) {
    boolean single = type != ElementType.FLOAT64;
    return switch (algorithm) {
      case ONLY, RUN -> throw new IllegalArgumentException();
      // A training step with no more than 32 classes is a kernel of its own.
      case GROUP -> 61;
      case WARP -> single ? 501 : 249;
      case BLOCK -> single ? 5_003 : 2_503;
      case SHARED, PREFETCHED -> single ? 8_199 : 4_103;
      case LONG -> single ? 32_775 : 16_391;
    };
  }

  private static int columnsOfPacks(Algorithm algorithm, ElementType type) {
    boolean single = type != ElementType.FLOAT64;
    return switch (algorithm) {
      case ONLY, RUN -> throw new IllegalArgumentException();
      case GROUP -> 60;
      case WARP -> single ? 996 : 498;
      case BLOCK -> single ? 5_004 : 2_506;
      case SHARED -> single ? 16_392 : 8_202;
      case PREFETCHED -> single ? 16_780 : 8_390;
      case LONG -> single ? 67_084 : 33_542;
    };
  }

  private static String lower(Algorithm algorithm) {
    return algorithm.name().toLowerCase(Locale.ROOT);
  }

  private static String suffix(ElementType type) {
    return switch (type) {
      case FLOAT32 -> "f32";
      case FLOAT64 -> "f64";
      case BFLOAT16 -> "bf16";
      case FLOAT16 -> "f16";
    };
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
