package io.rowwise.backend.library;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/**
 * Any bytes are a library, or refused with the typed error. As a test it runs on the files in
 * {@code ElfFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class ElfFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) {
    try {
      ElfFile elf = ElfFile.of("fuzzed", bytes);
      elf.missing(List.of("one", "two"), "FIRST_1");
      elf.hasSymbolNameIn(0, bytes.length);
    } catch (ElfFormatException e) {
      // Said, as it should be.
    }
  }
}
