package io.rowwise.backend.cuda.library;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.library.ElfFile;
import io.rowwise.backend.library.ElfFormatException;
import io.rowwise.backend.library.Relinking;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JCuda's bindings, as they are on the class path, made to take the libraries of CUDA 13. */
final class JCudaRelinkingTest {
  /** JCuda's binding, as it is on the class path. */
  private static byte[] binding(String name) throws IOException {
    String file = "/lib/lib" + name + "-12.6.0-linux-x86_64.so";
    try (InputStream packed = JCudaRelinkingTest.class.getResourceAsStream(file)) {
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
}
