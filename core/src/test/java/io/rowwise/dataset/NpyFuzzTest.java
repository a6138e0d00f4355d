package io.rowwise.dataset;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes are read, or refused with the typed error. As a test it runs on the files in {@code
 * NpyFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class NpyFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) throws IOException {
    try {
      Npy.read(new ByteArrayInputStream(bytes));
    } catch (NpyFormatException e) {
      // Said, as it should be.
    }
  }
}
