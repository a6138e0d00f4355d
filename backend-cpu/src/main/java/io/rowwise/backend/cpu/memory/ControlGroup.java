package io.rowwise.backend.cpu.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * The control group that Linux has put this process in, as containers do. The JVM reads the limit
 * of the group itself; groups around it may have a lower one.
 */
final class ControlGroup {
  private static final String FIRST_VERSION = "memory";

  private final Path root;

  /**
   * @param root of the file system
   */
  ControlGroup(Path root) {
    this.root = root;
  }

  /** The lowest limit of this group and those around it, in bytes; the largest long without one. */
  long memory() {
    long lowest = Long.MAX_VALUE;
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      // Number, controllers (none in the second version), path.
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[1].isEmpty()) {
        lowest = Math.min(lowest, lowest("sys/fs/cgroup", parts[2], "memory.max"));
        lowest = Math.min(lowest, lowest("sys/fs/cgroup/unified", parts[2], "memory.max"));
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains(FIRST_VERSION)) {
        lowest =
            Math.min(lowest, lowest("sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"));
      }
    }
    return lowest;
  }

  /** Where a container sees only its own group, the path leads nowhere, and the top is its own. */
  private long lowest(String mount, String path, String file) {
    Path top = root.resolve(mount);
    long lowest = limit(top.resolve(file));
    Path group = top;
    try {
      for (Path name : Path.of(path)) {
        group = group.resolve(name);
        lowest = Math.min(lowest, limit(group.resolve(file)));
      }
    } catch (InvalidPathException e) {
      // A name that the JVM's locale has no letters for: what was found so far counts.
      return lowest;
    }
    return lowest;
  }

  private static long limit(Path file) {
    List<String> lines = lines(file);
    // Else "max", or what cannot be read.
    return !lines.isEmpty() && lines.get(0).matches("\\d{1,18}")
        ? Long.parseLong(lines.get(0))
        : Long.MAX_VALUE;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException | RuntimeException e) {
      // As if there were no limit: Java's own reading of it is still there.
      return List.of();
    }
  }
}
