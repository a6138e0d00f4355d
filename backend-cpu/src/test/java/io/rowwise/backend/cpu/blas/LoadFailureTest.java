package io.rowwise.backend.cpu.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was seen when loading failed, and what is said then. */
final class LoadFailureTest {
  private static final Path PLACE = Path.of("/somewhere");

  private static String line(Throwable thrown) {
    return LoadFailure.in(PLACE, thrown, null).unavailable().getMessage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "failed to map segment from shared object: Operation not permitted|noexec",
        "failed to map segment from shared object: Operation not permitted"
            + "|-Drowwise.natives.directory=",
        "failed to map segment from shared object: Cannot allocate memory|ulimit -v",
        "Error relocating /x.so: __sched_cpufree: symbol not found|musl",
        "Error loading shared library ld-linux-x86-64.so.2: No such file|musl",
        "libstdc++.so.6: cannot open shared object file: No such file or directory|libstdc++6",
        "libx.so.1: cannot open shared object file: No such file or directory|install that library",
        "/lib/libc.so.6: version `GLIBC_2.28' not found|older than OpenBLAS needs",
        "something that nobody has seen yet|something that nobody has seen yet",
        "something that nobody has seen yet|-Drowwise.cpu.openblas=shared",
      })
  void linkingThatFailsHasItsRemedy(String thrown, String said) {
    String line = line(new UnsatisfiedLinkError(thrown));
    assertTrue(line.startsWith("OpenBLAS did not load on "), line);
    assertTrue(line.contains(said), line);
  }

  @Test
  void unpackingThatFailsHasItsRemedy() {
    String full = line(new IOException("No space left on device"));
    assertTrue(full.contains("no space left in /somewhere for 35 MB"), full);
    String foreign = line(new FileSystemException("/somewhere", null, "belongs to another user"));
    assertTrue(foreign.contains("(/somewhere belongs to another user)"), foreign);
    for (String each : new String[] {full, foreign}) {
      assertTrue(each.contains("name another directory with -Drowwise.natives.directory="), each);
    }
  }

  @Test
  void bothPlacesAreToldIfBothFail() {
    LoadFailure first = LoadFailure.in(PLACE, new IOException("No space left on device"), null);
    LoadFailure both =
        LoadFailure.in(Path.of("/tmp"), new IOException("Read-only file system"), first);
    assertTrue(both.reason().contains("/somewhere"), both.reason());
    assertTrue(both.reason().contains("/tmp (java.io.IOException: Read-only"), both.reason());
    assertEquals(1, both.cause().getSuppressed().length);
  }

  @Test
  void whatIsNotAboutTheDirectoryIsNotTriedInAnother() {
    LinkageError denied =
        new LinkageError(
            "Illegal native access from unnamed module",
            new IllegalStateException("Illegal native access from unnamed module"));
    LoadFailure failure = LoadFailure.in(PLACE, denied, null);
    assertFalse(failure.mayWorkElsewhere());
    assertTrue(failure.remedy().contains("--enable-native-access=ALL-UNNAMED"), failure.remedy());
    assertTrue(LoadFailure.in(PLACE, new IOException("x"), null).mayWorkElsewhere());
  }

  @ParameterizedTest
  @CsvSource({
    "Physical memory usage is too high, maxPhysicalBytes",
    "Illegal native access, --enable-native-access=ALL-UNNAMED",
    "No space left on device, org.bytedeco.javacpp.cachedir",
    "no jniopenblas_nolapack in java.library.path, with the classifier of this platform",
  })
  void aSharedOneHasItsRemediesToo(String thrown, String said) {
    String line = LoadFailure.ofShared(new ExceptionInInitializerError(new Error(thrown)));
    assertTrue(line.contains(thrown) && line.contains(said), line);
  }
}
