package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rowwise.backend.BackendUnavailableException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DriverLoaderTest {
  private static final String PLATFORM =
      DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"));

  @TempDir Path temporary;

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64",
    "Linux, aarch64, linux-aarch64",
    "Windows 11, amd64, windows-x86_64",
    "Windows Server 2022, amd64, windows-x86_64",
    "Mac OS X, x86_64, macosx-x86_64",
    "Mac OS X, aarch64, macosx-aarch64",
    "FreeBSD, amd64, freebsd-x86_64",
  })
  void namesThePlatformAsJCudaDoes(String osName, String osArch, String platform) {
    assertEquals(platform, DriverLoader.platform(osName, osArch));
  }

  @ParameterizedTest
  @CsvSource({"macosx-aarch64", "linux-aarch64", "linux-x86", "freebsd-x86_64"})
  void saysWhenJCudaIsNotMadeForThePlatform(String platform) {
    assertEquals(
        "JCuda has no native library for " + platform,
        reason(platform, getClass().getClassLoader(), temporary));
  }

  @Test
  void saysWhichArtifactIsMissing() {
    assumeJCudaIsMadeForThisPlatform();
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
        System.mapLibraryName("JCudaDriver-12.6.0-" + PLATFORM)
            + " is not on the class path; add org.jcuda:jcuda-natives:12.6.0:"
            + PLATFORM,
        reason(PLATFORM, withoutLibraries, temporary));
    assertArrayEquals(new String[0], temporary.toFile().list());
  }

  @Test
  void saysWhenItCannotUnpack() {
    assumeJCudaIsMadeForThisPlatform();
    Path nowhere = temporary.resolve("nowhere");

    String reason = reason(PLATFORM, getClass().getClassLoader(), nowhere);

    assertTrue(
        reason.startsWith(
            "JCuda's native library cannot be unpacked in java.io.tmpdir="
                + nowhere
                + ": java.nio.file.NoSuchFileException: "),
        reason);
  }

  @Test
  void jcudaTakesTheLibraryThatIsLoadedAlready() {
    assumeTrue(PLATFORM.equals("linux-x86_64"));
    // JCuda's other library needs no driver. JCuda starts with it, then misses its functions.
    ClassLoader withTheOtherLibrary =
        new ClassLoader(getClass().getClassLoader()) {
          @Override
          public InputStream getResourceAsStream(String name) {
            return super.getResourceAsStream(name.replace("libJCudaDriver-", "libJCudaRuntime-"));
          }
        };

    assertEquals(
        "JCuda does not load: java.lang.UnsatisfiedLinkError: "
            + "'int jcuda.driver.JCudaDriver.cuDriverGetVersionNative(int[])'",
        reason(PLATFORM, withTheOtherLibrary, temporary));
    assertArrayEquals(new String[0], temporary.toFile().list());
  }

  @ParameterizedTest
  @MethodSource
  void makesOneLineOfWhatWasThrown(Throwable thrown, String reason) {
    assertEquals(reason, DriverLoader.reason(thrown, Path.of("private")));
  }

  static Stream<Arguments> makesOneLineOfWhatWasThrown() {
    return Stream.of(
        arguments(
            new UnsatisfiedLinkError(
                Path.of("private", "libJCudaDriver.so")
                    + ": libcuda.so.1: cannot open shared object file: No such file or directory"),
            "no NVIDIA driver: libcuda.so.1 was not found"),
        arguments(
            new UnsatisfiedLinkError(
                Path.of("private", "JCudaDriver.dll") + ": Can't find dependent libraries"),
            "no NVIDIA driver: nvcuda.dll, or a library that JCuda needs, was not found"),
        arguments(
            new UnsatisfiedLinkError(
                Path.of("private", "libJCudaDriver.so") + ": undefined symbol: cuInit\nand more"),
            "JCuda does not load: java.lang.UnsatisfiedLinkError: "
                + "libJCudaDriver.so: undefined symbol: cuInit"),
        arguments(
            new ExceptionInInitializerError((String) null),
            "JCuda does not load: java.lang.ExceptionInInitializerError"));
  }

  private static void assumeJCudaIsMadeForThisPlatform() {
    assumeTrue(PLATFORM.equals("linux-x86_64") || PLATFORM.equals("windows-x86_64"));
  }

  private static String reason(String platform, ClassLoader jars, Path temporary) {
    return assertThrows(
            BackendUnavailableException.class, () -> DriverLoader.load(platform, jars, temporary))
        .getMessage();
  }
}
