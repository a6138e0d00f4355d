package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs a class's {@code main} in a JVM of its own. */
public final class ChildJvm {
  private static final Path JDKS = Path.of("/usr/lib/jvm");

  private final List<String> before = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final Map<String, String> variables = new TreeMap<>();
  private Path home = Path.of(System.getProperty("java.home"));
  private Predicate<String> classPath = entry -> true;

  /** This test's JVM, with its class path, and without a word of OpenBLAS's in the environment. */
  public ChildJvm() {
    options.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
  }

  /** A JDK of this version or a later one that is installed here. */
  public static Optional<Path> jdk(int version) throws IOException {
    if (Runtime.version().feature() >= version) {
      return Optional.of(Path.of(System.getProperty("java.home")));
    }
    if (!Files.isDirectory(JDKS)) {
      return Optional.empty();
    }
    try (Stream<Path> homes = Files.list(JDKS)) {
      return homes
          .filter(each -> Files.isExecutable(each.resolve("bin/java")) && isOf(each, version))
          .findFirst();
    }
  }

  private static boolean isOf(Path home, int version) {
    try {
      return Files.readAllLines(home.resolve("release")).stream()
          .filter(line -> line.startsWith("JAVA_VERSION=\""))
          .map(line -> Runtime.Version.parse(line.split("\"", -1)[1]))
          .anyMatch(each -> each.feature() >= version);
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** Of another JDK. */
  public ChildJvm of(Path jdk) {
    home = jdk;
    return this;
  }

  /** With options of the JVM. */
  public ChildJvm with(String... given) {
    options.addAll(List.of(given));
    return this;
  }

  /** With an environment variable. */
  public ChildJvm where(String variable, String value) {
    variables.put(variable, value);
    return this;
  }

  /** With the entries of the class path alone whose paths are such. */
  public ChildJvm seeing(Predicate<String> entries) {
    classPath = entries;
    return this;
  }

  /** Started by another command, which is to run what follows. */
  public ChildJvm by(String... command) {
    before.addAll(List.of(command));
    return this;
  }

  /** What it prints, to both streams; its end is a good one. */
  public String run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(before);
    command.add(home.resolve("bin/java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(classPath)
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("OPENBLAS_"));
    builder.environment().putAll(variables);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), output);
    assertEquals(0, process.exitValue(), output);
    return output;
  }
}
