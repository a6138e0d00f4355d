package io.rowwise.backend.cpu.converter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a text in {@code double}. */
final class ToFloat32Test {
  @TempDir Path folder;

  @Test
  void arraysAndNumbersInsideBecomeFloat() {
    assertEquals(
        """
          private static float twice(float[] x) {
            float y = 2 * x[0];
            return y;
          }
        """,
        ToFloat32.convert(
            """
              private static double twice(double[] x) {
                double y = 2 * x[0];
                return y;
              }
            """));
  }

  @Test
  void numbersInPublicSignaturesStayDouble() {
    assertEquals(
        """
          public double sum(
              float[] x, double scale) {
            float sum = 0;
        """,
        ToFloat32.convert(
            """
              public double sum(
                  double[] x, double scale) {
                double sum = 0;
            """));
  }

  @Test
  void whatIsMarkedStaysOrIsCast() {
    assertEquals(
        "float x = (float) value; double[] y; Double.isNaN(z); Float.isNaN(x)",
        ToFloat32.convert(
            "double x = /* narrow */ value; /* wide */ double[] y; /* wide */ Double.isNaN(z);"
                + " Double.isNaN(x)"));
  }

  @Test
  void namesTellTheType() {
    assertEquals(
        "class Float32Loops { FLOAT32 scratch.floats(1) }",
        ToFloat32.convert("class Float64Loops { FLOAT64 scratch.doubles(1) }"));
  }

  @Test
  void aFileThatIsThereIsNotWrittenAgain() throws IOException {
    Path from = Files.createDirectory(folder.resolve("from"));
    Path to = folder.resolve("to");
    Files.writeString(from.resolve("Some64.java"), "double x;");
    String[] arguments = {from.toString(), to.toString(), "Some64.java"};
    ToFloat32.main(arguments);
    Path result = to.resolve("Some32.java");
    assertEquals("float x;", Files.readString(result));
    assertTrue(result.toFile().setLastModified(1_000_000));
    ToFloat32.main(arguments);
    assertEquals(1_000_000, result.toFile().lastModified());
  }
}
