package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A JVM of its own that runs a class's {@code main}. */
record FreshJvm(Process process, Path output, Path errors) {
  /** The class path of this JVM. */
  static final String CLASS_PATH = System.getProperty("java.class.path");

  /**
   * Starts one.
   *
   * @param outputs where to put what it prints
   * @param environment variables besides those of this JVM
   * @param options the JVM's
   */
  static FreshJvm start(
      Path outputs,
      Class<?> program,
      String classPath,
      Map<String, String> environment,
      String... options)
      throws IOException {
    Path output = Files.createTempFile(outputs, "output", ".txt");
    Path errors = Files.createTempFile(outputs, "errors", ".txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath, program.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    // A JVM says on its error stream that it picked these up.
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    return new FreshJvm(builder.start(), output, errors);
  }

  /** The lines that it printed, all else being as it should. */
  List<String> lines() throws IOException, InterruptedException {
    int status = process.waitFor();
    assertEquals("", Files.readString(errors));
    assertEquals(0, status);
    return Files.readAllLines(output);
  }
}
