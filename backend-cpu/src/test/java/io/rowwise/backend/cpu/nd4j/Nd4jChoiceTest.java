package io.rowwise.backend.cpu.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cpu.ChildJvm;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** It is there for who asks for it, and for nobody else. */
final class Nd4jChoiceTest {
  /** Opens what the properties say, twice, and prints what came and everything that there is. */
  static final class Choice {
    private Choice() {}

    public static void main(String[] arguments) {
      for (int i = 0; i < 2; i++) {
        try (Backend backend = Backends.open();
            Matrix matrix = backend.matrix(1, 2, 1, 2)) {
          backend.add(matrix, 1, matrix);
          System.out.println("on " + backend.name() + ": " + matrix.toDoubles()[1]);
        } catch (BackendUnavailableException e) {
          System.out.println("unavailable: " + e.getMessage());
        }
      }
      System.out.println(Backends.describe());
    }
  }

  private static boolean isNotNd4j(String entry) {
    return !entry.matches(".*/nd4j-[^/]*\\.jar");
  }

  @Test
  void whoDoesNotAskForItNeverStartsIt() throws IOException, InterruptedException {
    String output = new ChildJvm().with("-Xlog:class+load").run(Choice.class);
    assertTrue(output.contains("on cpu: 3.0"), output);
    assertTrue(
        output.contains("nd4j is not opened, as auto never chooses it; ask for it by name"),
        output);
    assertFalse(output.contains("org.nd4j."), output);
  }

  @Test
  void whoAsksForItGetsIt() throws IOException, InterruptedException {
    String output =
        new ChildJvm().with("-Dbackend=nd4j", "-Drowwise.nd4j.memory=1g").run(Choice.class);
    assertTrue(output.startsWith("on nd4j: 3.0\non nd4j: 3.0\n"), output);
    assertTrue(output.contains("-Drowwise.nd4j.memory=1g\n"), output);
    assertTrue(output.contains("nd4j: nd4j "), output);
    assertTrue(output.contains("(ND4J 1."), output);
  }

  @Test
  void withoutNd4jTheReasonIsTold() throws IOException, InterruptedException {
    String reason =
        "nd4j is not usable: ND4J is not on the class path; add org.nd4j:nd4j-native and its"
            + " classifier for this platform\n";
    String output =
        new ChildJvm()
            .with("-Dbackend=nd4j", "-Dbackend.fallback=false")
            .seeing(Nd4jChoiceTest::isNotNd4j)
            .run(Choice.class);
    // Each time, and in the description.
    assertTrue(output.startsWith("unavailable: " + reason + "unavailable: " + reason), output);
    assertTrue(output.endsWith(reason), output);
  }

  @Test
  void withoutNd4jTheCpuIsTaken() throws IOException, InterruptedException {
    String output =
        new ChildJvm().with("-Dbackend=nd4j").seeing(Nd4jChoiceTest::isNotNd4j).run(Choice.class);
    assertTrue(output.startsWith("on cpu: 3.0\non cpu: 3.0\n"), output);
  }

  @Test
  void withoutItsNativeLibraryTheReasonIsOneLine() throws IOException, InterruptedException {
    String output =
        new ChildJvm()
            .with("-Dbackend=nd4j", "-Dbackend.fallback=false")
            .seeing(entry -> !entry.matches(".*/nd4j-native-[^/]*-(linux|macosx|windows)-[^/]*"))
            .run(Choice.class);
    long told =
        output
            .lines()
            .filter(line -> line.startsWith("unavailable: nd4j is not usable: ND4J does not start"))
            .filter(line -> line.endsWith("with its classifier for this platform?"))
            .count();
    assertEquals(2, told, output);
  }

  @Test
  void thereIsOne() {
    BackendUnavailableException e =
        assertThrows(
            BackendUnavailableException.class, () -> Backends.choose("nd4j:1", false).backend());
    assertEquals(
        "nd4j:1 is not usable: there is one ND4J, nd4j; it has no devices by number",
        e.getMessage());
  }

  @Test
  void itsMatricesHaveALimit() {
    System.setProperty(Nd4jBackendProvider.MEMORY, "1m");
    BackendChoice choice;
    try {
      choice = Backends.choose("nd4j", false);
    } finally {
      System.clearProperty(Nd4jBackendProvider.MEMORY);
    }
    try (Backend backend = choice.backend()) {
      assertEquals(1 << 20, backend.device().memoryBytes());
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class,
              () -> backend.matrix(1, 1 << 18, new double[1 << 18]));
      assertTrue(e.getMessage().contains("-Drowwise.nd4j.memory"), e.getMessage());
    }
  }
}
