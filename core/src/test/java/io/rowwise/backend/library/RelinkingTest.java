package io.rowwise.backend.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On libraries that this machine's C compiler makes; skipped where there is none. */
final class RelinkingTest {
  @TempDir Path folder;

  @Test
  void aLongerNameDoesNotFit() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Relinking.relink("file", new byte[0], "libcublas.so.9", "libcublas.so.13"));
  }

  /** A linker lets a symbol's name end in the same bytes as a library's name. */
  @Test
  void refusesToChangeASymbol() throws IOException, InterruptedException {
    CompiledLibrary.assumeCompiler();
    Files.writeString(folder.resolve("empty.c"), "int nothing(void) { return 0; }\n");
    CompiledLibrary.compile(folder, "aa12", "empty.c", "-Wl,-soname,aa12");
    Files.writeString(folder.resolve("user.c"), "int naa12(void) { return 0; }\n");
    byte[] user =
        Files.readAllBytes(
            CompiledLibrary.compile(
                folder, "libuser.so", "user.c", "-Wl,--no-as-needed", "-L.", "-l:aa12"));

    assertEquals(
        "file: has a symbol whose name shares bytes with aa12",
        assertThrows(ElfFormatException.class, () -> Relinking.relink("file", user, "aa12", "aa13"))
            .getMessage());
  }

  /** The loader compares hashes before names: as {@code readelf} and gcc's files have them. */
  @ParameterizedTest
  @CsvSource({"'', 0", "GLIBC_2.2.5, 157882997", "GLIBC_2.34, 110530996", "GLIBC_2.14, 110530964"})
  void hashesAsTheLoaderDoes(String name, int hash) {
    assertEquals(hash, Relinking.hash(name));
  }

  /** A library with a name, an import, a text, and another text that begins like it. */
  private byte[] library() throws IOException, InterruptedException {
    CompiledLibrary.assumeCompiler();
    Files.writeString(
        folder.resolve("asks.c"),
        """
        #include <stdlib.h>
        char *ask(void) { return getenv("ROWWISE_TEST_NAME"); }
        const char *another(void) { return "ROWWISE_TEST_NAMES"; }
        """);
    return Files.readAllBytes(
        CompiledLibrary.compile(folder, "libasks.so", "asks.c", "-Wl,-soname,libasks.so.1"));
  }

  private static int differences(byte[] a, byte[] b) {
    int differences = 0;
    for (int i = 0; i < a.length; i++) {
      differences += a[i] == b[i] ? 0 : 1;
    }
    return differences;
  }

  @Test
  void aLibraryGetsAnotherNameOfItsOwn() throws IOException, InterruptedException {
    byte[] library = library();
    byte[] before = library.clone();

    Relinking.rename("file", ByteBuffer.wrap(library), "librows.so.1");

    ElfFile elf = ElfFile.of("file", library);
    assertEquals(Optional.of("librows.so.1"), elf.name());
    assertEquals(ElfFile.of("file", before).needed(), elf.needed());
    assertEquals(3, differences(before, library));
    assertThrows(
        IllegalArgumentException.class,
        () -> Relinking.rename("file", ByteBuffer.wrap(library), "librows.so.10"));
  }

  @Test
  void anImportIsAnotherFunction() throws IOException, InterruptedException {
    byte[] library = library();
    byte[] before = library.clone();

    Relinking.renameImport("file", ByteBuffer.wrap(library), "getenv", "strdup");

    ElfFile elf = ElfFile.of("file", library);
    assertTrue(elf.importedName("strdup") > 0);
    assertThrows(ElfFormatException.class, () -> elf.importedName("getenv"));
    assertEquals(6, differences(before, library));
    // What it has itself is no import.
    assertThrows(
        ElfFormatException.class,
        () -> Relinking.renameImport("file", ByteBuffer.wrap(library), "ask", "axe"));
  }

  @Test
  void aTextIsReplacedWhereItStandsAlone() throws IOException, InterruptedException {
    byte[] library = library();
    byte[] before = library.clone();
    ByteBuffer bytes = ByteBuffer.wrap(library);

    Relinking.replaceText("file", bytes, "ROWWISE_TEST_NAME", "1");

    String text = new String(library, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("\0001" + "\0".repeat(17)));
    assertTrue(text.contains("ROWWISE_TEST_NAMES"));
    assertEquals(17, differences(before, library));
    for (String absent : List.of("ROWWISE_TEST_NAME", "OWWISE_TEST_NAMES")) {
      assertThrows(
          ElfFormatException.class, () -> Relinking.replaceText("file", bytes, absent, "1"));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> Relinking.replaceText("file", bytes, "ROWWISE_TEST_NAMES", "ROWWISE_TEST_NAMES_"));
  }

  @Test
  void bytesThatAreNoLibraryAreRefused() {
    byte[] zeros = new byte[1000];
    Arrays.fill(zeros, (byte) 0);

    assertThrows(
        ElfFormatException.class,
        () -> Relinking.relink("file", zeros, "libcublas.so.12", "libcublas.so.13"));
  }
}
