package io.rowwise.backend.library;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On libraries that this machine's C compiler makes; skipped where there is none. */
final class ElfFileTest {
  @TempDir static Path folder;
  private static Path provider;
  private static Path user;
  private static Path plain;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    CompiledLibrary.assumeCompiler();
    Files.writeString(
        folder.resolve("provider.c"),
        """
        int one(void) { return 1; }
        int two(void) { return 2; }
        int three(void) { return 3; }
        """);
    Files.writeString(
        folder.resolve("provider.map"),
        "FIRST_1 { global: one; local: *; };\nSECOND_2 { global: two; } FIRST_1;\n");
    Files.writeString(
        folder.resolve("user.c"),
        "int one(void); int two(void);\nint sum(void) { return one() + two(); }\n");
    provider =
        CompiledLibrary.compile(
            folder,
            "libprovider.so.7",
            "provider.c",
            "-Wl,-soname,libprovider.so.7",
            "-Wl,--version-script=provider.map");
    user = CompiledLibrary.compile(folder, "libuser.so", "user.c", "-L.", "-l:libprovider.so.7");
    plain = CompiledLibrary.compile(folder, "libplain.so", "provider.c");
  }

  @Test
  void tellsNamesVersionsAndSymbols() throws IOException {
    ElfFile elf = ElfFile.read(provider);

    assertEquals(Optional.of("libprovider.so.7"), elf.name());
    assertEquals(Set.of("libprovider.so.7", "FIRST_1", "SECOND_2"), elf.definedVersions());
    assertEquals(Set.of(), elf.missing(List.of("one"), "FIRST_1"));
    assertEquals(Set.of(), elf.missing(List.of("two"), "SECOND_2"));
    // In another version, local, and not there at all.
    assertEquals(
        Set.of("four", "three", "two"),
        elf.missing(List.of("one", "two", "three", "four"), "FIRST_1"));
  }

  @Test
  void tellsWhatIsNeeded() throws IOException {
    ElfFile elf = ElfFile.read(user);

    assertEquals(Optional.empty(), elf.name());
    assertTrue(elf.needed().contains("libprovider.so.7"), elf.needed()::toString);
    assertEquals(Set.of(), elf.definedVersions());
    assertEquals(
        Set.of("FIRST_1", "SECOND_2"),
        Set.copyOf(
            elf.neededVersions().stream()
                .filter(each -> each.file().text().equals("libprovider.so.7"))
                .map(each -> each.version().text())
                .toList()));
  }

  @Test
  void aNeededSymbolIsNotOneThatItHas() throws IOException {
    // The provider's versions are needed, not defined, so nothing is found in them.
    assertEquals(Set.of("one"), ElfFile.read(user).missing(List.of("one"), "FIRST_1"));
  }

  @Test
  void saysWhenThereAreNoVersions() throws IOException {
    ElfFile elf = ElfFile.read(plain);

    assertEquals(Set.of(), elf.definedVersions());
    ElfFormatException thrown =
        assertThrows(ElfFormatException.class, () -> elf.missing(List.of("one"), "FIRST_1"));
    assertEquals(plain + ": has no versions of its symbols", thrown.getMessage());
  }

  @Test
  void aTextIsNotALibrary() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "/* GNU ld script */ ".repeat(10));

    assertEquals(text + ": is not an ELF file", message(Files.readAllBytes(text), text.toString()));
    assertThrows(ElfFormatException.class, () -> ElfFile.read(text));
  }

  @ParameterizedTest
  @CsvSource({
    "4, 1, is of class 1, byte order 1 and machine 62, wanted 2, 1 and 62 for x86-64",
    "5, 2, is of class 2, byte order 2 and machine 62, wanted 2, 1 and 62 for x86-64",
    "18, 40, is of class 2, byte order 1 and machine 40, wanted 2, 1 and 62 for x86-64",
    "16, 2, 'is of type 2, wanted 3, a shared library'",
    "60, 0, has no dynamic section",
    "58, 56, has",
    "47, 127, the section headers would be",
  })
  void saysWhatIsWrongWithTheHeader(int at, byte value, String message) throws IOException {
    byte[] bytes = Files.readAllBytes(provider);
    bytes[at] = value;
    if (at == 60) {
      // One section, the empty one.
      bytes[at] = 1;
      bytes[at + 1] = 0;
    }

    String said = message(bytes, "file");

    assertTrue(said.contains(message.split(" machine", 2)[0]), said);
  }

  @Test
  void aFileThatEndsTooEarlySaysSo() throws IOException {
    byte[] bytes = Files.readAllBytes(provider);
    for (int length = 0; length < bytes.length; length += length < 128 ? 1 : 61) {
      byte[] part = Arrays.copyOf(bytes, length);

      assertThrows(ElfFormatException.class, () -> ElfFile.of("part", part), "length " + length);
    }
  }

  /** Whatever is in the file: it is read, or said to be wrong, and never anything else. */
  @Test
  void aDamagedFileIsReadOrRefused() throws IOException {
    int refused = 0;
    for (Path path : List.of(provider, user)) {
      byte[] bytes = Files.readAllBytes(path);
      int headers = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(40);
      for (int seed = 0; seed < 4_000; seed++) {
        Random random = new Random(seed);
        byte[] damaged = bytes.clone();
        for (int i = 0; i < 1 + seed % 5; i++) {
          // Where it hurts: the headers, the sections' headers, or anywhere before the code.
          int at =
              switch (random.nextInt(3)) {
                case 0 -> random.nextInt(64);
                case 1 -> headers + random.nextInt(bytes.length - headers);
                default -> random.nextInt(Math.min(bytes.length, 0x1000));
              };
          damaged[at] = (byte) (random.nextBoolean() ? 0xFF : random.nextInt());
        }
        try {
          ElfFile elf = ElfFile.of("damaged", damaged);
          elf.missing(List.of("one", "two"), "FIRST_1");
          elf.hasSymbolNameIn(0, bytes.length);
        } catch (ElfFormatException e) {
          refused++;
        }
      }
    }
    assertTrue(refused > 1_000, "refused: " + refused);
  }

  private static String message(byte[] bytes, String name) {
    return assertThrows(ElfFormatException.class, () -> ElfFile.of(name, bytes)).getMessage();
  }
}
