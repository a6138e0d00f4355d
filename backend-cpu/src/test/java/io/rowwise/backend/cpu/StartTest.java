package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a fresh JVM does until its first prediction. */
final class StartTest {
  /** Predicts, and prints a probability or why there is none. */
  static final class FirstPrediction {
    private FirstPrediction() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backends.choose("cpu", false).backend();
          Matrix x = backend.matrix(ElementType.FLOAT32, 1, 5);
          SoftmaxClassifier classifier =
              new SoftmaxClassifier(backend, ElementType.FLOAT32, 5, 1, 42);
          Matrix probabilities = classifier.predict(x)) {
        System.out.println("probability " + probabilities.toDoubles()[0]);
      } catch (BackendUnavailableException e) {
        System.out.println("unavailable: " + e.getMessage());
      }
    }
  }

  private static String start(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), FirstPrediction.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), output);
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  /** What takes longer to start than all the rest. */
  @Test
  void neitherNd4jNorManagementIsStarted() throws IOException, InterruptedException {
    String output = start("-Xlog:class+load");
    assertTrue(output.contains("probability 1.0"), output);
    assertTrue(output.contains(CpuBackend.class.getName()), output);
    assertFalse(output.contains("org.nd4j"), output);
    assertFalse(output.contains("java.lang.management"), output);
  }

  @Test
  void withoutNativeLibrariesTheReasonIsTold() throws IOException, InterruptedException {
    String output = start("-Dorg.bytedeco.javacpp.platform=linux-none");
    assertTrue(output.contains("unavailable: "), output);
    assertTrue(output.contains("OpenBLAS did not load on "), output);
    assertTrue(output.contains("with the classifier of this platform"), output);
  }
}
