package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in this process, in a folder with {@code iris.csv}. */
abstract class CommandLineTest {
  @TempDir Path folder;

  /** What a command left. */
  record Result(int code, String out, String err) {
    /** What it says on success. */
    String said() {
      assertEquals(0, code, err);
      return out;
    }

    /** The one line of a failure. */
    String complaint(int wanted) {
      assertEquals(wanted, code, out + err);
      assertEquals(1, err.lines().count(), err);
      return err.strip();
    }
  }

  Path iris() throws IOException {
    Path path = folder.resolve("iris.csv");
    if (!Files.exists(path)) {
      try (InputStream in = CommandLineTest.class.getResourceAsStream("iris.csv")) {
        Files.copy(in, path);
      }
    }
    return path;
  }

  /** A model of {@code iris.csv}. */
  Path irisModel() throws IOException {
    Path path = folder.resolve("iris.safetensors");
    run("train", iris() + "", "--label", "species", "--model", path + "").said();
    return path;
  }

  Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  static Result run(String... arguments) {
    return run(InputStream.nullInputStream(), arguments);
  }

  static Result runWithInput(String input, String... arguments) {
    return run(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), arguments);
  }

  private static Result run(InputStream in, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            arguments,
            in,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static void assertContains(String part, String whole) {
    assertTrue(whole.contains(part), () -> "wanted " + part + " in " + whole);
  }
}
