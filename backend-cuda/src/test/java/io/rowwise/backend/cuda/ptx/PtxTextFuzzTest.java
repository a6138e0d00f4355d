package io.rowwise.backend.cuda.ptx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/**
 * Any text is read, or refused with the typed error. As a test it runs on the files in {@code
 * PtxTextFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class PtxTextFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) {
    try {
      PtxText.parse(new String(bytes, StandardCharsets.ISO_8859_1));
    } catch (PtxException e) {
      // Said, as it should be.
    }
  }
}
