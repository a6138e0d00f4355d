package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.interpreter.PtxModule;
import io.rowwise.backend.cuda.kernel.Algorithm;
import io.rowwise.backend.cuda.kernel.CudaKernel;
import io.rowwise.backend.cuda.kernel.Layout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
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
  private static final int LONGEST = 70_000;

  /** The kernels have some for themselves. */
  private static final int SHARED_BYTES_OF_A_ROW = InterpretedGpu.SHARED_BYTES - 1024;

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
          Exercise.EVALUATION_OF_UNKNOWN,
          Exercise.CLASS_OBJECTIVE,
          Exercise.CLASS_GRADIENT,
          Exercise.CLASS_EVALUATION);

  /** What is new about these is a number a row, so that one number of columns has to do. */
  private static final Set<Exercise> OF_A_NUMBER_A_ROW =
      EnumSet.of(
          Exercise.CLASS_CROSS_ENTROPY,
          Exercise.WEIGHTED_GRADIENT,
          Exercise.WEIGHTED_EVALUATION,
          Exercise.WEIGHTED_CLASS_GRADIENT,
          Exercise.WEIGHTED_CLASS_EVALUATION);

  /** Gradients and losses, and each with weights, where numbers a row are read. */
  private static final Set<Exercise> HALVES =
      EnumSet.of(
          Exercise.SOFTMAX,
          Exercise.LOG_SOFTMAX,
          Exercise.WEIGHTED_GRADIENT,
          Exercise.WEIGHTED_CLASS_GRADIENT);

  private static final Set<Exercise> MEMORY_ROWS =
      EnumSet.of(
          Exercise.ROW_MAX,
          Exercise.ROW_SUM,
          Exercise.ROW_ARGMAX,
          Exercise.MASKED_SOFTMAX,
          Exercise.LOG_SUM_EXP,
          Exercise.RMS_NORM,
          Exercise.TOP_K);

  private static final Set<Exercise> ELEMENTWISE = EnumSet.range(Exercise.EXP, Exercise.FILL);

  /**
   * A row of the table by which kernels are chosen.
   *
   * @param from the fewest columns
   * @param to the most columns
   * @param team threads of a row
   */
  private record Choice(
      ElementType type, Layout layout, int from, int to, Algorithm algorithm, int team) {
    private int pack() {
      return 16 / type.computedIn().bytes();
    }

    /** From one number of columns to the next that such rows may have. */
    int step() {
      return layout == Layout.PACKS ? pack() : 1;
    }

    /** At the lower bound, and around the upper one; the next row has what comes behind it. */
    TreeSet<Integer> columns() {
      TreeSet<Integer> columns = new TreeSet<>(List.of(from, to));
      // A long row may end anywhere within a pack, and each pack may be a thread's last.
      if (to < LONGEST) {
        columns.add(Math.max(from, to - step()));
      } else {
        columns.addAll(Set.of(from + step(), from + 2 * step()));
      }
      if (algorithm == Algorithm.PREFETCHED) {
        // Its threads' loops take four packs at a time: that leaves some two, and others three.
        columns.add(from + 5 * team * pack() / 2);
      }
      return columns;
    }

    /** For operations and types that have no kernel by this algorithm. */
    Choice withoutPrefetching(int columns) {
      return columns * type.bytes() <= SHARED_BYTES_OF_A_ROW
          ? new Choice(type, layout, from, to, Algorithm.SHARED, 1024)
          : new Choice(type, layout, from, to, Algorithm.LONG, 512);
    }

    /**
     * So many that some blocks have more than one, where rows are prefetched.
     *
     * @param columns that each has
     * @param thorough whether it may take longer
     */
    int rows(int columns, boolean thorough) {
      return algorithm == Algorithm.PREFETCHED && columns != to ? 10 : thorough ? 2 : 1;
    }

    /** Where rows of so many columns may start, so that they are touched like this. */
    Set<Trial.Layout> places(int columns) {
      boolean wholePacks = columns % pack() == 0;
      return switch (layout) {
        case ANY -> EnumSet.allOf(Trial.Layout.class);
        case PACKS -> EnumSet.of(Trial.Layout.ALIGNED, Trial.Layout.GAPLESS);
        case ELEMENTS ->
            wholePacks ? EnumSet.of(Trial.Layout.UNALIGNED) : EnumSet.allOf(Trial.Layout.class);
      };
    }
  }

  private static final List<Choice> OF_SOFTMAX_FAMILY =
      List.of(
          new Choice(ElementType.FLOAT32, Layout.PACKS, 4, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 8, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 12, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 20, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 36, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 68, 256, Algorithm.WARP, 8),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 260, 512, Algorithm.WARP, 16),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 516, 1024, Algorithm.WARP, 32),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 1028, 2048, Algorithm.BLOCK, 64),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 2052, 4096, Algorithm.BLOCK, 128),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 4100, 8192, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 8196, 16_384, Algorithm.BLOCK, 512),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 16_388, 16_768, Algorithm.SHARED, 1024),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 16_772, 67_072, Algorithm.PREFETCHED, 1024),
          new Choice(ElementType.FLOAT32, Layout.PACKS, 67_076, LONGEST, Algorithm.LONG, 512),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 1, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 5, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 9, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 17, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 33, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 65, 128, Algorithm.WARP, 8),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 129, 256, Algorithm.WARP, 16),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 257, 512, Algorithm.WARP, 32),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 513, 1024, Algorithm.BLOCK, 64),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 1025, 2048, Algorithm.BLOCK, 128),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 2049, 4096, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 4097, 8192, Algorithm.BLOCK, 512),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 8193, 16_384, Algorithm.SHARED, 512),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 16_385, 32_768, Algorithm.SHARED, 1024),
          new Choice(ElementType.FLOAT32, Layout.ELEMENTS, 32_769, LONGEST, Algorithm.LONG, 512),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 2, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 6, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 10, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 18, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 34, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 66, 128, Algorithm.WARP, 8),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 130, 256, Algorithm.WARP, 16),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 258, 512, Algorithm.WARP, 32),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 514, 1024, Algorithm.BLOCK, 64),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 1026, 2048, Algorithm.BLOCK, 128),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 2050, 4096, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 4098, 8192, Algorithm.BLOCK, 512),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 8194, 8384, Algorithm.SHARED, 1024),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 8386, 33_536, Algorithm.PREFETCHED, 512),
          new Choice(ElementType.FLOAT64, Layout.PACKS, 33_538, LONGEST, Algorithm.LONG, 512),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 1, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 5, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 9, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 17, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 33, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 65, 128, Algorithm.WARP, 16),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 129, 256, Algorithm.WARP, 32),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 257, 512, Algorithm.BLOCK, 64),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 513, 1024, Algorithm.BLOCK, 128),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 1025, 2048, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 2049, 4096, Algorithm.BLOCK, 512),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 4097, 8192, Algorithm.SHARED, 512),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 8193, 16_384, Algorithm.SHARED, 1024),
          new Choice(ElementType.FLOAT64, Layout.ELEMENTS, 16_385, LONGEST, Algorithm.LONG, 512));

  private static final List<Choice> OF_MEMORY_ROWS =
      List.of(
          new Choice(ElementType.FLOAT32, Layout.ANY, 1, 4, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT32, Layout.ANY, 5, 8, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT32, Layout.ANY, 9, 16, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT32, Layout.ANY, 17, 32, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT32, Layout.ANY, 33, 64, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT32, Layout.ANY, 65, 1024, Algorithm.GROUP, 32),
          new Choice(ElementType.FLOAT32, Layout.ANY, 1025, LONGEST, Algorithm.BLOCK, 256),
          new Choice(ElementType.FLOAT64, Layout.ANY, 1, 2, Algorithm.GROUP, 1),
          new Choice(ElementType.FLOAT64, Layout.ANY, 3, 4, Algorithm.GROUP, 2),
          new Choice(ElementType.FLOAT64, Layout.ANY, 5, 8, Algorithm.GROUP, 4),
          new Choice(ElementType.FLOAT64, Layout.ANY, 9, 16, Algorithm.GROUP, 8),
          new Choice(ElementType.FLOAT64, Layout.ANY, 17, 32, Algorithm.GROUP, 16),
          new Choice(ElementType.FLOAT64, Layout.ANY, 33, 1024, Algorithm.GROUP, 32),
          new Choice(ElementType.FLOAT64, Layout.ANY, 1025, LONGEST, Algorithm.BLOCK, 256));

  private static final Pattern NEEDED =
      Pattern.compile(
          "\\b(ld\\.global|st\\.global|ld\\.shared|st\\.shared|cp\\.async|shfl|bar)\\b");

  /**
   * How many of them no launch of this backend can reach, kernel by kernel.
   *
   * <p>Of a block's kernels: the single loads of an aligned row that ends within the first or
   * second pack of a thread, as such rows are a warp's. Of the evaluation: what the compiler made
   * for rows without a bias, as the backend always has one. Of the epoch: what it made for a batch
   * without rows, for a grid without blocks or features, and for a bias of more than 256 classes.
   * Of the shares: where all rows count once, nobody asks for them. Of sparse rows: fewer than four
   * threads for each column.
   */
  private static final Map<String, Integer> UNREACHABLE =
      Map.ofEntries(
          Map.entry("training_epoch_f32", 17),
          Map.entry("training_epoch_f64", 17),
          Map.entry("sparse_product_block_f32", 6),
          Map.entry("sparse_product_block_f64", 6),
          Map.entry("training_grid_f32", 38),
          Map.entry("training_grid_f64", 38),
          Map.entry("training_shares_f32", 5),
          Map.entry("training_shares_f64", 5));

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
    private final Set<Trial.Layout> layouts = EnumSet.noneOf(Trial.Layout.class);
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
        for (Exercise exercise : OF_A_NUMBER_A_ROW) {
          Trial.Layout place = Collections.max(choice.places(choice.from));
          int rows = choice.from < MANY_COLUMNS ? 5 : choice.rows(choice.from, true);
          run(backend, exercise, choice.type, rows, choice.from, place);
        }
        if (choice.from > MOST_CLASSES_OF_ONE_LAUNCH) {
          runChoice(backend, choice, EnumSet.of(Exercise.TRAINING_STEP));
        }
      }
      OF_SOFTMAX_FAMILY.stream()
          .filter(choice -> choice.type == ElementType.FLOAT32)
          .forEach(choice -> runHalves(backend, choice));
      OF_MEMORY_ROWS.forEach(choice -> runChoice(backend, choice, MEMORY_ROWS));
      for (ElementType type : ElementType.arithmetic()) {
        runOthers(backend, type);
        runTraining(backend, type);
      }
      for (ElementType type : ElementType.values()) {
        for (int columns : new int[] {1, 3, 4, 5, 33, 129, 1030}) {
          for (Trial.Layout layout : Trial.Layout.values()) {
            run(backend, Exercise.CONVERT, type, 5, columns, layout);
          }
        }
      }
    }
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target", "kernel-coverage.txt"), table());
  }

  private void runChoice(Backend backend, Choice choice, Set<Exercise> exercises) {
    for (int columns : choice.columns()) {
      boolean few = columns < MANY_COLUMNS;
      boolean thorough = few || columns <= choice.from + 1 || columns == choice.to - 1;
      int rows = few ? 5 : choice.rows(columns, thorough);
      Set<Trial.Layout> places = choice.places(columns);
      if (!thorough) {
        places = Set.of(Collections.min(places));
      }
      for (Trial.Layout layout : places) {
        for (Exercise exercise : exercises) {
          List<InterpretedGpu.Run> runs =
              run(backend, exercise, choice.type, rows, columns, layout);
          requireChoice(choice, exercise, columns, firstOfRows(runs));
        }
      }
    }
  }

  /**
   * Rows of 16 bits, which are dealt to threads as those of float32 are: so one number of columns
   * of each choice has to do.
   */
  private void runHalves(Backend backend, Choice ofFloats) {
    int columns = ofFloats.to < LONGEST ? ofFloats.to : ofFloats.from + 2 * ofFloats.step();
    int rows = columns < MANY_COLUMNS ? 5 : 1;
    Trial.Layout place = Collections.max(ofFloats.places(columns));
    for (ElementType type : List.of(ElementType.BFLOAT16, ElementType.FLOAT16)) {
      String suffix = type == ElementType.BFLOAT16 ? "_bf16" : "_f16";
      for (Exercise exercise : HALVES) {
        InterpretedGpu.Run ofRows =
            run(backend, exercise, type, rows, columns, place).stream()
                .filter(run -> run.kernel().endsWith(suffix))
                .findFirst()
                .orElseThrow();
        requireChoice(ofFloats, exercise, columns, ofRows);
      }
    }
  }

  /** A training step first puts its learning rate on the device. */
  private static InterpretedGpu.Run firstOfRows(List<InterpretedGpu.Run> runs) {
    return runs.stream().filter(run -> !run.kernel().startsWith("fill_")).findFirst().orElseThrow();
  }

  private void requireChoice(Choice table, Exercise exercise, int columns, InterpretedGpu.Run run) {
    String prefetched = run.kernel().replaceFirst("_(shared|long)_", "_prefetched_");
    boolean isThere = CudaKernel.all().stream().anyMatch(k -> k.name().equals(prefetched));
    Choice choice =
        table.algorithm == Algorithm.PREFETCHED && !isThere
            ? table.withoutPrefetching(columns)
            : table;
    int team =
        choice.algorithm == Algorithm.GROUP || choice.algorithm == Algorithm.WARP
            ? 1 << lastInteger(run)
            : run.size().threadsX();
    String suffix = "_" + choice.algorithm.name().toLowerCase(Locale.ROOT) + "_";
    if (choice.layout != Layout.ANY) {
      suffix += choice.layout.name().toLowerCase(Locale.ROOT) + "_";
    }
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
      for (Trial.Layout layout : Trial.Layout.values()) {
        ELEMENTWISE.forEach(exercise -> run(backend, exercise, type, 5, columns, layout));
        run(backend, Exercise.COLUMN_SUM, type, 5, columns, layout);
      }
    }
    // A thread has several packs of a run.
    run(backend, Exercise.COPY, type, 5, 4096, Trial.Layout.GAPLESS);
    // Slabs of rows, whose sums a second launch adds up.
    run(backend, Exercise.COLUMN_SUM, type, 4000, 3, Trial.Layout.UNALIGNED);
    run(backend, Exercise.COLUMN_SUM, type, 300, 40, Trial.Layout.ALIGNED);
  }

  private void runTraining(Backend backend, ElementType type) {
    for (int columns : new int[] {1, 3, 10, 32, 70}) {
      run(backend, Exercise.SPARSE_PRODUCT, type, 9, columns, Trial.Layout.UNALIGNED);
      run(backend, Exercise.SPARSE_PRODUCT, type, 600, columns, Trial.Layout.ALIGNED);
    }
    for (Trial.Layout layout : Trial.Layout.values()) {
      for (int columns : new int[] {1, 2, 3, 31, 32}) {
        run(backend, Exercise.TRAINING_EPOCH, type, 8, columns, layout);
      }
      run(backend, Exercise.TRAINING_EPOCH, type, 1, 3, layout);
      run(backend, Exercise.TRAINING_STEP, type, 80, 33, layout);
    }
    for (Exercise exercise :
        EnumSet.of(Exercise.CLASS_EPOCH, Exercise.WEIGHTED_EPOCH, Exercise.WEIGHTED_CLASS_EPOCH)) {
      run(backend, exercise, type, 8, 3, Trial.Layout.UNALIGNED);
      run(backend, exercise, type, 80, 31, Trial.Layout.ALIGNED);
      // A thread has several rows of a batch.
      run(backend, exercise, type, 900, 3, Trial.Layout.ALIGNED);
      run(backend, exercise, type, 4000, 5, Trial.Layout.ALIGNED);
    }
    // Batches of 10 rows, of which the last is smaller, and of 159.
    run(backend, Exercise.GRID_EPOCH, type, 25, 32, Trial.Layout.ALIGNED);
    run(backend, Exercise.GRID_EPOCH, type, 400, 2, Trial.Layout.UNALIGNED);
    run(backend, Exercise.WEIGHTED_GRID_EPOCH, type, 25, 31, Trial.Layout.MIXED);
    run(backend, Exercise.TRAINING_EPOCH, type, 900, 3, Trial.Layout.ALIGNED);
    run(backend, Exercise.TRAINING_EPOCH, type, 1000, 5, Trial.Layout.ALIGNED);
  }

  /** The launches that it took. */
  private List<InterpretedGpu.Run> run(
      Backend backend,
      Exercise exercise,
      ElementType type,
      int rows,
      int columns,
      Trial.Layout layout) {
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
      if (run.kernel().contains("_group_") || run.kernel().contains("_warp_")) {
        coverage.lanes.add(1 << lastInteger(run));
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
    String row = "%-36s %-8s %-7s %9s %-14s %-16s %-22s %8s  %s%n";
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
        .map(CudaKernel::module)
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
    for (List<Choice> table : List.of(OF_SOFTMAX_FAMILY, OF_MEMORY_ROWS)) {
      for (ElementType type : ElementType.arithmetic()) {
        for (Layout layout : Layout.values()) {
          int end = 0;
          for (Choice choice :
              table.stream().filter(c -> c.type == type && c.layout == layout).toList()) {
            assertEquals(end + choice.step(), choice.from);
            end = choice.to;
          }
          assertTrue(end == 0 || end == LONGEST, () -> type + " " + layout);
        }
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
