package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A JVM in a control group of 600 MB, as in a container. */
final class ContainerMemoryTest {
  private static final long LIMIT = 600_000_000;
  private static final List<String> FIRST_VERSION =
      List.of("/sys/fs/cgroup/memory", "memory.limit_in_bytes");
  private static final List<String> SECOND_VERSION = List.of("/sys/fs/cgroup", "memory.max");

  private Path group;

  /** Fills matrices until it is told that there is no more. */
  static final class Greedy {
    private Greedy() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backends.choose("cpu", false).backend()) {
        List<Matrix> held = new ArrayList<>();
        try {
          while (true) {
            Matrix next = backend.matrix(ElementType.FLOAT32, 5000, 5000);
            held.add(next);
            backend.fill(1, next);
          }
        } catch (OutOfDeviceMemoryException e) {
          System.out.println(held.size() + " matrices, " + e.getMessage());
        }
        held.forEach(Matrix::close);
      }
    }
  }

  /** Forgets the matrices that it fills. */
  static final class Forgetful {
    private Forgetful() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backends.choose("cpu", false).backend()) {
        for (int i = 0; i < 60; i++) {
          backend.fill(1, backend.matrix(ElementType.FLOAT32, 2000, 5000));
        }
        System.out.println("done");
      }
    }
  }

  @BeforeEach
  void makeGroup() {
    for (List<String> version : List.of(FIRST_VERSION, SECOND_VERSION)) {
      Path made = Path.of(version.get(0), "rowwise-test-" + ProcessHandle.current().pid());
      try {
        if (Files.isWritable(Path.of(version.get(0), "cgroup.procs"))) {
          Files.createDirectory(made);
          group = made;
          Files.writeString(made.resolve(version.get(1)), String.valueOf(LIMIT));
          return;
        }
      } catch (IOException e) {
        removeGroup();
      }
    }
    abort("no control group with a limit of memory can be made here");
  }

  @AfterEach
  void removeGroup() {
    if (group != null) {
      try {
        Files.deleteIfExists(group);
      } catch (IOException e) {
        // Without a process in it, it costs nothing.
        group = null;
      }
    }
  }

  private String run(Class<?> program) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "sh", "-c", "echo $$ > " + group.resolve("cgroup.procs") + " && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx64m",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            System.getProperty("java.class.path"),
            program.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), output);
    assertEquals(0, process.exitValue(), "137 is what a process that was killed gives: " + output);
    return output;
  }

  @Test
  void whoWantsMoreIsToldAndNotKilled() throws IOException, InterruptedException {
    String output = run(Greedy.class);
    assertTrue(
        output.matches(
            "(?s).*[34] matrices, cpu: a matrix of 100000000 bytes was asked for, this backend's"
                + " matrices take [34]00000000 of the \\d+ bytes that they may; .*"),
        output);
  }

  @Test
  void whoForgetsMatricesIsNotKilled() throws IOException, InterruptedException {
    assertTrue(run(Forgetful.class).contains("done"));
  }
}
