package io.rowwise.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any file is loaded, or refused with the typed error. As a test it runs on the files in {@code
 * SafetensorsFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class SafetensorsFuzzTest {
  @TempDir static Path folder;

  @FuzzTest(maxDuration = "1m")
  void loads(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("model.safetensors"), bytes);
    try {
      SoftmaxModel.load(file);
    } catch (ModelFormatException e) {
      // Said, as it should be.
    }
  }
}
