package io.rowwise.benchmarks.published;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A repository in a folder, with the artifacts of this build as they are published. */
final class PublishedRepository {
  private final Path folder;

  PublishedRepository(Path folder) throws IOException {
    this.folder = folder;
    for (Pom pom : Pom.published(Path.of("..")).values()) {
      put("io.rowwise", pom.artifactId(), pom.version(), ".pom", pom.file());
      if (pom.packaging().equals("jar")) {
        put("io.rowwise", pom.artifactId(), pom.version(), ".jar", jar(pom));
      }
    }
  }

  Path folder() {
    return folder;
  }

  /** A module's jar. It is on the class path where this build has packaged it. */
  static Path jar(Pom pom) {
    String name = pom.artifactId() + "-" + pom.version() + ".jar";
    Optional<Path> jar =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> path.endsWith(name))
            .findFirst();
    assumeTrue(jar.isPresent(), () -> name + " is made by the phase package: mvn verify");
    return jar.orElseThrow();
  }

  private Path place(String groupId, String artifactId, String version, String ending)
      throws IOException {
    Path place =
        folder
            .resolve(groupId.replace('.', '/'))
            .resolve(artifactId)
            .resolve(version)
            .resolve(artifactId + "-" + version + ending);
    Files.createDirectories(place.getParent());
    return place;
  }

  private void put(String groupId, String artifactId, String version, String ending, Path file)
      throws IOException {
    Files.copy(file, place(groupId, artifactId, version, ending));
  }

  /** Puts an almost empty jar where another platform's natives would be. */
  void putStandIn(Pom.Dependency dependency) throws IOException {
    Path place =
        place(
            dependency.groupId(),
            dependency.artifactId(),
            dependency.version(),
            "-" + dependency.classifier() + ".jar");
    try (OutputStream out = Files.newOutputStream(place);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("stand-in"));
      zip.closeEntry();
    }
  }
}
