package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The packages are the architecture: none needs one that needs it, and no file is too long. */
final class PackagesTest {
  private static final Path ROOT = Path.of("src/main/java/io/rowwise/backend/cpu");
  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?io\\.rowwise\\.backend\\.cpu\\.([a-z0-9]+\\.)?[A-Z]");
  private static final int MOST_LINES = 450;

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(path -> path.toString().endsWith(".java")).toList();
    }
  }

  private static String packageOf(Path file) {
    Path folder = ROOT.relativize(file.getParent());
    return folder.toString();
  }

  private static Map<String, Set<String>> imports() throws IOException {
    Map<String, Set<String>> imports = new TreeMap<>();
    for (Path file : files()) {
      Set<String> others = imports.computeIfAbsent(packageOf(file), key -> new TreeSet<>());
      for (String line : lines(file)) {
        Matcher matcher = IMPORT.matcher(line);
        if (matcher.find()) {
          String name = matcher.group(1) == null ? "" : matcher.group(1).replace(".", "");
          others.add(name);
        }
      }
      others.remove(packageOf(file));
    }
    return imports;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void noPackageNeedsOneThatNeedsIt() throws IOException {
    Map<String, Set<String>> imports = imports();
    assertTrue(imports.size() > 8, imports::toString);
    // Whoever needs nothing that is left is taken away, until nobody is.
    List<String> order = new ArrayList<>();
    while (order.size() < imports.size()) {
      List<String> next =
          imports.keySet().stream()
              .filter(name -> !order.contains(name) && order.containsAll(imports.get(name)))
              .toList();
      assertFalse(next.isEmpty(), () -> "a cycle among what is not in " + order + ": " + imports);
      order.addAll(next);
    }
    assertEquals("", order.get(order.size() - 1), "the backend itself needs all others");
  }

  @Test
  void everyFileHasOneReasonToExist() throws IOException {
    for (Path file : files()) {
      int lines = lines(file).size();
      assertTrue(lines <= MOST_LINES, () -> file + " has " + lines + " lines, split it");
    }
  }
}
