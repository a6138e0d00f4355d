package io.rowwise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The scripts and jars that the phase package has put together, if it has. */
class DistributionTest extends CommandLineTest {
  private static final Path SCRIPT = Path.of("target/rowwise/bin/rowwise").toAbsolutePath();

  private String run(List<String> arguments) throws IOException, InterruptedException {
    assumeFalse(
        System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows"),
        "rowwise.bat is not run");
    assumeTrue(Files.exists(SCRIPT), "target/rowwise is made by the phase package");
    List<String> command = new ArrayList<>(List.of("sh", SCRIPT.toString()));
    command.addAll(arguments);
    Path said = folder.resolve("said.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JAVA_OPTS", "-Xmx256m");
    Process process = builder.start();
    process.getOutputStream().close();
    int code = process.waitFor();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertEquals(0, code, text);
    return text;
  }

  @Test
  void aNewcomerGetsToAReport() throws IOException, InterruptedException {
    iris();
    String trained =
        run(List.of("train", "iris.csv", "--label", "species", "--model", "iris.safetensors"));
    assertEquals(3, trained.lines().count(), trained);
    String evaluated =
        run(
            List.of(
                "evaluate", "iris.csv", "--model", "iris.safetensors", "--report", "report.html"));
    assertContains("0.9733", evaluated);
    assertEquals(
        "",
        run(
            List.of(
                "predict", "iris.csv", "--model", "iris.safetensors", "--output", "scored.csv")));
    assertEquals(151, Files.readAllLines(folder.resolve("scored.csv")).size());
  }
}
