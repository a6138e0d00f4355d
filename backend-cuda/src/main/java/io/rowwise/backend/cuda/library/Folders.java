package io.rowwise.backend.cuda.library;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** How folders are listed, and read. */
final class Folders {
  private Folders() {}

  /** The folders of a list; empty elements, and what is no path, are passed by. */
  static List<Path> listed(String list, String separator) {
    List<Path> folders = new ArrayList<>();
    for (String each : list.split(Pattern.quote(separator), -1)) {
      if (!each.isBlank()) {
        add(each, folders);
      }
    }
    return folders;
  }

  /** As the system's loader reads its variable: an empty element is the current folder. */
  static List<Path> listedForLoader(String list) {
    List<Path> folders = new ArrayList<>();
    if (!list.isEmpty()) {
      for (String each : list.split("[:;]", -1)) {
        add(each, folders);
      }
    }
    return folders;
  }

  private static void add(String folder, List<Path> folders) {
    try {
      folders.add(Path.of(folder).toAbsolutePath());
    } catch (InvalidPathException e) {
      // An environment variable may hold anything.
    }
  }

  /** What is in a folder under such a name, in order; nothing if it is none or cannot be read. */
  static List<Path> matching(Path folder, String pattern) {
    List<Path> matching = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
        found.forEach(matching::add);
      } catch (IOException e) {
        return new ArrayList<>();
      }
    }
    matching.sort(Comparator.naturalOrder());
    return matching;
  }

  /** The version in a folder's name, so that 12.10 comes after 12.9. */
  static long version(Path folder) {
    long version = 0;
    String[] parts = folder.getFileName().toString().replaceAll("[^0-9.]", "").split("\\.", -1);
    for (int i = 0; i < 3; i++) {
      boolean number = i < parts.length && parts[i].matches("\\d{1,4}");
      version = version * 10_000 + (number ? Integer.parseInt(parts[i]) : 0);
    }
    return version;
  }
}
