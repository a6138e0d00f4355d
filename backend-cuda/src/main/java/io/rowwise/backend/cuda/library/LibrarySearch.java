package io.rowwise.backend.cuda.library;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Looks for the libraries of the CUDA toolkit on Linux: in the folders of {@code
 * -Drowwise.cuda.libraries}, in those of the system's loader, and in those of toolkits. The first
 * folder that has one is taken; where it has both, that of CUDA 12.
 */
public final class LibrarySearch {
  /** The system property with folders to look in first, separated as in a class path. */
  public static final String PROPERTY = "rowwise.cuda.libraries";

  private static final int[] CUDA = {12, 13};
  private static final int DEEPEST_INCLUDE = 8;

  private final Path root;
  private final UnaryOperator<String> environment;
  private final String named;

  /**
   * @param root of the file system
   * @param environment the value of a variable, or null
   * @param named the property's value, or null
   */
  LibrarySearch(Path root, UnaryOperator<String> environment, String named) {
    this.root = root;
    this.environment = environment;
    this.named = named;
  }

  /** A search of this machine, as its environment and the property say. */
  public static LibrarySearch here() {
    return new LibrarySearch(Path.of("/"), System::getenv, System.getProperty(PROPERTY));
  }

  /**
   * Finds one.
   *
   * @throws LibraryMissingException if it is nowhere; the message says where it was looked for
   */
  public FoundLibrary find(CudaLibrary library) throws LibraryMissingException {
    List<Path> namedFolders = namedFolders();
    for (Path folder : namedFolders) {
      if (!Files.isDirectory(folder)) {
        throw new LibraryMissingException(
            "-D%s names %s, which is not a folder".formatted(PROPERTY, folder));
      }
    }
    Set<Path> folders = new LinkedHashSet<>(namedFolders);
    folders.addAll(loaderFolders());
    folders.addAll(toolkitFolders());
    for (Path folder : folders) {
      for (int cuda : CUDA) {
        Path file = folder.resolve(library.file(cuda));
        if (Files.isRegularFile(file)) {
          return new FoundLibrary(library, cuda, file);
        }
      }
    }
    throw new LibraryMissingException(
        "%s is missing: neither %s nor %s is in a folder of -D%s, of the loader or of a CUDA toolkit; install it, or name its folder"
            .formatted(library.title(), library.file(CUDA[0]), library.file(CUDA[1]), PROPERTY));
  }

  private List<Path> namedFolders() {
    return named == null ? List.of() : paths(named);
  }

  private static List<Path> paths(String list) {
    return Stream.of(list.split(File.pathSeparator, -1))
        .filter(each -> !each.isBlank())
        .map(each -> Path.of(each).toAbsolutePath())
        .toList();
  }

  private List<Path> loaderFolders() {
    List<Path> folders = new ArrayList<>();
    String path = environment.apply("LD_LIBRARY_PATH");
    if (path != null) {
      folders.addAll(paths(path));
    }
    readConfiguration(root.resolve("etc/ld.so.conf"), folders, 0);
    for (String usual :
        List.of(
            "lib/x86_64-linux-gnu",
            "usr/lib/x86_64-linux-gnu",
            "lib64",
            "usr/lib64",
            "lib",
            "usr/lib")) {
      folders.add(root.resolve(usual));
    }
    return folders;
  }

  /** The loader's own list; what cannot be read is passed by, as the loader does. */
  private void readConfiguration(Path file, List<Path> folders, int depth) {
    if (depth > DEEPEST_INCLUDE || !Files.isRegularFile(file)) {
      return;
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      return;
    }
    for (String each : lines) {
      String line = each.replaceFirst("#.*", "").strip();
      if (line.startsWith("include ")) {
        include(file, line.substring("include ".length()).strip(), folders, depth);
      } else if (line.startsWith("/")) {
        folders.add(root.resolve(line.substring(1)));
      }
    }
  }

  private void include(Path file, String pattern, List<Path> folders, int depth) {
    Path included =
        pattern.startsWith("/") ? root.resolve(pattern.substring(1)) : file.resolveSibling(pattern);
    matching(included.getParent(), included.getFileName().toString())
        .forEach(each -> readConfiguration(each, folders, depth + 1));
  }

  private static List<Path> matching(Path folder, String pattern) {
    List<Path> matching = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
        found.forEach(matching::add);
      } catch (IOException e) {
        return List.of();
      }
    }
    matching.sort(Comparator.naturalOrder());
    return matching;
  }

  private List<Path> toolkitFolders() {
    List<Path> toolkits = new ArrayList<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String value = environment.apply(variable);
      if (value != null && !value.isBlank()) {
        toolkits.add(Path.of(value).toAbsolutePath());
      }
    }
    toolkits.add(root.resolve("usr/local/cuda"));
    List<Path> versions = new ArrayList<>(matching(root.resolve("usr/local"), "cuda-1[23]*"));
    versions.sort(Comparator.comparing(LibrarySearch::version).reversed());
    toolkits.addAll(versions);
    toolkits.add(root.resolve("opt/cuda"));
    List<Path> folders = new ArrayList<>();
    for (Path toolkit : toolkits) {
      folders.add(toolkit.resolve("lib64"));
      folders.add(toolkit.resolve("targets/x86_64-linux/lib"));
    }
    return folders;
  }

  /** So that 12.10 comes after 12.9. */
  private static long version(Path toolkit) {
    long version = 0;
    String[] parts = toolkit.getFileName().toString().replaceAll("[^0-9.]", "").split("\\.", -1);
    for (int i = 0; i < 3; i++) {
      boolean number = i < parts.length && parts[i].matches("\\d{1,4}");
      version = version * 10_000 + (number ? Integer.parseInt(parts[i]) : 0);
    }
    return version;
  }
}
