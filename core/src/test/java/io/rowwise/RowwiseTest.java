package io.rowwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class RowwiseTest {
  @Test
  void describesTheProgramItIsIn() {
    String first = Rowwise.describe().lines().findFirst().orElseThrow();
    assertTrue(
        first.matches("Rowwise .+ on Java .+ \\(.+\\), .+, \\d+ processors, \\d+ MiB of heap.*"),
        first);
  }

  @Test
  void knowsItsVersionAndTellsASnapshotFromARelease() throws IOException {
    String version = Rowwise.version().orElseThrow();
    Matcher built =
        Pattern.compile("<version>(.+?)</version>").matcher(Files.readString(Path.of("pom.xml")));
    assertTrue(built.find());
    assertEquals(built.group(1), version);
    assertTrue(Rowwise.describe().startsWith("Rowwise " + version), Rowwise::describe);
  }
}
