package io.rowwise.backend.cuda.library;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.CompiledLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RelinkingTest {
  @TempDir Path folder;

  /** JCuda's binding, as it is on the class path. */
  private static byte[] binding(String name) throws IOException {
    String file = "/lib/lib" + name + "-12.6.0-linux-x86_64.so";
    try (InputStream packed = RelinkingTest.class.getResourceAsStream(file)) {
      return packed.readAllBytes();
    }
  }

  @ParameterizedTest
  @CsvSource({"JCublas2, libcublas.so.", "JNvrtc, libnvrtc.so."})
  void changesNothingButTheName(String name, String stem) throws IOException {
    byte[] binding = binding(name);
    byte[] before = binding.clone();

    byte[] relinked = Relinking.relink(name, binding, stem + "12", stem + "13");

    assertArrayEquals(before, binding);
    ElfFile elf = ElfFile.of(name, relinked);
    assertTrue(elf.needed().contains(stem + "13"), elf.needed()::toString);
    assertFalse(elf.needed().contains(stem + "12"), elf.needed()::toString);
    int changed = 0;
    for (int i = 0; i < before.length; i++) {
      changed += before[i] == relinked[i] ? 0 : 1;
    }
    // The last digit of the name, and of the version's hash where there are versions.
    assertTrue(changed == 1 || changed == 2, "bytes changed: " + changed);
  }

  @Test
  void thereAndBackIsTheSame() throws IOException {
    byte[] binding = binding("JCublas2");

    byte[] there = Relinking.relink("file", binding, "libcublas.so.12", "libcublas.so.13");

    assertArrayEquals(
        binding, Relinking.relink("file", there, "libcublas.so.13", "libcublas.so.12"));
  }

  @Test
  void saysWhenItIsNotNeeded() throws IOException {
    byte[] binding = binding("JNvrtc");

    assertEquals(
        "file: does not need libcublas.so.12",
        assertThrows(
                ElfFormatException.class,
                () -> Relinking.relink("file", binding, "libcublas.so.12", "libcublas.so.13"))
            .getMessage());
  }

  @Test
  void namesOfDifferentLengthsDoNotFit() {
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

  @Test
  void bytesThatAreNoLibraryAreRefused() {
    byte[] zeros = new byte[1000];
    Arrays.fill(zeros, (byte) 0);

    assertThrows(
        ElfFormatException.class,
        () -> Relinking.relink("file", zeros, "libcublas.so.12", "libcublas.so.13"));
  }
}
