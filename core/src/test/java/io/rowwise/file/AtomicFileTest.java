package io.rowwise.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written, what stays as it was, and what is refused; what one process can see of it. */
final class AtomicFileTest {
  @TempDir Path folder;

  private static void write(Path path, String text) throws IOException {
    AtomicFile.write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void assertOnlyFiles(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          Set.of(names),
          files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static void assumePosix() {
    assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("unix"),
        "no permissions, links and devices as on Unix");
  }

  // ---- What a file keeps

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-rw-rw-", "r--r-----", "rwxr-xr-x"})
  void aFileThatIsReplacedKeepsItsPermissions(String permissions) throws IOException {
    assumePosix();
    Path path = file("model", "old");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    write(path, "new");
    assertEquals("new", Files.readString(path));
    assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
  }

  @Test
  void aNewFileHasThePermissionsOfAnyNewFile() throws IOException {
    assumePosix();
    Path path = folder.resolve("model");
    write(path, "new");
    assertEquals(
        Files.getPosixFilePermissions(file("other", "")), Files.getPosixFilePermissions(path));
  }

  @Test
  void whatWillBeSecretIsSecretWhileItIsWritten() throws IOException {
    assumePosix();
    Path path = file("model", "old");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
    AtomicFile.write(
        path,
        out -> {
          try (Stream<Path> files = Files.list(folder)) {
            Path temporary = files.filter(each -> !each.equals(path)).findAny().orElseThrow();
            assertEquals(
                "rw-------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)));
          }
        });
  }

  @Test
  void aFileThatIsReplacedKeepsItsOwnerAndGroup() throws IOException {
    assumePosix();
    Path path = file("model", "old");
    try {
      Files.setAttribute(path, "unix:uid", 4711);
      Files.setAttribute(path, "unix:gid", 4712);
    } catch (IOException e) {
      assumeTrue(false, "this user may not give files away: " + e);
    }
    write(path, "new");
    assertEquals("new", Files.readString(path));
    assertEquals(4711, Files.getAttribute(path, "unix:uid"));
    assertEquals(4712, Files.getAttribute(path, "unix:gid"));
  }

  @Test
  void aFurtherHardLinkKeepsTheOldContent() throws IOException {
    assumePosix();
    Path path = file("model", "old");
    Files.createLink(folder.resolve("other"), path);
    write(path, "new");
    assertEquals("old", Files.readString(folder.resolve("other")));
    assertEquals("new", Files.readString(path));
  }

  // ---- Links

  @Test
  void aSymbolicLinkStaysAndItsTargetIsReplaced() throws IOException {
    assumePosix();
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path target = Files.writeString(elsewhere.resolve("model"), "old");
    Path middle = Files.createSymbolicLink(folder.resolve("middle"), Path.of("elsewhere", "model"));
    Path link = Files.createSymbolicLink(elsewhere.resolve("link"), Path.of("..", "middle"));
    write(link, "new");
    assertEquals("new", Files.readString(target));
    assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(middle));
    assertFalse(Files.isSymbolicLink(target));
    assertOnlyFiles("elsewhere", "middle");
  }

  @Test
  void theTargetOfALinkThatLeadsNowhereIsMade() throws IOException {
    assumePosix();
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("model"));
    write(link, "new");
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(folder.resolve("model")));
    Path lost = Files.createSymbolicLink(folder.resolve("lost"), Path.of("none", "model"));
    assertRefused(NoSuchFileException.class, "there is no folder " + folder.resolve("none"), lost);
  }

  @Test
  void aCircleOfLinksIsRefused() throws IOException {
    assumePosix();
    Path a = Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));
    assertRefused(FileSystemException.class, "leads in a circle", a);
    assertRefused(FileSystemException.class, "", a.resolve("model"));
    assertOnlyFiles("a", "b");
  }

  // ---- What is not a file

  @Test
  void aDeviceIsWrittenToAndStays() throws IOException {
    assumePosix();
    Path nothing = Path.of("/dev/null");
    assumeTrue(Files.isWritable(nothing), "no /dev/null");
    write(nothing, "new");
    Path link = Files.createSymbolicLink(folder.resolve("link"), nothing);
    write(link, "new");
    Files.delete(link);
    assertFalse(Files.isRegularFile(nothing));
    assertEquals(0, Files.newInputStream(nothing).readAllBytes().length);
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "no /dev/full");
    assertRefused(FileSystemException.class, "cannot be written: ", full);
  }

  @Test
  void aFolderIsRefused() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("inner"));
    assertRefused(FileSystemException.class, "is a folder", inner);
    assertRefused(FileSystemException.class, "is a folder", folder.getRoot());
    assertRefused(FileSystemException.class, "is a folder", Path.of(""));
    assertTrue(Files.isDirectory(inner));
    assertOnlyFiles("inner");
  }

  @Test
  void aFifoIsRefusedAndStays() throws Exception {
    assumePosix();
    Path fifo = folder.resolve("fifo");
    try {
      assumeTrue(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor() == 0, "no FIFOs");
    } catch (IOException e) {
      assumeTrue(false, "no mkfifo: " + e);
    }
    assertRefused(FileSystemException.class, "is a FIFO", fifo);
    Path link = Files.createSymbolicLink(folder.resolve("link"), fifo);
    assertRefused(FileSystemException.class, "is a FIFO", link);
    assertEquals(0010000, (int) Files.getAttribute(fifo, "unix:mode") & 0170000);
    assertOnlyFiles("fifo", "link");
  }

  @Test
  void aSocketIsRefusedAndStays() throws IOException {
    assumePosix();
    Path socket = folder.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertRefused(FileSystemException.class, "is a socket", socket);
      assertOnlyFiles("socket");
    }
  }

  // ---- Names

  @Test
  void namesMayBeAsLongAsTheSystemAllows() throws IOException {
    assumePosix();
    String longest = "m".repeat(255);
    write(folder.resolve(longest), "old");
    write(folder.resolve(longest), "new");
    assertEquals("new", Files.readString(folder.resolve(longest)));
    assertOnlyFiles(longest);
    Path tooLong = folder.resolve("m".repeat(256));
    assertRefused(FileSystemException.class, "", tooLong);
  }

  @Test
  void namesMayBeOfCharactersOfSeveralBytes() throws IOException {
    assumePosix();
    assumeTrue(
        "UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding")),
        "the names of files are not UTF-8 here");
    for (String name : List.of("ä".repeat(127), "模型".repeat(42), "🦉".repeat(63))) {
      write(folder.resolve(name), "new");
      assertEquals("new", Files.readString(folder.resolve(name)));
    }
  }

  @Test
  void aRelativePathIsThatOfTheProcess() throws IOException {
    Path name = Path.of("AtomicFileTest-relative.tmp");
    try {
      write(name, "new");
      assertEquals("new", Files.readString(name));
    } finally {
      Files.deleteIfExists(name);
    }
  }

  // ---- Interrupts

  @Test
  void anInterruptedThreadWritesAndStaysInterrupted() throws IOException {
    Path path = file("model", "old");
    Thread.currentThread().interrupt();
    try {
      write(path, "new");
      assertTrue(Thread.currentThread().isInterrupted());
    } finally {
      Thread.interrupted();
    }
    assertEquals("new", Files.readString(path));
    assertOnlyFiles("model");
  }

  @Test
  void anInterruptWhileItWritesChangesNothing() throws IOException {
    Path path = folder.resolve("model");
    boolean interrupted;
    try {
      AtomicFile.write(
          path,
          out -> {
            out.write(new byte[100_000]);
            Thread.currentThread().interrupt();
            out.write(new byte[100_000]);
          });
    } finally {
      interrupted = Thread.interrupted();
    }
    assertTrue(interrupted);
    assertEquals(200_000, Files.size(path));
    assertOnlyFiles("model");
  }

  // ---- Failures

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100_000})
  void aFailedWriteLeavesTheOldFileAndNothingElse(int written) throws IOException {
    Path path = file("model", "old");
    IOException full = new IOException("the disk is full");
    FileSystemException e =
        assertThrows(
            FileSystemException.class,
            () ->
                AtomicFile.write(
                    path,
                    out -> {
                      out.write(new byte[written]);
                      throw full;
                    }));
    assertEquals(path + ": cannot be written: the disk is full", e.getMessage());
    assertSame(full, e.getCause());
    IllegalStateException other = new IllegalStateException("not ready");
    assertSame(
        other,
        assertThrows(
            IllegalStateException.class,
            () ->
                AtomicFile.write(
                    path,
                    out -> {
                      throw other;
                    })));
    assertEquals("old", Files.readString(path));
    assertOnlyFiles("model");
  }

  @Test
  void errorsNameThePathThatWasGiven() throws IOException {
    Path path = folder.resolve("none").resolve("model");
    assertRefused(NoSuchFileException.class, "there is no folder " + path.getParent(), path);
    assertRefused(FileSystemException.class, "", file("file", "").resolve("model"));
  }

  @Test
  void aFolderThatMayNotBeWrittenIsNamed() throws IOException {
    assumePosix();
    Path inner = Files.createDirectory(folder.resolve("inner"));
    Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeTrue(!Files.isWritable(inner), "this user may write everywhere");
    assertRefused(AccessDeniedException.class, "this user may write", inner.resolve("model"));
  }

  private static <E extends FileSystemException> void assertRefused(
      Class<E> type, String wanted, Path path) {
    E e = assertThrows(type, () -> write(path, "new"));
    assertEquals(path.toString(), e.getFile());
    assertNotNull(e.getReason());
    assertTrue(e.getMessage().contains(wanted), e.getMessage());
    assertFalse(e.getMessage().contains(".rowwise-"), e.getMessage());
  }

  // ---- Others who write there

  @Test
  void threadsThatWriteTheSameFileAtOnceAllSucceed() throws Exception {
    Path path = folder.resolve("model");
    CountDownLatch bothWrite = new CountDownLatch(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> writes =
          Stream.of("a", "b")
              .<Future<?>>map(
                  letter ->
                      threads.submit(
                          () -> {
                            AtomicFile.write(
                                path,
                                out -> {
                                  bothWrite.countDown();
                                  try {
                                    assertTrue(bothWrite.await(1, TimeUnit.MINUTES));
                                  } catch (InterruptedException e) {
                                    throw new IOException(e);
                                  }
                                  out.write(
                                      letter.repeat(100_000).getBytes(StandardCharsets.US_ASCII));
                                });
                            return null;
                          }))
              .toList();
      for (Future<?> each : writes) {
        each.get(1, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
    }
    String text = Files.readString(path);
    assertEquals(text.substring(0, 1).repeat(100_000), text);
    assertOnlyFiles("model");
  }

  @Test
  void whatOthersNamedAlikeStays() throws IOException {
    assumePosix();
    Path path = folder.resolve("model");
    String[] name = new String[1];
    AtomicFile.write(
        path,
        out -> {
          try (Stream<Path> files = Files.list(folder)) {
            name[0] = files.findAny().orElseThrow().getFileName().toString();
          }
        });
    // Of another process that is no more, but not files; and of another file.
    int process = name[0].indexOf('-', ".rowwise-".length()) + 1;
    String prefix = name[0].substring(0, process) + "1-0000000";
    Files.createDirectory(folder.resolve(prefix + "1.tmp"));
    Path precious = file("precious", "old");
    Files.createSymbolicLink(folder.resolve(prefix + "2.tmp"), precious);
    String ofAnother = ".rowwise-00000001-1-00000001.tmp";
    file(ofAnother, "");
    file(prefix + "3.tmp", "abandoned");
    write(path, "new");
    assertOnlyFiles(prefix + "1.tmp", prefix + "2.tmp", ofAnother, "model", "precious");
    assertEquals("old", Files.readString(precious));
  }

  @Test
  void aTemporaryFileThatSomebodyTookAwayIsWrittenAgain() throws IOException {
    assumePosix();
    Path path = file("model", "old");
    int[] writes = {0};
    AtomicFile.write(
        path,
        out -> {
          out.write('n');
          if (writes[0]++ == 0) {
            try (Stream<Path> files = Files.list(folder)) {
              for (Path each : files.filter(each -> !each.equals(path)).toList()) {
                Files.delete(each);
              }
            }
          }
        });
    assertEquals(2, writes[0]);
    assertEquals("n", Files.readString(path));
    assertOnlyFiles("model");
  }

  // ---- Other file systems

  @Test
  void filesInsideAnArchiveAreWritten() throws IOException {
    Path archive = folder.resolve("models.zip");
    for (String text : List.of("old", "new")) {
      try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
        write(zip.getPath("model"), text);
      }
    }
    try (FileSystem zip = FileSystems.newFileSystem(archive);
        Stream<Path> files = Files.list(zip.getPath("/"))) {
      assertEquals("new", Files.readString(zip.getPath("model")));
      assertEquals(List.of("/model"), files.map(Path::toString).toList());
      assertInstanceOf(Path.class, zip.getPath("model"));
      assertTrue(Files.exists(archive, LinkOption.NOFOLLOW_LINKS));
    }
  }
}
