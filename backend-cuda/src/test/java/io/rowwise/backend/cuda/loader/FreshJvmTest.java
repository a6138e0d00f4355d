package io.rowwise.backend.cuda.loader;

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
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real thing, each time in a JVM of its own, on a machine with a GPU or without. */
class FreshJvmTest {
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
    List<FreshJvm> jvms = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      jvms.add(start(FreshJvm.CLASS_PATH));
    }
    List<String> reasons = new ArrayList<>();
    for (FreshJvm jvm : jvms) {
      reasons.add(reason(jvm));
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

      assertEquals(reasonHere(), reason(start(FreshJvm.CLASS_PATH)));

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
        reason(start(classPathWithout("jcuda-natives-"))));
    assertLeft();
  }

  @Test
  void saysWhenJCudaIsNotOnTheClassPath() throws IOException, InterruptedException {
    assumeLinux();

    assertEquals(
        "cuda is not usable: "
            + "JCuda does not load: java.lang.NoClassDefFoundError: jcuda/JCudaVersion",
        reason(start(classPathWithout("jcuda-12"))));
    assertLeft();
  }

  @Test
  void saysWhenItIsSwitchedOff() throws IOException, InterruptedException {
    assertEquals(
        "cuda is not usable: switched off by -Drowwise.cuda=off",
        reason(start(FreshJvm.CLASS_PATH, "-Drowwise.cuda=off")));
  }

  private FreshJvm start(String classPath, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("-Djava.io.tmpdir=" + temporary);
    return FreshJvm.start(
        outputs, PrintReason.class, classPath, Map.of(), all.toArray(String[]::new));
  }

  private static String reason(FreshJvm jvm) throws IOException, InterruptedException {
    List<String> lines = jvm.lines();
    assertEquals(1, lines.size(), lines::toString);
    return lines.get(0);
  }

  private static String classPathWithout(String jar) {
    return Stream.of(FreshJvm.CLASS_PATH.split(File.pathSeparator))
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
