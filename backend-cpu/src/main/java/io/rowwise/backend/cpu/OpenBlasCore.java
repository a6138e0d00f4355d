package io.rowwise.backend.cpu;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of its kernels OpenBLAS uses. It knows no AMD processor with AVX-512, takes those for
 * Haswells and leaves AVX-512 unused. The environment variable {@value #VARIABLE}, which it reads
 * when its library is loaded, says otherwise.
 *
 * <p>The variable is the C library's: native code and what that starts see it, Java's {@code
 * System.getenv} and {@code ProcessBuilder} do not. It is set at most once, before the library is
 * loaded, and never over a value of the user's.
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
  private static final Set<String> NEEDED =
      Set.of("avx2", "fma", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

  /**
   * What the choice depends on.
   *
   * @param system Java's names of operating system and processor
   * @param property of {@link #PROPERTY}, or null
   * @param variable the user's own choice, or null
   * @param processor the lines of {@code /proc/cpuinfo}, at least those of one processor
   * @param loaded the lines of {@code /proc/self/maps}
   */
  record Circumstances(
      String system,
      String property,
      String variable,
      List<String> processor,
      List<String> loaded) {

    static Circumstances here() throws IOException {
      return new Circumstances(
          // The first + with two values, by invokedynamic, costs a program 10 ms of its start.
          String.join(" ", System.getProperty("os.name"), System.getProperty("os.arch")),
          System.getProperty(PROPERTY),
          System.getenv(VARIABLE),
          paragraph("/proc/cpuinfo"),
          paragraph("/proc/self/maps"));
    }

    /** The lines before the first empty one: a machine may have hundreds of processors. */
    private static List<String> paragraph(String file) throws IOException {
      List<String> lines = new ArrayList<>();
      if (new File(file).canRead()) {
        try (BufferedReader reader =
            new BufferedReader(new FileReader(file, StandardCharsets.UTF_8))) {
          for (String line = reader.readLine();
              line != null && !line.isEmpty();
              line = reader.readLine()) {
            lines.add(line);
          }
        }
      }
      return lines;
    }

    /** Why everything stays as it is; empty if the kernels for AVX-512 are wanted. */
    Optional<String> reasonAgainst() {
      if (!system.equals("Linux amd64")) {
        return Optional.of("this is " + system + ", not Linux amd64");
      }
      if ("false".equals(property)) {
        return Optional.of("-D" + PROPERTY + "=false");
      }
      if (variable != null) {
        return Optional.of(VARIABLE + "=" + variable + " is set already");
      }
      if (!hasAvx512()) {
        return Optional.of("the processor has no AVX-512");
      }
      for (String library : loaded) {
        if (library.contains("libopenblas")) {
          return Optional.of("OpenBLAS has been loaded already");
        }
      }
      return Optional.empty();
    }

    /** Whether the user has asked for the kernels for AVX-512. */
    boolean isUsersChoice() {
      return CORE.equalsIgnoreCase(variable) && hasAvx512();
    }

    private boolean hasAvx512() {
      for (String line : processor) {
        if (line.startsWith("flags")) {
          return new HashSet<>(List.of(line.split(" "))).containsAll(NEEDED);
        }
      }
      return false;
    }
  }

  private OpenBlasCore() {}

  /**
   * Asks for the kernels for AVX-512 where they are of use. To be called before OpenBLAS is loaded.
   *
   * @return whether OpenBLAS will use them, as far as that can be told
   */
  static boolean choose() {
    try {
      Circumstances here = Circumstances.here();
      Optional<String> reason = here.reasonAgainst();
      if (reason.isPresent()) {
        LOG.debug("OpenBLAS chooses its kernels itself: {}", reason.get());
        return here.isUsersChoice();
      }
      NativeEnvironment.add(VARIABLE, CORE);
      LOG.debug("{}={} for AVX-512", VARIABLE, CORE);
      return true;
    } catch (IOException | RuntimeException | LinkageError e) {
      // It is about speed only.
      LOG.debug("OpenBLAS chooses its kernels itself, since asking it failed", e);
      return false;
    }
  }
}
