package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.example.kernels.ExampleKernels;
import io.rowwise.backend.cuda.driver.Compilation;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.jcuda.NativeCompiler;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import io.rowwise.backend.cuda.library.LibrarySearch;
import io.rowwise.backend.cuda.ptx.PtxText;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CompilerLoaderTest {
  private static final String PLATFORM =
      DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"));

  private static final List<String> OPTIONS = List.of("--gpu-architecture=compute_75");

  @TempDir Path temporary;

  /** NVRTC, or why there is none. */
  private Object compilerOrReason() {
    assumeTrue(PLATFORM.equals("linux-x86_64"), "JCuda is looked at on Linux on x86-64");
    try {
      return CompilerLoader.load(
          LibrarySearch.ANY_DRIVER, PLATFORM, getClass().getClassLoader(), temporary);
    } catch (LibraryMissingException e) {
      return e.getMessage();
    }
  }

  @Test
  void saysInOneLineThatThereIsNone() {
    Object reason = compilerOrReason();
    assumeTrue(reason instanceof String, "NVRTC is installed");

    assertEquals(
        "NVRTC is missing: neither libnvrtc.so.12 nor libnvrtc.so.13 is in a folder of"
            + " -Drowwise.cuda.libraries, of the loader, of a CUDA toolkit or of Python's packages;"
            + " install it, or name its folder; or compile to PTX beforehand with nvcc -ptx",
        reason);
    assertArrayEquals(new String[0], temporary.toFile().list());
  }

  @ParameterizedTest
  @ValueSource(strings = {"margin", "online_softmax"})
  void compilesTheExamplesToTheKernelsThatNvccMakes(String name) throws IOException {
    Object found = compilerOrReason();
    assumeTrue(found instanceof Compiler, "NVRTC is not installed: " + found);

    Compilation compilation =
        ((Compiler) found).compile(name + ".cu", theirs(name + ".cu"), OPTIONS);

    assertEquals(
        PtxText.parse(theirs(name + ".ptx")).entries(), PtxText.parse(compilation.ptx()).entries());
    assertArrayEquals(new String[0], temporary.toFile().list());
  }

  @Test
  void showsWhatTheCompilerSaysOfAMistake() {
    Object found = compilerOrReason();
    assumeTrue(found instanceof Compiler, "NVRTC is not installed: " + found);
    String source = "extern \"C\" __global__ void f(float *x) {\n  x[0] = y;\n}\n";

    Compilation compilation = ((Compiler) found).compile("wrong.cu", source, OPTIONS);

    assertEquals(
        "wrong.cu(2): error: identifier \"y\" is undefined",
        compilation.log().lines().findFirst().orElseThrow());
  }

  private static String theirs(String name) throws IOException {
    try (InputStream file = ExampleKernels.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void saysWhichArtifactIsMissing() {
    ClassLoader withoutLibraries =
        new ClassLoader(getClass().getClassLoader()) {
          @Override
          public URL getResource(String name) {
            return name.startsWith("lib/") ? null : super.getResource(name);
          }

          @Override
          public InputStream getResourceAsStream(String name) {
            return name.startsWith("lib/") ? null : super.getResourceAsStream(name);
          }
        };

    assertEquals(
        System.mapLibraryName("JNvrtc-12.6.0-linux-x86_64")
            + " is not on the class path; add org.jcuda:jcuda-natives:12.6.0:linux-x86_64; or"
            + " compile to PTX beforehand with nvcc -ptx",
        assertThrows(
                LibraryMissingException.class,
                () ->
                    CompilerLoader.load(
                        LibrarySearch.ANY_DRIVER, "linux-x86_64", withoutLibraries, temporary))
            .getMessage());
    assertArrayEquals(new String[0], temporary.toFile().list());
  }

  @Test
  void sharesTheCompilersInterface() throws ClassNotFoundException {
    Class<?> loaded =
        new JCudaClassLoader(getClass().getClassLoader(), temporary)
            .loadClass(NativeCompiler.class.getName());

    assertEquals(List.of(Compiler.class), List.of(loaded.getInterfaces()));
  }

  @ParameterizedTest
  @MethodSource
  void makesOneLineOfWhatWasThrown(Throwable thrown, String reason) {
    assertEquals(reason, CompilerLoader.reason(thrown, Path.of("private")));
  }

  static Stream<Arguments> makesOneLineOfWhatWasThrown() {
    return Stream.of(
        arguments(
            new UnsatisfiedLinkError(
                Path.of("private", "JNvrtc.dll") + ": Can't find dependent libraries"),
            "NVRTC is missing: nvrtc64_120_0.dll was not found; or compile to PTX beforehand with"
                + " nvcc -ptx"),
        arguments(
            new UnsatisfiedLinkError(
                Path.of("private", "libJNvrtc.so") + ": undefined symbol: nvrtcVersion\nand more"),
            "JCuda's NVRTC does not load: java.lang.UnsatisfiedLinkError: libJNvrtc.so: undefined"
                + " symbol: nvrtcVersion"));
  }
}
