package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.Trial.Layout;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.interpreter.PtxModule;
import io.rowwise.backend.cuda.kernel.Algorithm;
import io.rowwise.backend.cuda.kernel.CudaKernel;
import io.rowwise.backend.cuda.kernel.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Everything that ships for a GPU runs here in the interpreter, and what it gives is compared with
 * plain Java: each kernel, each row of the table by which kernels are chosen at both of its ends,
 * rows that are aligned and rows that are not, each instruction that a kernel has. What ran is
 * written to {@code target/kernel-coverage.txt}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KernelCoverageTest {
  private static final int LONGEST = 50_000;

  /** A training step with more classes is done by kernels of the softmax family. */
  private static final int MOST_CLASSES_OF_ONE_LAUNCH = 32;

  /** From so many columns on, fewer rows and layouts have to do. */
  private static final int MANY_COLUMNS = 1_030;

  private static final Set<Exercise> SOFTMAX_FAMILY =
      EnumSet.of(
          Exercise.SOFTMAX,
          Exercise.BIAS_SOFTMAX,
          Exercise.LOG_SOFTMAX,
          Exercise.CROSS_ENTROPY,
          Exercise.GRADIENT,
          Exercise.EVALUATION,
          Exercise.EVALUATION_OF_UNKNOWN);

  private static final Set<Exercise> ROW_REDUCTIONS =
      EnumSet.of(Exercise.ROW_MAX, Exercise.ROW_SUM, Exercise.ROW_ARGMAX);

  private static final Set<Exercise> ELEMENTWISE = EnumSet.range(Exercise.EXP, Exercise.FILL);

  /**
   * A row of the table by which kernels are chosen.
   *
   * @param from the fewest columns
   * @param to the most columns
   * @param team threads of a row
   */
  private record Choice(ElementType type, int from, int to, Algorithm algorithm, int team) {
    /** At the lower bound, and around the upper one; the next row has what comes behind it. */
    TreeSet<Integer> columns() {
      TreeSet<Integer> columns = new TreeSet<>(Set.of(from, to));
      // A long row may end anywhere within a pack, and each pack may be a thread's last.
      if (to < LONGEST) {
        columns.add(Math.max(from, to - 1));
      } else {
        columns.addAll(Set.of(from + 1, from + 2));
      }
      if (algorithm == Algorithm.WARP || algorithm == Algorithm.BLOCK) {
        int pack = 16 / type.bytes();
        for (int end = pack - 1; end <= to; end += team * pack) {
          columns.add(Math.max(from, end));
        }
      }
      return columns;
    }
  }

  private static final List<Choice> OF_SOFTMAX_FAMILY =
      List.of(
          new Choice(ElementType.FLOAT32, 1, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT32, 5, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT32, 9, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT32, 17, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT32, 33, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT32, 65, 128, Algorithm.GROUP, 32),
          new Choice(ElementType.FLOAT32, 129, 1024, Algorithm.WARP, 32),
          new Choice(ElementType.FLOAT32, 1025, 2048, Algorithm.BLOCK, 128),
          new Choice(ElementType.FLOAT32, 2049, 4096, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT32, 4097, 16_384, Algorithm.BLOCK, 512),
          new Choice(ElementType.FLOAT32, 16_385, 24_320, Algorithm.SHARED, 1024),
          new Choice(ElementType.FLOAT32, 24_321, LONGEST, Algorithm.LONG, 1024),
          new Choice(ElementType.FLOAT64, 1, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT64, 5, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT64, 9, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT64, 17, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT64, 33, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT64, 65, 128, Algorithm.GROUP, 32),
          new Choice(ElementType.FLOAT64, 129, 512, Algorithm.WARP, 32),
          new Choice(ElementType.FLOAT64, 513, 1024, Algorithm.BLOCK, 128),
          new Choice(ElementType.FLOAT64, 1025, 2048, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT64, 2049, 8192, Algorithm.BLOCK, 512),
          new Choice(ElementType.FLOAT64, 8193, 12_160, Algorithm.SHARED, 1024),
          new Choice(ElementType.FLOAT64, 12_161, LONGEST, Algorithm.LONG, 1024));

  private static final List<Choice> OF_ROW_REDUCTIONS =
      List.of(
          new Choice(ElementType.FLOAT32, 1, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT32, 5, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT32, 9, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT32, 17, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT32, 33, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT32, 65, 1024, Algorithm.GROUP, 32),
          new Choice(ElementType.FLOAT32, 1025, LONGEST, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT64, 1, 2, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT64, 3, 4, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT64, 5, 8, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT64, 9, 16, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT64, 17, 32, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT64, 33, 1024, Algorithm.GROUP, 32),
          new Choice(ElementType.FLOAT64, 1025, LONGEST, Algorithm.BLOCK, 256));

  private static final Pattern NEEDED =
      Pattern.compile("\\b(ld\\.global|st\\.global|ld\\.shared|st\\.shared|shfl|bar)\\b");

  /**
   * How many of them no launch of this backend can reach, kernel by kernel.
   *
   * <p>Of a block's kernels: the single loads of an aligned row that ends within the first or
   * second pack of a thread, as such rows are a warp's. Of the evaluation: what the compiler made
   * for rows without a bias, as the backend always has one. Of the epoch: what it made for a batch
   * without rows, and for a bias of more than 256 classes.
   */
  private static final Map<String, Integer> UNREACHABLE =
      Map.ofEntries(
          Map.entry("softmax_block_f32", 18),
          Map.entry("softmax_block_f64", 4),
          Map.entry("log_softmax_block_f32", 12),
          Map.entry("log_softmax_block_f64", 4),
          Map.entry("cross_entropy_block_f32", 18),
          Map.entry("cross_entropy_block_f64", 4),
          Map.entry("evaluation_block_f32", 18),
          Map.entry("evaluation_block_f64", 4),
          Map.entry("evaluation_warp_f32", 40),
          Map.entry("evaluation_warp_f64", 24),
          Map.entry("evaluation_group_f64", 6),
          Map.entry("training_epoch_f32", 17),
          Map.entry("training_epoch_f64", 17));

  /** Of the operations on single elements, and of the sums of columns: both by their columns. */
  private static final List<Integer> COLUMNS_OF_OTHERS =
      List.of(1, 2, 3, 4, 5, 8, 9, 16, 17, 31, 32, 33, 64, 65, 128, 129, 256, 257, 512, 513, 1030);

  /** What is known of a kernel. */
  private static final class Coverage {
    private final BitSet lines = new BitSet();
    private final TreeSet<Integer> rows = new TreeSet<>();
    private final TreeSet<Integer> columns = new TreeSet<>();
    private final TreeSet<Integer> threads = new TreeSet<>();
    private final TreeSet<Integer> lanes = new TreeSet<>();
    private final Set<Layout> layouts = EnumSet.noneOf(Layout.class);
    private int launches;
  }

  private final InterpretedGpu gpu = new InterpretedGpu();
  private final Map<String, Coverage> coverages = new HashMap<>();
  private final List<String> wrongNumbers = new ArrayList<>();
  private final List<String> wrongChoices = new ArrayList<>();

  @BeforeAll
  void runEverything() throws IOException {
    try (Backend backend =
        new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu)) {
      for (Choice choice : OF_SOFTMAX_FAMILY) {
        runChoice(backend, choice, SOFTMAX_FAMILY);
        if (choice.from > MOST_CLASSES_OF_ONE_LAUNCH) {
          runChoice(backend, choice, EnumSet.of(Exercise.TRAINING_STEP));
        }
      }
      OF_ROW_REDUCTIONS.forEach(choice -> runChoice(backend, choice, ROW_REDUCTIONS));
      for (ElementType type : ElementType.values()) {
        runOthers(backend, type);
        runTraining(backend, type);
      }
    }
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target", "kernel-coverage.txt"), table());
  }

  private void runChoice(Backend backend, Choice choice, Set<Exercise> exercises) {
    for (int columns : choice.columns()) {
      boolean few = columns < MANY_COLUMNS;
      boolean thorough = few || columns <= choice.from + 1 || columns == choice.to - 1;
      int rows = few ? 5 : thorough ? 2 : 1;
      for (Layout layout : thorough ? EnumSet.allOf(Layout.class) : Set.of(Layout.ALIGNED)) {
        for (Exercise exercise : exercises) {
          List<InterpretedGpu.Run> runs =
              run(backend, exercise, choice.type, rows, columns, layout);
          requireChoice(choice, exercise, columns, firstOfRows(runs));
        }
      }
    }
  }

  /** A training step first puts its learning rate on the device. */
  private static InterpretedGpu.Run firstOfRows(List<InterpretedGpu.Run> runs) {
    return runs.stream().filter(run -> !run.kernel().startsWith("fill_")).findFirst().orElseThrow();
  }

  private void requireChoice(
      Choice choice, Exercise exercise, int columns, InterpretedGpu.Run run) {
    int team =
        choice.algorithm == Algorithm.GROUP
            ? lastInteger(run)
            : choice.algorithm == Algorithm.WARP ? 32 : run.size().threadsX();
    String suffix = "_" + choice.algorithm.name().toLowerCase(Locale.ROOT) + "_";
    if (team != choice.team || !run.kernel().contains(suffix)) {
      wrongChoices.add(
          String.format(
              Locale.ROOT,
              "%s of %s with %d columns ran as %s with %d threads a row, wanted %s",
              exercise,
              choice.type,
              columns,
              run.kernel(),
              team,
              choice));
    }
  }

  private void runOthers(Backend backend, ElementType type) {
    for (int columns : COLUMNS_OF_OTHERS) {
      for (Layout layout : Layout.values()) {
        ELEMENTWISE.forEach(exercise -> run(backend, exercise, type, 5, columns, layout));
        run(backend, Exercise.COLUMN_SUM, type, 5, columns, layout);
      }
    }
    // Slabs of rows, whose sums a second launch adds up.
    run(backend, Exercise.COLUMN_SUM, type, 4000, 3, Layout.UNALIGNED);
    run(backend, Exercise.COLUMN_SUM, type, 300, 40, Layout.ALIGNED);
  }

  private void runTraining(Backend backend, ElementType type) {
    for (Layout layout : Layout.values()) {
      for (int columns : new int[] {1, 2, 3, 31, 32}) {
        run(backend, Exercise.TRAINING_EPOCH, type, 8, columns, layout);
      }
      run(backend, Exercise.TRAINING_EPOCH, type, 1, 3, layout);
      run(backend, Exercise.TRAINING_STEP, type, 80, 33, layout);
    }
    run(backend, Exercise.TRAINING_EPOCH, type, 900, 3, Layout.ALIGNED);
    run(backend, Exercise.TRAINING_EPOCH, type, 1000, 5, Layout.ALIGNED);
  }

  /** The launches that it took. */
  private List<InterpretedGpu.Run> run(
      Backend backend, Exercise exercise, ElementType type, int rows, int columns, Layout layout) {
    int before = gpu.runs().size();
    try (Trial trial = new Trial(backend, type, rows, columns, layout)) {
      exercise.run(trial);
      trial
          .differences()
          .forEach(
              difference ->
                  wrongNumbers.add(
                      String.format(
                          Locale.ROOT,
                          "%s of %s, %d x %d, %s: %s",
                          exercise,
                          type,
                          rows,
                          columns,
                          layout,
                          difference)));
    }
    List<InterpretedGpu.Run> runs = gpu.runs();
    runs = runs.subList(before, runs.size());
    for (InterpretedGpu.Run run : runs) {
      Coverage coverage = coverages.computeIfAbsent(run.kernel(), name -> new Coverage());
      coverage.lines.or(run.report().lines());
      coverage.rows.add(rows);
      coverage.columns.add(columns);
      coverage.threads.add(run.size().threadsX());
      coverage.layouts.add(layout);
      if (run.kernel().contains("_group_")) {
        coverage.lanes.add(lastInteger(run));
      }
      coverage.launches++;
    }
    return runs;
  }

  private static int lastInteger(InterpretedGpu.Run run) {
    ByteBuffer arguments = run.arguments();
    return arguments.getInt(arguments.limit() - Integer.BYTES);
  }

  private String table() {
    StringBuilder table = new StringBuilder();
    String row = "%-26s %-8s %-7s %9s %-14s %-16s %-22s %8s  %s%n";
    table.append(
        row.formatted(
            "kernel",
            "type",
            "algo",
            "rows",
            "columns",
            "lanes of a row",
            "threads of a block",
            "launches",
            "instructions"));
    Map<String, BitSet> instructions = instructions();
    for (CudaKernel kernel : CudaKernel.all()) {
      Coverage of = coverages.getOrDefault(kernel.name(), new Coverage());
      table.append(
          row.formatted(
              kernel.name(),
              kernel.type(),
              kernel.algorithm(),
              range(of.rows),
              range(of.columns),
              list(of.lanes),
              list(of.threads),
              of.launches,
              of.lines.cardinality() + " of " + instructions.get(kernel.name()).cardinality()));
    }
    return table.toString();
  }

  private static String range(SortedSet<Integer> numbers) {
    return numbers.isEmpty() ? "-" : numbers.first() + ".." + numbers.last();
  }

  private static String list(Set<Integer> numbers) {
    return numbers.isEmpty()
        ? "-"
        : numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static String ptx(String module) {
    try (InputStream ptx = CudaBackend.class.getResourceAsStream(module + ".ptx")) {
      return new String(ptx.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** For each kernel the lines at which it has instructions. */
  private static Map<String, BitSet> instructions() {
    Map<String, BitSet> instructions = new TreeMap<>();
    for (String module : modules()) {
      PtxModule parsed = PtxModule.parse(ptx(module));
      parsed.kernels().forEach(kernel -> instructions.put(kernel, parsed.lines(kernel)));
    }
    return instructions;
  }

  private static Set<String> modules() {
    return CudaKernel.all().stream()
        .map(CudaKernel::operation)
        .map(Operation::module)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyNumberIsRight() {
    assertEquals(List.of(), wrongNumbers);
  }

  @Test
  void everyKernelOfEveryModuleRan() {
    Set<String> missed = new TreeSet<>(instructions().keySet());
    missed.removeAll(coverages.keySet());

    assertEquals(Set.of(), missed, "kernels that never ran");
  }

  @Test
  void theRowLengthChoosesAsTheTableSays() {
    assertEquals(List.of(), wrongChoices);
  }

  /** Both tables have a row for every number of columns. */
  @Test
  void theTableHasNoGaps() {
    for (List<Choice> table : List.of(OF_SOFTMAX_FAMILY, OF_ROW_REDUCTIONS)) {
      for (ElementType type : ElementType.values()) {
        int next = 1;
        for (Choice choice : table.stream().filter(c -> c.type == type).toList()) {
          assertEquals(next, choice.from);
          next = choice.to + 1;
        }
        assertEquals(LONGEST + 1, next);
      }
    }
  }

  /** By packs and by single elements, as a row is aligned or not. */
  @Test
  void everyLoadStoreShuffleAndBarrierRan() {
    List<String> missed = new ArrayList<>();
    for (String module : modules()) {
      String[] lines = ptx(module).split("\n", -1);
      PtxModule parsed = PtxModule.parse(ptx(module));
      for (String kernel : new TreeSet<>(parsed.kernels())) {
        BitSet never = parsed.lines(kernel);
        never.andNot(coverages.getOrDefault(kernel, new Coverage()).lines);
        List<String> ofKernel =
            never.stream()
                .filter(line -> NEEDED.matcher(lines[line - 1]).find())
                .mapToObj(line -> kernel + ", line " + line + ": " + lines[line - 1].strip())
                .toList();
        if (ofKernel.size() != UNREACHABLE.getOrDefault(kernel, 0)) {
          missed.addAll(ofKernel);
        }
      }
    }

    assertEquals("", String.join("\n", missed));
  }
}
