package io.rowwise.backend.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Shared libraries that this machine's C compiler makes. */
public final class CompiledLibrary {
  private static final String COMPILER = "gcc";

  private CompiledLibrary() {}

  /** Skips the test where there is no compiler. */
  public static void assumeCompiler() {
    boolean found =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMPILER)));
    assumeTrue(found, "skipped: there is no " + COMPILER + " here");
  }

  /**
   * Compiles one.
   *
   * @param folder what the arguments are relative to
   */
  public static Path compile(Path folder, String library, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(COMPILER, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1"));
    command.addAll(List.of("-fPIC", "-shared", "-o", library));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return folder.resolve(library);
  }
}
