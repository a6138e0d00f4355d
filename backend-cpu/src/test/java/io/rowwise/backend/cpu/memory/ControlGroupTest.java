package io.rowwise.backend.cpu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlGroupTest {
  @TempDir private Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private long memory() {
    return new ControlGroup(root).memory();
  }

  @Test
  void withoutGroupsThereIsNoLimit() throws IOException {
    assertEquals(Long.MAX_VALUE, memory());
    write("proc/self/cgroup", "0::/\n\nnonsense\n4:memory\n");
    assertEquals(Long.MAX_VALUE, memory());
  }

  @Test
  void theSecondVersionsLimitIsThatOfTheGroupAndThoseAround() throws IOException {
    write("proc/self/cgroup", "0::/a.slice/b.scope\n");
    write("sys/fs/cgroup/a.slice/b.scope/memory.max", "3000000\n");
    assertEquals(3_000_000, memory());
    write("sys/fs/cgroup/a.slice/memory.max", "2000000\n");
    assertEquals(2_000_000, memory());
    write("sys/fs/cgroup/a.slice/memory.max", "max\n");
    assertEquals(3_000_000, memory());
  }

  @Test
  void aContainerThatSeesOnlyItsOwnHasItAtTheTop() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "1500000000\n");
    assertEquals(1_500_000_000, memory());
    write("proc/self/cgroup", "4:cpu,memory:/docker/0123\n0::/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1400000000\n");
    assertEquals(1_400_000_000, memory());
  }

  @Test
  void theFirstVersionsLimitIsThatOfTheGroupAndThoseAround() throws IOException {
    write("proc/self/cgroup", "5:devices:/x\n4:memory:/a/b\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "700\n");
    write("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "900\n");
    assertEquals(700, memory());
  }

  @Test
  void whatCannotBeReadIsNoLimit() throws IOException {
    write("proc/self/cgroup", "0::/a\0b\n");
    write("sys/fs/cgroup/memory.max", "");
    assertEquals(Long.MAX_VALUE, memory());
  }
}
