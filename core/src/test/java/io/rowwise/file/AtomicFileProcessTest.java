package io.rowwise.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that write, and are killed, and mounts of their own; in child JVMs. */
final class AtomicFileProcessTest {
  @TempDir Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void write(Path path, String text) throws IOException {
    AtomicFile.write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A process in the middle of writing the path. */
  private static Process writing(Path path) throws IOException {
    Process process =
        SavingProgram.start(Redirect.DISCARD, SavingProgram.command("wait", path, 200_000));
    // Not closed: the process lives on.
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    assertEquals("writing", said.readLine());
    return process;
  }

  private static void assertDone(Process process) throws InterruptedException, IOException {
    boolean done = process.waitFor(1, TimeUnit.MINUTES);
    if (!done) {
      process.destroyForcibly();
    }
    String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(done && process.exitValue() == 0, said);
  }

  // ---- Others who write

  @Test
  void whatAKilledProcessLeftIsRemovedByTheNext() throws Exception {
    Path path = folder.resolve("model");
    Files.writeString(path, "old");
    for (Process process : List.of(writing(path), writing(path))) {
      process.destroyForcibly().waitFor();
    }
    assertEquals("old", Files.readString(path));
    assertEquals(3, names().size(), "nothing was left: " + names());
    write(path, "new");
    assertEquals("new", Files.readString(path));
    assertEquals(List.of("model"), names());
  }

  @Test
  void whatALiveProcessWritesIsLeftToIt() throws Exception {
    Path path = folder.resolve("model");
    Process process = writing(path);
    try {
      write(path, "new");
      assertEquals("new", Files.readString(path));
      assertEquals(2, names().size(), () -> "its file is gone");
      process.getOutputStream().write('\n');
      process.getOutputStream().close();
      assertDone(process);
    } finally {
      process.destroyForcibly();
    }
    assertEquals("n".repeat(200_000), Files.readString(path));
    assertEquals(List.of("model"), names());
  }

  @Test
  void processesThatWriteTheSameFileAtOnceAllSucceed() throws Exception {
    Path path = folder.resolve("model");
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(
          SavingProgram.start(
              Redirect.DISCARD, SavingProgram.command("often", path, 10_000 * (i + 1))));
    }
    for (Process process : processes) {
      assertDone(process);
    }
    String text = Files.readString(path);
    assertTrue(List.of(10_000, 20_000, 30_000).contains(text.length()), text.length() + " bytes");
    assertEquals("n".repeat(text.length()), text);
    assertEquals(List.of("model"), names());
  }

  // ---- Standard output

  @Test
  void standardOutputIsWrittenToWhateverItIs() throws Exception {
    Path standardOutput = Path.of("/dev/stdout");
    assumeTrue(Files.exists(Path.of("/proc/self/fd")), "no /proc/self/fd");
    List<String> command = SavingProgram.command("once", standardOutput, 3);
    Process process = SavingProgram.start(Redirect.PIPE, command);
    assertArrayEquals(
        "nnn".getBytes(StandardCharsets.US_ASCII), process.getInputStream().readAllBytes());
    assertDone(process);
    // A file that has something in it, which stays.
    Path log = Files.writeString(folder.resolve("log"), "before ");
    assertDone(SavingProgram.start(Redirect.appendTo(log.toFile()), command));
    assertEquals("before nnn", Files.readString(log));
    assertEquals(List.of("log"), names());
    assertTrue(Files.isSymbolicLink(standardOutput));
  }

  // ---- Mounts

  /** Runs a script that may mount things, which nobody else sees, or skips the test. */
  private String mounting(String preparation, String script) throws Exception {
    String all =
        "cd \"$0\" || exit 99\n" + preparation.replace("\n", " || exit 99\n") + "\n" + script;
    for (List<String> unshare : List.of(List.of("unshare", "-m"), List.of("unshare", "-r", "-m"))) {
      List<String> command = new ArrayList<>(unshare);
      command.addAll(List.of("sh", "-c", all, folder.toString()));
      Process process;
      try {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
      } catch (IOException e) {
        assumeTrue(false, "no unshare: " + e);
        throw e;
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(1, TimeUnit.MINUTES));
      if (process.exitValue() == 0) {
        return said;
      }
      assertTrue(process.exitValue() == 99 || said.startsWith("unshare: "), said);
    }
    assumeTrue(false, "this system does not let tests mount file systems");
    throw new AssertionError();
  }

  private static String saves(Path path, int bytes) {
    return SavingProgram.quoted(SavingProgram.command("once", path, bytes)) + " 2>&1\n";
  }

  @Test
  void aFileThatIsMountedByItselfIsWrittenInPlace() throws Exception {
    Files.writeString(folder.resolve("outside"), "old and longer");
    Files.writeString(folder.resolve("model"), "");
    String said =
        mounting(
            "mount --bind outside model\n",
            saves(folder.resolve("model"), 5) + "echo =$?\ncat model\necho =\nls -A\n");
    assertEquals("=0\nnnnnn=\nmodel\noutside\n", said);
    assertEquals("nnnnn", Files.readString(folder.resolve("outside")));
  }

  @Test
  void aFileInAFolderThatMayNotBeWrittenIsWrittenInPlace() throws Exception {
    Files.writeString(folder.resolve("outside"), "old and longer");
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Files.writeString(inner.resolve("model"), "");
    Files.writeString(inner.resolve("fixed"), "old");
    String said =
        mounting(
            """
            mount --bind inner inner
            mount --bind outside inner/model
            mount -o remount,ro,bind inner
            """,
            saves(inner.resolve("model"), 5)
                + "echo =$?\n"
                + saves(inner.resolve("fixed"), 5)
                + saves(inner.resolve("new"), 5)
                + "cat inner/fixed\n");
    assertEquals("nnnnn", Files.readString(folder.resolve("outside")), said);
    assertTrue(said.startsWith("=0\n"), said);
    assertTrue(said.contains("FileSystemException: " + inner.resolve("fixed") + ": "), said);
    assertTrue(said.contains("FileSystemException: " + inner.resolve("new") + ": "), said);
    assertTrue(said.endsWith("old"), said);
  }

  @Test
  void aFullDiskLeavesTheOldFileAndNothingElse() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    String said =
        mounting(
            "mount -t tmpfs -o size=64k none disk\n",
            "printf old >disk/model\n"
                + saves(disk.resolve("model"), 1_000_000)
                + "echo =$?\ncat disk/model\necho =\nls -A disk\n");
    assertTrue(said.contains("FileSystemException: " + disk.resolve("model") + ": "), said);
    assertTrue(said.endsWith("=1\nold=\nmodel\n"), said);
  }
}
