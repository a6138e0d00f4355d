package io.rowwise.benchmarks.published;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.benchmarks.readme.Readme;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Maven project that is no part of this one takes its dependencies as the pages for users say,
 * compiles the README's examples and runs them.
 */
final class OutsideProjectTest {
  private static final String EMBEDDING = "docs/embedding.md";

  @TempDir static Path folder;
  private static PublishedRepository published;
  private static MavenRun maven;

  @BeforeAll
  static void publish() throws IOException {
    published = new PublishedRepository(folder.resolve("published"));
    maven = new MavenRun(folder, published.folder());
  }

  @Test
  void theReadmesExamplesCompileAndRun() throws IOException, InterruptedException {
    Path project = project("program", Readme.block("README.md", "Into your build", "xml"));

    maven.test(project);

    Set<String> jars = jars(project);
    assertTrue(jars.stream().anyMatch(jar -> jar.startsWith("nd4j-native-")), jars::toString);
    runWithModules(project, Readme.block(EMBEDDING, "A runtime of its own: jlink", "sh"));
  }

  /** Runs the program with no other modules than those that jlink is told of. */
  private static void runWithModules(Path project, String jlink)
      throws IOException, InterruptedException {
    Matcher modules = Pattern.compile("--add-modules (\\S+)").matcher(jlink);
    assertTrue(modules.find(), jlink);
    Path output = project.resolve("limited.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--limit-modules",
                modules.group(1),
                "-cp",
                Files.readString(project.resolve("target/class-path.txt"))
                    .strip()
                    .replaceAll("\\R", Matcher.quoteReplacement(File.pathSeparator)),
                "program.Program")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(2, TimeUnit.MINUTES));
      assertEquals(0, process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void withoutNd4jTheReadmesExamplesRunOnAnEighthOfTheBytes()
      throws IOException, InterruptedException {
    Path project = project("slim", Readme.block(EMBEDDING, "Slim: without ND4J", "xml"));

    maven.test(project);

    Set<String> jars = jars(project);
    assertFalse(jars.stream().anyMatch(jar -> jar.startsWith("nd4j-")), jars::toString);
    long bytes = Long.parseLong(Files.readString(project.resolve("target/bytes.txt")));
    assertTrue(bytes < 20_000_000, () -> bytes + " bytes: " + jars);
  }

  @Test
  void anotherPlatformsNativesComeInThePlaceOfThisMachines()
      throws IOException, InterruptedException {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
    String other = windows ? "linux-x86_64" : "windows-x86_64";
    Pom root = new Pom(Path.of("..", "pom.xml"));
    List<Pom.Dependency> natives = new ArrayList<>();
    for (String name : List.of(other, "cuda-" + other)) {
      natives.addAll(new Pom(Path.of("..", "natives", name, "pom.xml")).dependencies());
    }
    // Nothing native is in this one, but ND4J's own POM asks for it.
    natives.add(
        new Pom.Dependency(
            "org.nd4j", "nd4j-native-preset", root.property("nd4j.version"), "", other, ""));
    for (Pom.Dependency dependency : natives) {
      published.putStandIn(dependency);
    }
    Path project = project("elsewhere", Readme.block("README.md", "Into your build", "xml"));

    maven.test(project, "-Djavacpp.platform=" + other, "-Dtest=ClassPathTest");

    Set<String> wanted = new TreeSet<>();
    for (Pom.Dependency one : natives) {
      wanted.add(String.join("-", one.artifactId(), one.version(), other) + ".jar");
    }
    Set<String> found = jars(project);
    found.removeIf(jar -> !jar.matches(".*-(linux|macosx|windows)-[a-z0-9_]*\\.jar"));
    assertEquals(wanted, found);
  }

  @Test
  void everyJarHasTheLicence() throws IOException {
    for (Pom pom : Pom.published(Path.of("..")).values()) {
      if (pom.packaging().equals("jar")) {
        Path jar = PublishedRepository.jar(pom);
        try (ZipFile zip = new ZipFile(jar.toFile())) {
          for (String name : List.of("LICENSE", "NOTICE")) {
            assertEquals(
                Files.readString(Path.of("..", name)).strip(),
                new String(
                        zip.getInputStream(zip.getEntry("META-INF/" + name)).readAllBytes(), UTF_8)
                    .strip(),
                jar::toString);
          }
        }
      }
    }
  }

  /** The jars of a project's class path by their names, which it wrote when it was tested. */
  private static Set<String> jars(Path project) throws IOException {
    try (Stream<String> lines = Files.lines(project.resolve("target/class-path.txt"))) {
      return lines
          .map(line -> Path.of(line).getFileName().toString())
          .filter(name -> name.endsWith(".jar"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static Path project(String name, String dependencies) throws IOException {
    Pom root = new Pom(Path.of("..", "pom.xml"));
    String version = "<version>" + root.version() + "</version>";
    assertTrue(dependencies.contains(version), () -> version + " in " + dependencies);
    Path project = folder.resolve(name);
    Path main = Files.createDirectories(project.resolve("src/main/java/program"));
    Path test = Files.createDirectories(project.resolve("src/test/java/program"));
    Files.writeString(project.resolve("pom.xml"), OutsideSources.pom(root, dependencies));
    Files.writeString(main.resolve("Program.java"), OutsideSources.program());
    Files.writeString(test.resolve("ProgramTest.java"), OutsideSources.PROGRAM_TEST);
    Files.writeString(test.resolve("ClassPathTest.java"), OutsideSources.CLASS_PATH_TEST);
    return project;
  }
}
