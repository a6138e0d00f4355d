package io.rowwise.backend.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real thing, each time in a JVM of its own, on a machine with a GPU or without. */
class FreshJvmTest {
  private static final String CLASS_PATH = System.getProperty("java.class.path");
  private static final String LIBRARY = "libJCudaDriver-12.6.0-linux-x86_64.so";

  /** What the other JVMs run: prints why {@code cuda} is refused. */
  static final class PrintReason {
    private PrintReason() {}

    public static void main(String[] arguments) {
      try {
        Backends.choose("cuda", false).backend().close();
      } catch (BackendUnavailableException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @TempDir Path outputs;
  @TempDir Path temporary;

  @Test
  void eightAtOnceSayTheSame() throws IOException, InterruptedException {
    List<Jvm> jvms = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      jvms.add(start(CLASS_PATH));
    }
    List<String> reasons = new ArrayList<>();
    for (Jvm jvm : jvms) {
      reasons.add(jvm.reason());
    }

    assertEquals(Collections.nCopies(8, reasonHere()), reasons);
    assertLeft();
  }

  @Test
  void aFileThatLiesWhereJCudaUnpacksIsNotLoaded() throws IOException, InterruptedException {
    assumeLinux();
    byte[] library;
    try (InputStream packed = getClass().getResourceAsStream("/lib/" + LIBRARY)) {
      library = packed.readAllBytes();
    }
    // Half a library passes for a whole one until the loader touches what is missing: SIGBUS.
    byte[] half = Arrays.copyOf(library, library.length / 2);
    for (byte[] planted : List.of("not a library".getBytes(UTF_8), half)) {
      Files.write(temporary.resolve(LIBRARY), planted);

      assertEquals(reasonHere(), start(CLASS_PATH).reason());

      assertArrayEquals(planted, Files.readAllBytes(temporary.resolve(LIBRARY)));
      assertLeft(LIBRARY);
    }
  }

  @Test
  void saysWhenTheNativesAreNotOnTheClassPath() throws IOException, InterruptedException {
    assumeLinux();

    assertEquals(
        "cuda is not usable: "
            + LIBRARY
            + " is not on the class path; add org.jcuda:jcuda-natives:12.6.0:linux-x86_64",
        start(classPathWithout("jcuda-natives-")).reason());
    assertLeft();
  }

  @Test
  void saysWhenJCudaIsNotOnTheClassPath() throws IOException, InterruptedException {
    assumeLinux();

    assertEquals(
        "cuda is not usable: "
            + "JCuda does not load: java.lang.NoClassDefFoundError: jcuda/JCudaVersion",
        start(classPathWithout("jcuda-12")).reason());
    assertLeft();
  }

  @Test
  void saysWhenItIsSwitchedOff() throws IOException, InterruptedException {
    assertEquals(
        "cuda is not usable: switched off by -Drowwise.cuda=off",
        start(CLASS_PATH, "-Drowwise.cuda=off").reason());
  }

  private record Jvm(Process process, Path output, Path errors) {
    /** The one line that it printed, all else being as it should. */
    String reason() throws IOException, InterruptedException {
      int status = process.waitFor();
      assertEquals("", Files.readString(errors));
      assertEquals(0, status);
      List<String> lines = Files.readAllLines(output);
      assertEquals(1, lines.size(), lines::toString);
      return lines.get(0);
    }
  }

  private Jvm start(String classPath, String... options) throws IOException {
    Path output = Files.createTempFile(outputs, "output", ".txt");
    Path errors = Files.createTempFile(outputs, "errors", ".txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "--enable-native-access=ALL-UNNAMED"));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath, PrintReason.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
    // A JVM says on its error stream that it picked these up.
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    return new Jvm(builder.start(), output, errors);
  }

  private static String classPathWithout(String jar) {
    return Stream.of(CLASS_PATH.split(File.pathSeparator))
        .filter(entry -> !new File(entry).getName().startsWith(jar))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What this JVM says. */
  private static String reasonHere() {
    return assertThrows(BackendUnavailableException.class, () -> Backends.choose("cuda", false))
        .getMessage();
  }

  private void assertLeft(String... files) {
    if (!System.getProperty("os.name").startsWith("Windows")) {
      assertArrayEquals(files, temporary.toFile().list());
    }
  }

  private static void assumeLinux() {
    assumeTrue(
        DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"))
            .equals("linux-x86_64"));
  }
}
