package io.rowwise.benchmarks.published;

import io.rowwise.benchmarks.readme.Readme;
import java.io.IOException;

/** The files of a small project that uses Rowwise as its pages say. */
final class OutsideSources {
  static final String PROGRAM_TEST =
      """
      package program;

      import org.junit.jupiter.api.Test;

      final class ProgramTest {
        @Test
        void runs() throws Exception {
          Program.main();
        }
      }
      """;

  static final String CLASS_PATH_TEST =
      """
      package program;

      import java.io.File;
      import java.nio.file.Files;
      import java.nio.file.Path;
      import java.util.List;
      import org.junit.jupiter.api.Test;

      final class ClassPathTest {
        @Test
        void isWritten() throws Exception {
          List<String> path =
              List.of(System.getProperty("java.class.path").split(File.pathSeparator));
          Files.write(Path.of("target", "class-path.txt"), path);
          long bytes = 0;
          for (String entry : path) {
            if (entry.endsWith(".jar") && !entry.contains("junit")) {
              bytes += Files.size(Path.of(entry));
            }
          }
          Files.writeString(Path.of("target", "bytes.txt"), Long.toString(bytes));
        }
      }
      """;

  private OutsideSources() {}

  /** The README's examples, each a method. */
  static String program() throws IOException {
    return "package program;\n"
        + Readme.IMPORTS
        + """
        public final class Program {
          public static void main(String... arguments) throws Exception {
            double[] values = new java.util.SplittableRandom(1).doubles(120, -1, 1).toArray();
            int[] labels = new java.util.SplittableRandom(2).ints(30, 0, 3).toArray();
            wanted(90, inYourProgram(30, 4, 3, values, labels).length);
            Path folder = java.nio.file.Files.createTempDirectory("program");
            try (Backend backend = Backends.choose("cpu", false).backend();
                Matrix x = backend.matrix(30, 4, values);
                Matrix y = backend.matrix(30, 3, OneHot.encode(labels, 3));
                SoftmaxClassifier classifier =
                    new SoftmaxClassifier(backend, ElementType.FLOAT64, 4, 3, 42)) {
              wanted(
                  List.of("setosa", "versicolor", "virginica"),
                  saveLoadExport(backend, x, y, classifier, folder));
              double[] row = java.util.Arrays.copyOf(values, 4);
              wanted(90, inAService(classifier, row, values, 30).length);
            } finally {
              for (String file : List.of("iris.safetensors", "iris.onnx")) {
                java.nio.file.Files.delete(folder.resolve(file));
              }
              java.nio.file.Files.delete(folder);
            }
          }

          private static void wanted(Object expected, Object actual) {
            if (!expected.equals(actual)) {
              throw new AssertionError("not " + expected + " but " + actual);
            }
          }

          static double[] inYourProgram(
              int rows, int features, int classes, double[] values, int[] labels)
              throws Exception {
        %s
          }

          static List<String> saveLoadExport(
              Backend backend, Matrix x, Matrix y, SoftmaxClassifier classifier, Path folder)
              throws Exception {
        %s
          }

          static double[] inAService(
              SoftmaxClassifier classifier, double[] row, double[] rows, int count)
              throws Exception {
        %s
          }
        }
        """
            .formatted(Readme.inYourProgram(), Readme.saveLoadExport(), Readme.inAService());
  }

  /** A POM with a page's dependencies, and plugins that this build has downloaded already. */
  static String pom(Pom root, String dependencies) {
    return """
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <modelVersion>4.0.0</modelVersion>
      <groupId>program</groupId>
      <artifactId>program</artifactId>
      <version>1</version>
      <properties>
        <maven.compiler.release>17</maven.compiler.release>
        <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
      </properties>
      <dependencies>
        %s
        <dependency>
          <groupId>org.junit.jupiter</groupId>
          <artifactId>junit-jupiter</artifactId>
          <version>%s</version>
          <scope>test</scope>
        </dependency>
      </dependencies>
      <build>
        <plugins>
          <plugin>
            <artifactId>maven-resources-plugin</artifactId>
            <version>%s</version>
          </plugin>
          <plugin>
            <artifactId>maven-compiler-plugin</artifactId>
            <version>%s</version>
          </plugin>
          <plugin>
            <artifactId>maven-surefire-plugin</artifactId>
            <version>%s</version>
          </plugin>
        </plugins>
      </build>
    </project>
    """
        .formatted(
            dependencies,
            root.property("junit.version"),
            root.pluginVersion("maven-resources-plugin"),
            root.pluginVersion("maven-compiler-plugin"),
            root.pluginVersion("maven-surefire-plugin"));
  }
}
