package io.rowwise.model;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any file or stream is loaded, or refused with the typed error. As a test it runs on the files in
 * {@code SafetensorsFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class SafetensorsFuzzTest {
  @TempDir static Path folder;

  @FuzzTest(maxDuration = "1m")
  void loads(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("model.safetensors"), bytes);
    boolean loaded = true;
    try {
      SoftmaxModel.load(file);
    } catch (ModelFormatException e) {
      // Said, as it should be.
      loaded = false;
    }
    InputStream stream = new ByteArrayInputStream(bytes);
    try {
      SoftmaxModel.load(stream);
      // More may follow in a stream, but not in a file.
      if (!loaded && stream.available() == 0) {
        throw new IllegalStateException("loaded as a stream only");
      }
    } catch (ModelFormatException e) {
      if (loaded) {
        throw new IllegalStateException("loaded as a file only", e);
      }
    }
  }
}
