package io.rowwise.backend.cpu.blas;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.library.ElfFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Of the libraries that are on the class path. */
@EnabledOnOs(OS.LINUX)
final class LibraryDirectoryTest {
  @TempDir Path folder;
  private Path root;
  private LibraryCopies copies;

  @BeforeEach
  void findLibraries() throws IOException {
    root = folder.resolve("cache/rowwise");
    copies = copies(Optional.of("Haswell"));
  }

  private static LibraryCopies copies(Optional<String> core) throws IOException {
    String platform =
        OpenBlasLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    return new LibraryCopies(
        PackedLibraries.of(LibraryDirectoryTest.class.getClassLoader(), platform), core);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void onlyItsUserMayEnter() throws IOException {
    LibraryDirectory.at(root);
    for (Path each : List.of(root, root.getParent())) {
      assertEquals(
          PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(each));
    }
  }

  @Test
  void copiesNeedEachOtherAndNobodyElses() throws IOException {
    Path kept = LibraryDirectory.at(root).keep(copies);

    List<String> names = names(kept);
    assertTrue(names.contains(copies.openBlas()), names::toString);
    for (String name : names) {
      if (name.equals("contents")) {
        continue;
      }
      ElfFile elf = ElfFile.read(kept.resolve(name));
      assertEquals(name.startsWith("librw") ? Optional.of(name) : Optional.empty(), elf.name());
      for (String needed : elf.needed()) {
        assertFalse(needed.contains("blas") || needed.contains("fortran"), needed);
        assertEquals(needed.startsWith("librw"), names.contains(needed), needed);
      }
    }
    assertEquals(List.of(kept.getFileName().toString()), names(root));
  }

  @Test
  void otherKernelsAreOtherCopies() throws IOException {
    LibraryDirectory directory = LibraryDirectory.at(root);
    LibraryCopies others = copies(Optional.empty());
    assertNotEquals(directory.keep(copies), directory.keep(others));
    assertNotEquals(copies.openBlas(), others.openBlas());
    assertEquals(copies.openBlas(), copies(Optional.of("Haswell")).openBlas());
  }

  @Test
  void whatIsIntactIsLeftAndWhatIsNotIsReplaced() throws IOException {
    LibraryDirectory directory = LibraryDirectory.at(root);
    Path kept = directory.keep(copies);
    Path library = kept.resolve(copies.openBlas());
    byte[] bytes = Files.readAllBytes(library);
    Object file = Files.getAttribute(library, "unix:ino");
    assertEquals(kept, directory.keep(copies));
    assertEquals(file, Files.getAttribute(library, "unix:ino"));

    // Truncated, foreign of another size and of the same, a link, and one that is not there.
    Files.write(library, new byte[bytes.length / 2]);
    directory.keep(copies);
    assertArrayEquals(bytes, Files.readAllBytes(library));
    Files.write(library, new byte[bytes.length]);
    directory.keep(copies);
    assertArrayEquals(bytes, Files.readAllBytes(library));
    Files.move(library, root.resolve("elsewhere"));
    Files.createSymbolicLink(library, root.resolve("elsewhere"));
    directory.keep(copies);
    assertTrue(Files.isRegularFile(library, LinkOption.NOFOLLOW_LINKS));
    Files.delete(library);
    directory.keep(copies);
    assertArrayEquals(bytes, Files.readAllBytes(library));
    // One too many would be found by the others as if it were theirs.
    Files.write(kept.resolve("libm.so.6"), bytes);
    directory.keep(copies);
    assertFalse(Files.exists(kept.resolve("libm.so.6")));
    assertEquals(List.of("elsewhere", kept.getFileName().toString()), names(root));
  }

  @Test
  void manyMayMakeThemAtOnce() throws Exception {
    int count = 3;
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      CountDownLatch ready = new CountDownLatch(count);
      List<Future<Path>> kept = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        kept.add(
            threads.submit(
                () -> {
                  LibraryDirectory directory = LibraryDirectory.at(root);
                  ready.countDown();
                  ready.await();
                  return directory.keep(copies);
                }));
      }
      for (Future<Path> each : kept) {
        assertEquals(kept.get(0).get(), each.get());
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(1, names(root).size());
    assertTrue(names(root.resolve(names(root).get(0))).contains(copies.openBlas()));
  }

  @Test
  void whatKilledProcessesLeftIsDeletedAfterADay() throws IOException {
    LibraryDirectory directory = LibraryDirectory.at(root);
    Path kept = directory.keep(copies);
    Path old = LibraryDirectory.bindingOfItsOwn(kept);
    Path young = LibraryDirectory.bindingOfItsOwn(kept);
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    directory.keep(copies);
    assertFalse(Files.exists(old));
    assertTrue(Files.exists(young));
  }

  private void assertRefused(String reason) {
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> LibraryDirectory.at(root));
    assertEquals(reason, e.getReason());
  }

  @Test
  void whatOthersCanChangeIsRefused() throws IOException {
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertRefused("can be changed by other users");
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxrwx---"));
    assertRefused("can be changed by other users");
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    LibraryDirectory.at(root);
    // Whoever can change the directory that it is in can put another in its place.
    Files.setPosixFilePermissions(root.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertRefused("can be changed by other users");
    Files.setPosixFilePermissions(root.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
    LibraryDirectory.at(root);
  }

  @Test
  void whatIsAnotherUsersIsRefused() throws IOException {
    Files.createDirectories(root);
    try {
      Files.setAttribute(root, "unix:uid", 12345);
    } catch (IOException e) {
      assumeTrue(false, "skipped: this user cannot give files away: " + e);
    }
    assertRefused("belongs to another user");
  }

  @Test
  void aFileIsNoDirectory() throws IOException {
    Files.createDirectories(root.getParent());
    Files.createFile(root);
    assertThrows(IOException.class, () -> LibraryDirectory.at(root));
  }
}
