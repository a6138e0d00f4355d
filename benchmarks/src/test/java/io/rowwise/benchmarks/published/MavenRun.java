package io.rowwise.benchmarks.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Maven, the one that runs this build, in a project of somebody else. It knows the user's local
 * repository only as a registry that it copies from, so that it needs no network and leaves nothing
 * there.
 */
final class MavenRun {
  private final Path settings;
  private final Path localRepository;

  /** Writes the settings into a folder. */
  MavenRun(Path folder, Path published) throws IOException {
    this.localRepository = folder.resolve("local");
    this.settings = folder.resolve("settings.xml");
    Path registry = Path.of(property("maven.repo.local"));
    Files.writeString(
        settings,
        """
        <settings>
          <mirrors>
            <mirror>
              <id>copies</id>
              <mirrorOf>*,!published</mirrorOf>
              <url>%s</url>
            </mirror>
          </mirrors>
          <profiles>
            <profile>
              <id>published</id>
              <repositories>
                <repository>
                  <id>published</id>
                  <url>%s</url>
                </repository>
              </repositories>
            </profile>
          </profiles>
          <activeProfiles>
            <activeProfile>published</activeProfile>
          </activeProfiles>
        </settings>
        """
            .formatted(registry.toUri(), published.toUri()));
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    assumeTrue(value != null, () -> "only a build by Maven says what " + name + " is");
    return value;
  }

  /** Runs {@code mvn test} in a project, with further arguments. */
  void test(Path project, String... arguments) throws IOException, InterruptedException {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
    Path maven =
        Path.of(property("maven.home")).resolve("bin").resolve(windows ? "mvn.cmd" : "mvn");
    List<String> command =
        new ArrayList<>(
            List.of(
                maven.toString(),
                "-B",
                "-ntp",
                "-q",
                "-s",
                settings.toString(),
                "-gs",
                settings.toString(),
                "-Dmaven.repo.local=" + localRepository));
    command.addAll(List.of(arguments));
    command.add("test");
    // Where Maven looks for a project's own options; without it, it would take those of this tree.
    Files.createDirectories(project.resolve(".mvn"));
    Path output = project.resolve("maven.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().keySet().removeAll(List.of("MAVEN_OPTS", "MAVEN_ARGS"));
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES), () -> "still running: " + said(output));
      assertEquals(0, process.exitValue(), () -> said(output));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String said(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
