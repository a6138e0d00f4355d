package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.Settings;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of its kernels OpenBLAS uses. It knows no AMD processor with AVX-512, takes those for
 * Haswells and leaves AVX-512 unused. A copy of our own is told otherwise; the environment variable
 * {@value #VARIABLE}, by which the user tells every OpenBLAS in a process, comes before.
 *
 * <p>A copy that is told its kernels is also told that it has one thread. One that chooses starts
 * as many as there are processors, before it can be told; so it is told what it would choose, too,
 * where that is sure.
 */
final class OpenBlasCore {
  /** Set to {@code false}, this system property leaves the choice to OpenBLAS. */
  static final String PROPERTY = "rowwise.cpu.avx512";

  /** What OpenBLAS reads. */
  static final String VARIABLE = "OPENBLAS_CORETYPE";

  /** Its kernels for AVX-512. */
  static final String CORE = "SkylakeX";

  private static final Logger LOG = LoggerFactory.getLogger(OpenBlasCore.class);

  // What these kernels are compiled for, as Linux names it.
  private static final Set<String> AVX512 =
      Set.of("avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");
  private static final Set<String> AVX2 = Set.of("avx2", "fma");

  // Which kernels OpenBLAS takes for a maker's processors without AVX-512.
  private static final Map<String, String> BY_MAKER =
      Map.of("GenuineIntel", "Haswell", "AuthenticAMD", "Zen");

  /**
   * What the choice depends on.
   *
   * @param system Java's names of operating system and processor
   * @param isAllowed whether {@link #PROPERTY} leaves the choice to us
   * @param variable the user's own choice, or null
   * @param processor the lines of {@code /proc/cpuinfo}, at least those of one processor
   */
  record Circumstances(String system, boolean isAllowed, String variable, List<String> processor) {

    /**
     * Those of this process.
     *
     * @throws IllegalArgumentException if the property is neither true nor false
     */
    static Circumstances here() {
      return new Circumstances(
          // The first + with two values, by invokedynamic, costs a program 10 ms of its start.
          String.join(" ", System.getProperty("os.name"), System.getProperty("os.arch")),
          Settings.isTrue(PROPERTY, true),
          System.getenv(VARIABLE),
          processorHere());
    }

    /** The lines before the first empty one: a machine may have hundreds of processors. */
    private static List<String> processorHere() {
      List<String> lines = new ArrayList<>();
      File file = new File("/proc/cpuinfo");
      if (file.canRead()) {
        try (BufferedReader reader =
            new BufferedReader(new FileReader(file, StandardCharsets.UTF_8))) {
          for (String line = reader.readLine();
              line != null && !line.isEmpty();
              line = reader.readLine()) {
            lines.add(line);
          }
        } catch (IOException e) {
          LOG.debug("the processor is not known, as {} cannot be read", file, e);
        }
      }
      return lines;
    }

    /** Why OpenBLAS chooses its kernels; empty if those for AVX-512 are wanted. */
    Optional<String> reasonAgainst() {
      if (!system.equals("Linux amd64")) {
        return Optional.of("this is " + system + ", not Linux amd64");
      }
      if (!isAllowed) {
        return Optional.of("-D" + PROPERTY + "=false");
      }
      if (variable != null) {
        return Optional.of(VARIABLE + "=" + variable + " is set already");
      }
      if (!has(AVX512)) {
        return Optional.of("the processor has no AVX-512");
      }
      return Optional.empty();
    }

    /** The core to tell a copy of our own; empty if it is to choose itself. */
    Optional<String> wanted() {
      Optional<String> reason = reasonAgainst();
      if (reason.isEmpty()) {
        return Optional.of(CORE);
      }
      LOG.debug("OpenBLAS chooses its kernels itself: {}", reason.get());
      boolean isSure =
          system.equals("Linux amd64") && variable == null && has(AVX2) && !has(Set.of("avx512f"));
      return isSure ? Optional.ofNullable(BY_MAKER.get(value("vendor_id"))) : Optional.empty();
    }

    /** Whether the user has asked for the kernels for AVX-512. */
    boolean isUsersChoice() {
      return CORE.equalsIgnoreCase(variable) && has(AVX512);
    }

    private boolean has(Set<String> instructions) {
      return new HashSet<>(List.of(value("flags").split(" "))).containsAll(instructions);
    }

    private String value(String name) {
      for (String line : processor) {
        if (line.startsWith(name)) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
      return "";
    }
  }

  private OpenBlasCore() {}
}
