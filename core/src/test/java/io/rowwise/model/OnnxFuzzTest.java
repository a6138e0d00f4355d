package io.rowwise.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes are imported, or refused with the typed error. As a test it runs on the files in {@code
 * OnnxFuzzTestInputs}; {@code mvn -Pfuzz test} looks for others.
 */
final class OnnxFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void imports(byte[] bytes) throws IOException {
    try {
      SoftmaxModel.importOnnx(new ByteArrayInputStream(bytes));
    } catch (ModelFormatException e) {
      // Said, as it should be.
    }
  }
}
