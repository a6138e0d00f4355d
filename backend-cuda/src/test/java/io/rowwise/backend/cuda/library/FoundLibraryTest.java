package io.rowwise.backend.cuda.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.library.CompiledLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a library in place of cuBLAS that this machine's C compiler makes. */
final class FoundLibraryTest {
  private static final CudaLibrary ONE =
      new CudaLibrary(
          "One", "libone.so.", "JOne", "one-natives", "libone-more.so.%d", List.of("one", "two"));

  @TempDir Path folder;

  @BeforeAll
  static void assumeCompiler() {
    CompiledLibrary.assumeCompiler();
  }

  private Path compile(String source, String version) throws IOException, InterruptedException {
    Files.writeString(folder.resolve("one.c"), source);
    Files.writeString(folder.resolve("one.map"), version + " { global: *; };\n");
    return CompiledLibrary.compile(
        folder, "libone.so.13", "one.c", "-Wl,-soname,x", "-Wl,--version-script=one.map");
  }

  private String refusal(Path path, byte[] binding) {
    return assertThrows(
            LibraryMissingException.class,
            () -> new FoundLibrary(ONE, 13, path).bind("JOne", binding))
        .getMessage();
  }

  @Test
  void theBindingsOwnVersionIsTakenAsItIs() throws LibraryMissingException {
    byte[] binding = {1, 2, 3};

    assertSame(binding, new FoundLibrary(ONE, 12, Path.of("nowhere")).bind("JOne", binding));
  }

  @Test
  void saysWhichSymbolsAreMissing() throws IOException, InterruptedException {
    Path path = compile("int one(void) { return 1; }\n", "libone.so.13");

    assertEquals(path + " does not have [two]", refusal(path, new byte[0]));
  }

  @Test
  void saysWhichVersionIsMissing() throws IOException, InterruptedException {
    Path path = compile("int one(void) { return 1; }\n", "libone.so.14");

    assertEquals(
        path + " has symbols of the versions [libone.so.14, x], wanted libone.so.13",
        refusal(path, new byte[0]));
  }

  @Test
  void saysWhenItIsNoLibrary() throws IOException {
    Path path = Files.writeString(folder.resolve("libone.so.13"), "");

    assertEquals(path + ": is not an ELF file", refusal(path, new byte[0]));
  }

  @Test
  void saysWhenTheBindingIsNoLibrary() throws IOException, InterruptedException {
    Path path =
        compile("int one(void) { return 1; }\nint two(void) { return 2; }\n", "libone.so.13");

    assertTrue(refusal(path, new byte[3]).startsWith("JOne: is not an ELF file"));
  }
}
