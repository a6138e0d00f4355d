package io.rowwise.dataset;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes are read, or refused with the typed error. As a test it runs on the files in {@code
 * IdxFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class IdxFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) throws IOException {
    try {
      Idx.read(new ByteArrayInputStream(bytes)).table();
    } catch (IdxFormatException e) {
      // Said, as it should be.
    }
  }
}
