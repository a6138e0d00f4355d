package io.rowwise.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.library.CompiledLibrary;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The script for a machine with a GPU is driven where there is none: {@code benchmarks/gpu/dry-run}
 * says of each of its lines and statuses whether it is as it must be.
 */
final class CheckDryRunTest {
  /** What a bundle has in it, too: the rest only makes each of the JVMs start later. */
  private static final Pattern BUNDLED =
      Pattern.compile(
          "(core|backend-cuda|benchmarks)/target/|jcuda|jcublas|slf4j|jackson|junit|opentest4j"
              + "|apiguardian|jmh-core");

  private static final long MINUTES = 5;

  @Test
  void checkSaysWhatItMust() throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "skipped: check is for Linux on x86-64");
    CompiledLibrary.assumeCompiler();
    for (String program : List.of("bash", "timeout", "xz")) {
      assumeTrue(isThere(program), "skipped: there is no " + program + " here");
    }
    Path outputs = Path.of("target", "dry-run").toAbsolutePath();
    Files.createDirectories(outputs);
    Path said = outputs.resolve("said.txt");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "gpu/dry-run", "--class-path", classPath())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("DRY_RUN", outputs.toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // A JVM says on its error stream that it picked these up.
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));

    Process process = builder.start();

    boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertTrue(ended, () -> "dry-run takes more than " + MINUTES + " minutes; see " + said);
    assertEquals(0, process.waitFor(), Files.readString(said));
  }

  private static String classPath() {
    return Stream.of(
            System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1))
        .filter(each -> BUNDLED.matcher(each).find())
        .filter(each -> !each.contains("backend-cpu"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static boolean isThere(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
