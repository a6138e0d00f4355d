package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import io.rowwise.backend.Backends;
import io.rowwise.backend.cpu.OpenBlasCore.Circumstances;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

final class OpenBlasCoreTest {
  private static final List<String> AVX512 =
      List.of(
          "processor\t: 0",
          "flags\t\t: fpu sse2 fma avx avx2 avx512f avx512dq avx512cd avx512bw avx512vl",
          "bugs\t\t:");
  private static final List<String> AVX2 = List.of("flags\t\t: fpu sse2 fma avx avx2 bmi2");
  private static final List<String> LIBRARIES =
      List.of("7f00-7f01 r-xp 00000000 08:01 42 /lib/x86_64-linux-gnu/libc.so.6");

  private static Circumstances usual() {
    return new Circumstances("Linux amd64", null, null, AVX512, LIBRARIES);
  }

  @Test
  void anAvx512ProcessorGetsItsKernels() {
    assertEquals(Optional.empty(), usual().reasonAgainst());
    // No switch but "false" is one.
    Circumstances switchedOn = new Circumstances("Linux amd64", "true", null, AVX512, LIBRARIES);
    assertEquals(Optional.empty(), switchedOn.reasonAgainst());
  }

  @Test
  void everythingElseIsLeftAlone() {
    List<String> withOpenBlas = List.of(LIBRARIES.get(0), "7f02-7f03 /tmp/libopenblas.so.0");
    List<String> withoutVl = List.of(AVX512.get(1).replace(" avx512vl", ""));
    Map.of(
            "Linux aarch64", new Circumstances("Linux aarch64", null, null, AVX512, LIBRARIES),
            "Windows", new Circumstances("Windows 11 amd64", null, null, AVX512, LIBRARIES),
            "=false", new Circumstances("Linux amd64", "false", null, AVX512, LIBRARIES),
            "=Zen", new Circumstances("Linux amd64", null, "Zen", AVX512, LIBRARIES),
            "= is set", new Circumstances("Linux amd64", null, "", AVX512, LIBRARIES),
            "no AVX-512", new Circumstances("Linux amd64", null, null, AVX2, LIBRARIES),
            "has no AVX", new Circumstances("Linux amd64", null, null, withoutVl, LIBRARIES),
            "processor", new Circumstances("Linux amd64", null, null, List.of(), LIBRARIES),
            "loaded", new Circumstances("Linux amd64", null, null, AVX512, withOpenBlas))
        .forEach(
            (word, circumstances) -> {
              String reason = circumstances.reasonAgainst().orElse("none");
              assertTrue(reason.contains(word), () -> word + " is not the reason: " + reason);
            });
  }

  /** In a JVM of its own: {@code ND4J} touches ND4J first. Prints what native code then sees. */
  static final class Start {
    private Start() {}

    public static void main(String[] arguments) {
      if (arguments.length > 0) {
        Nd4j.create(1).close();
      }
      Backends.choose("cpu", false).backend().close();
      Object[] name = {OpenBlasCore.VARIABLE};
      System.out.println(
          "native "
              + Function.getFunction("c", "getenv").invokeString(name, false)
              + ", Java "
              + System.getenv(OpenBlasCore.VARIABLE));
    }
  }

  /** What a fresh JVM prints, with what OpenBLAS says of its core. */
  private static String start(String variable, String property, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    if (property != null) {
      command.add("-D" + OpenBlasCore.PROPERTY + "=" + property);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Start.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove(OpenBlasCore.VARIABLE);
    if (variable != null) {
      builder.environment().put(OpenBlasCore.VARIABLE, variable);
    }
    builder.environment().put("OPENBLAS_VERBOSE", "2");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), output);
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  @Test
  void openBlasTakesWhatItIsGivenAndTheUserHasTheLastWord()
      throws IOException, InterruptedException {
    Circumstances here = Circumstances.here();
    Circumstances fresh = new Circumstances(here.system(), null, null, here.processor(), List.of());
    assumeTrue(
        fresh.reasonAgainst().isEmpty(), () -> "Linux with AVX-512 only: " + fresh.reasonAgainst());

    String chosen = start(null, null);
    assertTrue(chosen.contains("Core: SkylakeX"), chosen);
    assertTrue(chosen.contains("native SkylakeX, Java null"), chosen);

    String users = start("Haswell", null);
    assertTrue(users.contains("Core: Haswell"), users);
    assertTrue(users.contains("native Haswell, Java Haswell"), users);

    String switchedOff = start(null, "false");
    assertTrue(switchedOff.contains("native null, Java null"), switchedOff);

    String tooLate = start(null, null, "ND4J");
    assertTrue(tooLate.contains("native null, Java null"), tooLate);
    assertFalse(tooLate.contains("Exception"), tooLate);
  }
}
