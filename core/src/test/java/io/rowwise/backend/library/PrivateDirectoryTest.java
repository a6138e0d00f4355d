package io.rowwise.backend.library;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateDirectoryTest {
  @TempDir Path parent;

  @Test
  void isForItsOwnerAlone() throws IOException {
    assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"));
    try (PrivateDirectory directory = PrivateDirectory.in(parent, "rowwise-test-")) {
      assertEquals(
          PosixFilePermissions.fromString("rwx------"),
          Files.getPosixFilePermissions(directory.path()));
    }
  }

  @Test
  void isAnotherEachTime() throws IOException {
    try (PrivateDirectory one = PrivateDirectory.in(parent, "rowwise-test-");
        PrivateDirectory other = PrivateDirectory.in(parent, "rowwise-test-")) {
      assertNotEquals(one.path(), other.path());
    }
  }

  @Test
  void goesWithItsFiles() throws IOException {
    Path path;
    try (PrivateDirectory directory = PrivateDirectory.in(parent, "rowwise-test-")) {
      path = directory.path();
      directory.add("library", new ByteArrayInputStream(new byte[] {1, 2, 3}));
      assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(path.resolve("library")));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void whatEarlierProcessesLeftIsDeletedAfterADay() throws IOException {
    Path old = left("rowwise-test-1", Duration.ofHours(25));
    Path young = left("rowwise-test-2", Duration.ofHours(23));
    Path foreign = left("another-3", Duration.ofHours(25));

    PrivateDirectory.deleteLeft(parent, "rowwise-test-");

    assertFalse(Files.exists(old));
    assertTrue(Files.exists(young.resolve("library")));
    assertTrue(Files.exists(foreign.resolve("library")));
  }

  private Path left(String name, Duration ago) throws IOException {
    Path directory = Files.createDirectory(parent.resolve(name));
    Files.createFile(directory.resolve("library"));
    Files.setLastModifiedTime(directory, FileTime.from(Instant.now().minus(ago)));
    return directory;
  }
}
