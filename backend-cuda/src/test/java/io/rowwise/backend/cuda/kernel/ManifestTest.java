package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What ships was made from the sources as they stand: the command that makes it writes the hash of
 * every file that it read and wrote, as {@code sha256sum} does.
 */
class ManifestTest {
  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path MANIFEST = SOURCES.resolve("manifest.sha256");
  private static final Path MADE = Path.of("src/main/resources/io/rowwise/backend/cuda");

  @Test
  void everyFileIsAsItWasWhenTheKernelsWereMade() throws IOException, NoSuchAlgorithmException {
    Map<String, String> listed = new TreeMap<>();
    for (String line : Files.readAllLines(MANIFEST)) {
      String[] hashAndFile = line.split(" {2}", 2);
      listed.put(hashAndFile[1], hashAndFile[0]);
    }
    Map<String, String> there = new TreeMap<>();
    for (Path folder : new Path[] {SOURCES, MADE}) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(each -> !each.equals(MANIFEST)).toList()) {
          byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
          there.put(file.toString().replace('\\', '/'), HexFormat.of().formatHex(hash));
        }
      }
    }

    assertEquals(
        lines(listed),
        lines(there),
        "the kernels' sources, PTX and binaries do not belong together: run src/main/cuda/compile");
  }

  private static String lines(Map<String, String> hashes) {
    StringBuilder lines = new StringBuilder();
    hashes.forEach((file, hash) -> lines.append(hash).append("  ").append(file).append('\n'));
    return lines.toString();
  }
}
