package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.Trial.Layout;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.interpreter.KernelFault;
import io.rowwise.backend.cuda.interpreter.PtxModule;
import io.rowwise.backend.cuda.kernel.Algorithm;
import io.rowwise.backend.cuda.kernel.CudaKernel;
import io.rowwise.backend.cuda.kernel.Operation;
import io.rowwise.backend.cuda.kernel.TestExtent;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Breaks the kernels that ship, one instruction at a time, and asks whether anybody would notice:
 * the interpreter by a fault, or a comparison with plain Java by a wrong number. Of each kernel and
 * each {@link Mutation} some instructions are taken, always the same ones; of one kernel in five,
 * unless {@code -Pwhole} asks for all. What became of them is written to {@code
 * target/broken-kernels.txt}.
 *
 * <p>What changes the last bits of a result, or how a kernel touches memory, counts as noticed: it
 * is compared with what the sound kernel does. Only bits that stay the same need a reason, which is
 * in {@code allowed-survivors.txt}.
 */
final class BrokenKernelsTest {
  /** Instructions that are broken in each way, in a kernel that is quick and in one that is not. */
  private static final int OF_QUICK_KERNEL = 2;

  private static final int OF_SLOW_KERNEL = 1;

  /** One in so many kernels is broken, unless {@code -Pwhole} asks for all. */
  private static final int SAMPLING = 9;

  /** With this little shared memory, what is too long for a block's registers is read again. */
  private static final int LITTLE_SHARED_BYTES = 2 << 10;

  private static final long NO_LIMIT = 4_000_000_000L;

  /** An exercise on a shape. */
  private record Check(Exercise exercise, int rows, int columns, Layout layout) {}

  private record Mutant(CudaKernel kernel, Mutation mutation, int line, String was, String is) {
    /** As it is written among the allowed survivors. */
    String key() {
      return "%s %s %s".formatted(kernel.name(), mutation, was.strip().replaceAll("\\s+", " "));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%s, line %d, %s: %s", kernel.name(), line, mutation, was.strip());
    }
  }

  private final Map<String, String> texts = new HashMap<>();
  private final Map<String, PtxModule> parsed = new HashMap<>();
  private final Map<Mutation, Map<String, Integer>> ends = new TreeMap<>();
  private final List<Mutant> survivors = new ArrayList<>();

  private static List<Check> checks(CudaKernel kernel) {
    boolean quick = isQuick(kernel);
    boolean packs = isOfPacks(kernel);
    int columns = columns(kernel);
    List<Check> checks = new ArrayList<>();
    for (Exercise exercise : Exercise.of(kernel.operation(), kernel.type()).toList()) {
      if (kernel.operation() == Operation.TRAINING_GRID) {
        // With fewer products a batch it is a kernel of its own.
        checks.add(new Check(exercise, 25, 32, Layout.ALIGNED));
      } else if (exercise == Exercise.TRAINING_STEP) {
        if (kernel.operation() != Operation.COLUMN_SUM) {
          // With fewer classes it is a kernel of its own.
          int classes = Math.max(columns, packs ? 36 : 35);
          checks.add(new Check(exercise, quick ? 40 : 1, classes, Layout.ALIGNED));
        }
      } else if (kernel.operation() != Operation.COLUMN_SUM || exercise == Exercise.COLUMN_SUM) {
        Layout first = packs ? Layout.GAPLESS : Layout.UNALIGNED;
        // Of rows that are prefetched a block has two.
        int rows = kernel.algorithm() == Algorithm.PREFETCHED ? 9 : quick ? 5 : 1;
        checks.add(new Check(exercise, rows, columns, first));
        int shorter = packs ? columns - 4 : looksForPacks(kernel) ? columns - 3 : columns - 2;
        checks.add(new Check(exercise, quick ? 3 : 1, shorter, Layout.GAPLESS));
        if (kernel.algorithm() == Algorithm.ONLY) {
          checks.add(new Check(exercise, 300, 32, Layout.ALIGNED));
        } else if (kernel.algorithm() == Algorithm.GROUP) {
          checks.add(new Check(exercise, 9, packs ? 40 : 41, Layout.ALIGNED));
        } else if (kernel.algorithm() != Algorithm.RUN) {
          int longer = packs ? columns + 4 : columns + 2;
          if (kernel.algorithm() == Algorithm.PREFETCHED) {
            // Five packs of a thread or more are not in shared memory.
            longer = 3 * columns;
          }
          checks.add(new Check(exercise, quick ? 3 : 1, longer, Layout.ALIGNED));
        }
      }
    }
    return checks;
  }

  /** Whether it takes rows of whole packs and no others. */
  private static boolean isOfPacks(CudaKernel kernel) {
    return kernel.layout() == io.rowwise.backend.cuda.kernel.Layout.PACKS
        || kernel.algorithm() == Algorithm.RUN;
  }

  /** Whether it finds out by itself that a row is of whole packs. */
  private static boolean looksForPacks(CudaKernel kernel) {
    return kernel.layout() == io.rowwise.backend.cuda.kernel.Layout.ANY
        && kernel.algorithm() != Algorithm.ONLY;
  }

  /** Columns of a row for which the kernel is chosen, as it is for a few more or less. */
  private static int columns(CudaKernel kernel) {
    int pack = 16 / kernel.type().computedIn().bytes();
    int columns =
        switch (kernel.algorithm()) {
          case ONLY, GROUP -> 8;
          case RUN -> 512 * pack;
          case WARP -> 132;
          case BLOCK -> 1032;
          case SHARED, LONG -> 4096 * pack + 8;
          case PREFETCHED -> 4608 * pack + 8;
        };
    return isOfPacks(kernel) ? columns : columns - 1;
  }

  /** For what is not noticed at first: more rows, and rows that end elsewhere. */
  private static List<Check> moreChecks(CudaKernel kernel) {
    boolean packs = isOfPacks(kernel);
    Layout mixed = packs ? Layout.ALIGNED : Layout.MIXED;
    List<Check> more = new ArrayList<>();
    for (Check check : checks(kernel)) {
      boolean few = check.columns < 1000;
      int longest = longest(kernel);
      if (longest > 0) {
        int rowsOfLongest = kernel.algorithm() == Algorithm.GROUP ? 40 : 3;
        more.add(new Check(check.exercise, rowsOfLongest, longest, mixed));
      }
      // Odd, so that a run is not one of whole packs.
      int rows = few ? Math.max(41, check.rows) : isQuick(kernel) ? 10 : Math.max(5, check.rows);
      more.add(new Check(check.exercise, rows, check.columns, check.layout));
      if (few) {
        more.add(new Check(check.exercise, rows, check.columns + 4, mixed));
        Layout other = kernel.algorithm() == Algorithm.ONLY ? Layout.UNALIGNED : Layout.GAPLESS;
        more.add(new Check(check.exercise, rows, check.columns + 20, other));
      }
    }
    return more;
  }

  /** Columns of which each thread has all the packs that it can hold, or 0. */
  private static int longest(CudaKernel kernel) {
    int pack = 16 / kernel.type().computedIn().bytes();
    int longest =
        switch (kernel.algorithm()) {
          case WARP -> isOfPacks(kernel) ? 256 * pack : 128 * pack;
          case BLOCK -> isOfPacks(kernel) ? 4096 * pack : 2048 * pack;
          // Of the softmax family such a row is a warp's; here a lane has several packs.
          case GROUP -> looksForPacks(kernel) ? 1024 : 0;
          case ONLY, RUN, SHARED, PREFETCHED, LONG -> 0;
        };
    return isOfPacks(kernel) ? longest : Math.max(0, longest - 1);
  }

  private static boolean isQuick(CudaKernel kernel) {
    return switch (kernel.algorithm()) {
      case SHARED, PREFETCHED, LONG -> false;
      default -> true;
    };
  }

  private String text(String module) {
    return texts.computeIfAbsent(
        module,
        name -> {
          try (InputStream ptx = CudaBackend.class.getResourceAsStream(name + ".ptx")) {
            return new String(ptx.readAllBytes(), StandardCharsets.US_ASCII);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private PtxModule whole(String ptx) {
    return parsed.computeIfAbsent(ptx, PtxModule::parse);
  }

  private static InterpretedGpu gpu(
      CudaKernel kernel, long limit, Function<String, PtxModule> loader) {
    boolean isLong = kernel.algorithm() == Algorithm.LONG;
    return new InterpretedGpu(
        isLong ? LITTLE_SHARED_BYTES : InterpretedGpu.SHARED_BYTES, limit, loader);
  }

  /** Does what is to be checked, and tells the first thing that is wrong, or null. */
  private static String firstDifference(
      InterpretedGpu gpu, ElementType type, List<Check> checks, List<double[]> results) {
    Device device = new Device("cuda:0", "interpreter", 1L << 30, Map.of());
    try (Backend backend = new CudaBackend(device, gpu)) {
      for (Check check : checks) {
        try (Trial trial = new Trial(backend, type, check.rows, check.columns, check.layout)) {
          check.exercise.run(trial);
          results.addAll(trial.results());
          List<String> differences = trial.differences();
          if (!differences.isEmpty()) {
            return check + ": " + differences.get(0);
          }
        }
      }
    }
    return null;
  }

  /** Breaks what runs, so that each mutant could be noticed. */
  private void breakKernel(CudaKernel kernel) {
    String text = text(kernel.module());
    Sound sound = new Sound(kernel, checks(kernel));
    Sound more = null;
    String[] all = text.split("\n", -1);
    for (Mutant mutant : mutants(kernel, all, sound.lines)) {
      PtxModule module = PtxModule.parse(only(sound.launched, all, mutant));
      Function<String, PtxModule> loader = ptx -> ptx.equals(text) ? module : whole(ptx);
      String end = sound.end(loader);
      if (end.equals(SURVIVED)) {
        more = more == null ? new Sound(kernel, moreChecks(kernel)) : more;
        end = more.end(loader);
      }
      ends.computeIfAbsent(mutant.mutation, key -> new TreeMap<>()).merge(end, 1, Integer::sum);
      if (end.equals(SURVIVED)) {
        survivors.add(mutant);
      }
    }
  }

  private static final String SURVIVED = "survived";

  /** What a kernel does in some checks as long as nobody breaks it. */
  private final class Sound {
    private final CudaKernel kernel;
    private final List<Check> checks;
    private final List<double[]> results = new ArrayList<>();
    private final List<List<Long>> traffic;
    private final Set<String> launched = new TreeSet<>();

    /** Of the module's text, those that ran. */
    private final BitSet lines = new BitSet();

    private long instructions;

    Sound(CudaKernel kernel, List<Check> checks) {
      this.kernel = kernel;
      this.checks = checks;
      InterpretedGpu gpu = gpu(kernel, NO_LIMIT, BrokenKernelsTest.this::whole);
      assertEquals(null, firstDifference(gpu, kernel.type(), checks, results), kernel.name());
      for (InterpretedGpu.Run run : gpu.runs()) {
        launched.add(run.kernel());
        instructions = Math.max(instructions, run.report().instructions());
        if (run.kernel().equals(kernel.name())) {
          lines.or(run.report().lines());
        }
      }
      assertTrue(launched.contains(kernel.name()), kernel.name() + " did not run: " + launched);
      this.traffic = traffic(gpu);
    }

    /** How a mutant ends in these checks. */
    String end(Function<String, PtxModule> loader) {
      // Enough for whoever goes another way, and soon over for whoever goes on for ever.
      InterpretedGpu gpu = gpu(kernel, 2 * instructions + 1_000_000, loader);
      List<double[]> actual = new ArrayList<>();
      try {
        if (firstDifference(gpu, kernel.type(), checks, actual) != null) {
          return "wrong number";
        }
      } catch (KernelFault e) {
        return e.kind().toString();
      }
      for (int i = 0; i < results.size(); i++) {
        if (!Arrays.equals(results.get(i), actual.get(i))) {
          return "rounded otherwise";
        }
      }
      return traffic(gpu).equals(traffic) ? SURVIVED : "other traffic";
    }
  }

  /** How much each launch reads, writes and with how many accesses. */
  private static List<List<Long>> traffic(InterpretedGpu gpu) {
    return gpu.runs().stream()
        .map(InterpretedGpu.Run::report)
        .map(of -> List.of(of.bytesRead(), of.bytesWritten(), of.accesses()))
        .toList();
  }

  private static List<Mutant> mutants(CudaKernel kernel, String[] text, BitSet lines) {
    List<Mutant> mutants = new ArrayList<>();
    Random random = new Random(kernel.name().hashCode());
    for (Mutation mutation : Mutation.values()) {
      List<Mutant> fitting =
          new ArrayList<>(
              lines.stream()
                  .filter(line -> mutation.fits(text[line - 1]))
                  .mapToObj(
                      line ->
                          new Mutant(
                              kernel,
                              mutation,
                              line,
                              text[line - 1],
                              mutation.apply(text[line - 1])))
                  .toList());
      Collections.shuffle(fitting, random);
      int count = isQuick(kernel) ? OF_QUICK_KERNEL : OF_SLOW_KERNEL;
      mutants.addAll(fitting.subList(0, Math.min(count, fitting.size())));
    }
    return mutants;
  }

  /** The module with the mutant, without the kernels that do not run. */
  private static String only(Set<String> kernels, String[] all, Mutant mutant) {
    StringBuilder text = new StringBuilder();
    boolean kept = true;
    for (int i = 0; i < all.length; i++) {
      if (all[i].startsWith(".visible .entry ")) {
        String name = all[i].substring(".visible .entry ".length(), all[i].indexOf('('));
        kept = kernels.contains(name);
      }
      if (kept) {
        text.append(i + 1 == mutant.line ? mutant.is : all[i]).append('\n');
      }
    }
    return text.toString();
  }

  @Test
  void whateverIsBrokenIsNoticed() throws IOException {
    Set<String> allowed = allowedSurvivors();
    List<CudaKernel> all = CudaKernel.all();
    for (int i = 0; i < all.size(); i += TestExtent.IS_WHOLE ? 1 : SAMPLING) {
      breakKernel(all.get(i));
    }
    Files.createDirectories(Path.of("target"));
    StringBuilder report = new StringBuilder();
    ends.forEach((mutation, end) -> report.append("%-14s %s%n".formatted(mutation, end)));
    survivors.forEach(mutant -> report.append("%s%n".formatted(mutant.key())));
    Files.writeString(Path.of("target", "broken-kernels.txt"), report);
    Set<String> unknown = new TreeSet<>();
    survivors.forEach(mutant -> unknown.add(mutant.toString()));
    survivors.stream()
        .filter(mutant -> allowed.contains(mutant.key()))
        .forEach(mutant -> unknown.remove(mutant.toString()));
    assertEquals("", String.join("\n", unknown), "nobody noticed");
    if (TestExtent.IS_WHOLE) {
      survivors.forEach(mutant -> allowed.remove(mutant.key()));
      assertEquals(Set.of(), allowed, "allowed-survivors.txt allows what is noticed");
    }
  }

  /** Those that need not be noticed; the file says why. */
  private static Set<String> allowedSurvivors() throws IOException {
    try (InputStream file = BrokenKernelsTest.class.getResourceAsStream("allowed-survivors.txt")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
