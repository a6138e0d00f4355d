package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.driver.Compilation;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SourceCompilerTest {
  /** Gives the options back in place of PTX. */
  private record EchoingCompiler(List<Integer> computeCapabilities) implements Compiler {
    @Override
    public String version() {
      return "NVRTC 99.0";
    }

    @Override
    public Compilation compile(String name, String source, List<String> options) {
      if (source.equals("wrong")) {
        return Compilation.failed("NVRTC 99.0 says no", name + "(1): error: this is wrong");
      }
      return Compilation.to(name + ":" + source + ":" + String.join(" ", options));
    }
  }

  private static final Compiler COMPILER = new EchoingCompiler(List.of(120, 75, 90, 100));

  private static String compile(int computeCapability, String... options) {
    return new SourceCompiler(() -> COMPILER, computeCapability)
        .compile("a.cu", "source", Arrays.asList(options));
  }

  @ParameterizedTest
  @CsvSource({"75, 75", "86, 75", "90, 90", "99, 90", "120, 120", "130, 120"})
  void compilesForTheNewestThatBothKnow(int device, int architecture) {
    assertEquals("a.cu:source:--gpu-architecture=compute_" + architecture, compile(device));
  }

  @Test
  void putsTheUsersOptionsLast() {
    assertEquals(
        "a.cu:source:--gpu-architecture=compute_90 --use_fast_math -DN=3",
        compile(90, "--use_fast_math", "-DN=3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--gpu-architecture=sm_75", "-arch=compute_75", "-arch"})
  void leavesTheArchitectureToTheUser(String option) {
    assertEquals("a.cu:source:-DN=3 " + option, compile(90, "-DN=3", option));
  }

  @Test
  void saysWhenTheCompilerIsTooNewForTheDevice() {
    assertEquals(
        "NVRTC 99.0 compiles for compute capabilities [120, 75, 90, 100], the device has 70;"
            + " install an older CUDA's",
        assertThrows(CompilerUnavailableException.class, () -> compile(70)).getMessage());
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 0, the name", "0, 1, 0, the source", "0, 0, 1, an option"})
  void refusesATextThatTheCompilerWouldCutOff(int name, int source, int option, String what) {
    SourceCompiler compiler = new SourceCompiler(() -> COMPILER, 90);
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    compiler.compile(
                        "a" + "\0".repeat(name),
                        "b" + "\0".repeat(source),
                        List.of("c" + "\0".repeat(option))))
            .getMessage()
            .startsWith("ofSource: " + what + " has a zero character"));
  }

  @Test
  void saysWhatTheCompilerSays() {
    SourceCompiler compiler = new SourceCompiler(() -> COMPILER, 90);

    CompilationException thrown =
        assertThrows(
            CompilationException.class, () -> compiler.compile("a.cu", "wrong", List.of("-DN=3")));

    assertEquals(
        List.of(
            "a.cu does not compile with --gpu-architecture=compute_90 -DN=3: NVRTC 99.0 says no",
            "a.cu(1): error: this is wrong"),
        thrown.getMessage().lines().toList());
    assertEquals("a.cu(1): error: this is wrong", thrown.log());
  }

  @Test
  void looksForTheCompilerOnlyWhenThereIsSomethingToCompile() {
    SourceCompiler none =
        new SourceCompiler(
            () -> {
              throw new LibraryMissingException("no NVRTC: looked here");
            },
            90);

    assertEquals(
        "no NVRTC: looked here",
        assertThrows(CompilerUnavailableException.class, () -> none.compile("a", "b", List.of()))
            .getMessage());
  }
}
