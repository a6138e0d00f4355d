package io.rowwise.backend.cpu.blas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cpu.ChildJvm;
import io.rowwise.backend.cpu.FirstPrediction;
import io.rowwise.backend.cpu.memory.NativeMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where OpenBLAS is loaded from, in processes of their own, and what it then is. */
@EnabledOnOs(OS.LINUX)
final class OpenBlasLoaderTest {
  private static final String OWN = "a copy of Rowwise's own with one thread";
  private static final String NOWHERE = "/proc/nowhere";

  @TempDir Path folder;

  private static List<String> everythingIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.map(file -> directory.relativize(file).toString()).sorted().toList();
    }
  }

  @Test
  void whoeverIsAskedForIsTaken() {
    assertTrue(OpenBlasLoader.isPrivate("Linux"));
    assertFalse(OpenBlasLoader.isPrivate("Mac OS X"));
    assertEquals("linux-x86_64", OpenBlasLoader.platform("Linux", "amd64"));
    assertEquals("linux-arm64", OpenBlasLoader.platform("Linux", "aarch64"));
    assertEquals("linux-riscv64", OpenBlasLoader.platform("Linux", "riscv64"));
  }

  @Test
  void aCopyThatIsToldItsKernelsTakesThem() {
    assumeTrue(
        System.getProperty("os.arch").equals("amd64"), "skipped: kernels are told on x86-64 only");
    // Another beside the one that other tests in this JVM have.
    OpenBlas blas = OpenBlasLoader.loadPrivate(Optional.of("Prescott"));
    assertTrue(
        blas.description().contains(" with kernels for Prescott, " + OWN), blas::description);
    assertFalse(blas.usesAvx512());

    long memory = blas.allocate(6L * Double.BYTES);
    NativeMemory seam = NativeMemory.OF_THIS_JVM;
    seam.copy(new double[] {2, 3, 5, 7}, 0, memory, 4);
    OpenBlas.Operand a = blas.operand().become(memory, 1, 2, 2);
    OpenBlas.Operand x = blas.operand().become(memory + 16, 2, 1, 1);
    OpenBlas.Operand y = blas.operand().become(memory + 32, 1, 1, 1);
    blas.multiplyByVector(ElementType.FLOAT64, a, x, 0, y);
    assertEquals(31, seam.float64(memory + 32));
    OpenBlas.Operand column = a.become(memory, 2, 1, 1).transposed();
    blas.multiply(ElementType.FLOAT64, 2, column, x, 1, y);
    assertEquals(93, seam.float64(memory + 32));
    blas.free(memory);
    assertEquals(0, blas.allocate(1L << 60));
  }

  @Test
  void copiesAreKeptInTheUsersCache() throws IOException, InterruptedException {
    Path home = Files.createDirectory(folder.resolve("home"));
    String output = new ChildJvm().with("-Duser.home=" + home).run(FirstPrediction.class);
    Path kept = home.resolve(".cache/rowwise").toRealPath();
    assertTrue(output.contains(OWN + ", in " + kept), output);
    List<String> files = everythingIn(kept);
    // The directories, OpenBLAS, its binding, their list, and what it needs; the binding that was
    // loaded is gone.
    assertTrue(files.stream().anyMatch(file -> file.endsWith("contents")), files::toString);
    assertFalse(files.stream().anyMatch(file -> file.contains("binding-")), files::toString);

    String second =
        new ChildJvm()
            .with("-Duser.home=" + NOWHERE)
            .where("XDG_CACHE_HOME", home.resolve(".cache").toString())
            .run(FirstPrediction.class);
    assertTrue(second.contains(OWN + ", in " + kept), second);
    assertEquals(files, everythingIn(kept));
  }

  /** What another user of the machine may have put where our names can be foreseen. */
  @Test
  void nothingIsLoadedFromWhereItCanBeForeseen() throws IOException, InterruptedException {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Path home = Files.createDirectory(folder.resolve("home"));
    new ChildJvm().with("-Duser.home=" + home).run(FirstPrediction.class);
    Path kept = home.resolve(".cache/rowwise");
    for (String name : List.of("rowwise", ".cache/rowwise", ".javacpp/cache", "javacpp")) {
      for (String file : everythingIn(kept)) {
        Path planted = temporary.resolve(name).resolve(file);
        if (Files.isRegularFile(kept.resolve(file))) {
          Files.createDirectories(planted.getParent());
          Files.writeString(planted, "planted");
        }
      }
    }
    List<String> planted = everythingIn(temporary);

    String output =
        new ChildJvm()
            .with("-Duser.home=" + NOWHERE, "-Djava.io.tmpdir=" + temporary)
            .run(FirstPrediction.class);

    assertTrue(output.contains("probability 1.0"), output);
    assertTrue(output.contains("unpacked for this process alone below " + temporary), output);
    // What was unpacked is gone, what was there before is as it was.
    assertEquals(planted, everythingIn(temporary));
  }

  /** Runs with a new file system at a path, mounted by {@code options}, that nobody else sees. */
  private String onFileSystem(String options, Path at, String... jvm)
      throws IOException, InterruptedException {
    String[] mount = {
      "unshare", "-rm", "sh", "-c", "mount -t tmpfs -o \"$0\" none \"$1\" && shift && exec \"$@\""
    };
    Process possible =
        new ProcessBuilder("unshare", "-rm", "sh", "-c", mount[4], options, at.toString(), "true")
            .redirectErrorStream(true)
            .start();
    String said = new String(possible.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(possible.waitFor() == 0, () -> "skipped: nothing can be mounted here: " + said);
    return new ChildJvm().by(mount).by(options, at.toString()).with(jvm).run(FirstPrediction.class);
  }

  @Test
  void codeThatMustNotBeRunIsTold() throws IOException, InterruptedException {
    Path place = Files.createDirectory(folder.resolve("place"));
    String options = "noexec,size=64m,mode=700";
    String told = onFileSystem(options, place, "-Drowwise.natives.directory=" + place);
    assertTrue(told.contains("unavailable: "), told);
    assertTrue(told.contains("must not be run (is it mounted with noexec?); name another"), told);
    // If nobody has asked for it, another is taken.
    String another = onFileSystem(options, place, "-Duser.home=" + place);
    assertTrue(another.contains("probability 1.0"), another);
    assertTrue(another.contains("unpacked for this process alone"), another);
  }

  @Test
  void aFullFileSystemIsTold() throws IOException, InterruptedException {
    Path place = Files.createDirectory(folder.resolve("place"));
    String options = "size=8m,mode=700";
    String told = onFileSystem(options, place, "-Drowwise.natives.directory=" + place);
    assertTrue(told.contains("no space left in " + place), told);
    assertTrue(told.contains("free some, or name another directory with -Drowwise.nat"), told);
    String both = onFileSystem(options, place, "-Duser.home=" + place, "-Djava.io.tmpdir=" + place);
    assertTrue(both.contains("no space left in " + place + "/.cache/rowwise"), both);
  }
}
