package io.rowwise.spark.cluster;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * What Spark takes for its own installation: a folder whose {@code jars} has one jar, which refers
 * to all of this process's class path. The processes of a cluster are started from it.
 */
public final class SparkHome {
  private static final Attributes.Name AGENT = new Attributes.Name("Premain-Class");
  private static final String LOGGING = "io/rowwise/spark/cluster/log4j2.properties";

  private final Path folder;

  private SparkHome(Path folder) {
    this.folder = folder;
  }

  /** Makes one in a folder that is there and empty. */
  public static SparkHome in(Path folder) throws IOException {
    SparkHome home = new SparkHome(folder.toRealPath());
    Path jars = Files.createDirectory(home.folder.resolve("jars"));
    // Without it Spark takes the folder for its own source tree.
    Files.createFile(home.folder.resolve("RELEASE"));
    Files.createDirectory(home.temporary());
    packClassPath(jars.resolve("class-path.jar"));
    home.packAgent();
    home.writeDiscoveryScript();
    return home;
  }

  /** For what Spark writes while it runs. */
  Path temporary() {
    return folder.resolve("temporary");
  }

  private Path agent() {
    return folder.resolve("ends-with-parent.jar");
  }

  /** Tells a worker which GPUs it has, whatever there is. */
  Path discoveryScript() {
    return folder.resolve("discover-gpus");
  }

  /** What Spark's own scripts set for its processes. */
  Map<String, String> environment() {
    return Map.of(
        "SPARK_HOME", folder.toString(),
        "SPARK_SCALA_VERSION", "2.13",
        "SPARK_LOCAL_IP", "127.0.0.1",
        "SPARK_LOCAL_DIRS", temporary().toString(),
        "JAVA_HOME", System.getProperty("java.home"));
  }

  /** The options of a JVM that ends with its parent, but for its heap. */
  List<String> options() {
    List<String> options = new ArrayList<>();
    options.add("-javaagent:" + agent());
    options.add("-Dlog4j2.configurationFile=" + LOGGING);
    options.add("-Djava.io.tmpdir=" + temporary());
    options.add("--enable-native-access=ALL-UNNAMED");
    return options;
  }

  /** How to start a main class. */
  List<String> java(String mainClass, List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(options);
    command.add("-cp");
    command.add(folder.resolve("jars") + File.separator + "*");
    command.add(mainClass);
    return command;
  }

  private static void packClassPath(Path jar) throws IOException {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.isEmpty())
            // A folder's ends with a slash, as it has to.
            .map(entry -> Path.of(entry).toUri().toASCIIString())
            .collect(Collectors.joining(" "));
    Manifest manifest = manifest(Attributes.Name.CLASS_PATH, path);
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.finish();
    }
  }

  private static Manifest manifest(Attributes.Name name, String value) {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(name, value);
    return manifest;
  }

  private void packAgent() throws IOException {
    Manifest manifest = manifest(AGENT, EndsWithParent.class.getName());
    String name = EndsWithParent.class.getName().replace('.', '/') + ".class";
    try (InputStream in = SparkHome.class.getClassLoader().getResourceAsStream(name);
        OutputStream file = Files.newOutputStream(agent());
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.putNextEntry(new JarEntry(name));
      in.transferTo(out);
      out.closeEntry();
    }
  }

  private void writeDiscoveryScript() throws IOException {
    Files.writeString(
        discoveryScript(),
        """
        #!/bin/sh
        echo '{"name": "gpu", "addresses": ["0"]}'
        """);
    Files.setPosixFilePermissions(discoveryScript(), PosixFilePermissions.fromString("rwx------"));
  }
}
