package io.rowwise.backend.cuda.library;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the libraries of the CUDA toolkit on Linux: in the folders of {@code
 * -Drowwise.cuda.libraries}, in those of the system's loader, of toolkits, and of Python's
 * packages. The first folder that has one is taken; where it has both, that of CUDA 12, which every
 * driver that is good for CUDA 13 takes too.
 */
public final class LibrarySearch {
  /** The system property with folders to look in first, separated as in a class path. */
  public static final String PROPERTY = "rowwise.cuda.libraries";

  /** What {@link #here} is given if there is no driver. */
  public static final int ANY_DRIVER = Integer.MAX_VALUE;

  private static final Logger LOG = LoggerFactory.getLogger(LibrarySearch.class);
  private static final int[] CUDA = {12, 13};
  private static final int DEEPEST_INCLUDE = 8;

  private final Path root;
  private final UnaryOperator<String> environment;
  private final String named;
  private final int driver;

  /**
   * @param root of the file system
   * @param environment the value of a variable, or null
   * @param named the property's value, or null
   * @param driver the driver's version
   */
  LibrarySearch(Path root, UnaryOperator<String> environment, String named, int driver) {
    this.root = root;
    this.environment = environment;
    this.named = named;
    this.driver = driver;
  }

  /**
   * A search of this machine, as its environment and the property say.
   *
   * @param driver the newest CUDA that the driver is for, {@code 1000 * major + 10 * minor}, or
   *     {@link #ANY_DRIVER}; libraries of a newer one do not work with it
   */
  public static LibrarySearch here(int driver) {
    return new LibrarySearch(Path.of("/"), System::getenv, System.getProperty(PROPERTY), driver);
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
    folders.addAll(new PythonFolders(root, environment).find());
    Path tooNew = null;
    for (Path folder : folders) {
      for (int cuda : CUDA) {
        Path file = folder.resolve(library.file(cuda));
        if (Files.isRegularFile(file)) {
          // Drivers for CUDA 11 are of no use anyway, and say so themselves.
          if (cuda == CUDA[0] || cuda <= driver / 1000) {
            return new FoundLibrary(library, cuda, file);
          }
          tooNew = file;
        }
      }
    }
    LOG.debug("{}: looked for in {}", library.title(), folders);
    throw new LibraryMissingException(tooNew == null ? nowhere(library) : tooNew(library, tooNew));
  }

  private static String nowhere(CudaLibrary library) {
    return "%s is missing: neither %s nor %s is in a folder of -D%s, of the loader, of a CUDA toolkit or of Python's packages; install it, or name its folder"
        .formatted(library.title(), library.file(CUDA[0]), library.file(CUDA[1]), PROPERTY);
  }

  private String tooNew(CudaLibrary library, Path file) {
    return "%s is missing: %s is for newer drivers than this one, which is for CUDA %s; update the driver, or install %s and name its folder with -D%s"
        .formatted(
            library.title(),
            file,
            driver / 1000 + "." + driver % 1000 / 10,
            library.file(CUDA[0]),
            PROPERTY);
  }

  private List<Path> namedFolders() {
    return named == null ? List.of() : Folders.listed(named, File.pathSeparator);
  }

  private List<Path> loaderFolders() {
    List<Path> folders = new ArrayList<>();
    String path = environment.apply("LD_LIBRARY_PATH");
    if (path != null) {
      folders.addAll(Folders.listedForLoader(path));
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
    Folders.matching(included.getParent(), included.getFileName().toString())
        .forEach(each -> readConfiguration(each, folders, depth + 1));
  }

  private List<Path> toolkitFolders() {
    List<Path> toolkits = new ArrayList<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX")) {
      String value = environment.apply(variable);
      if (value != null && !value.isBlank()) {
        toolkits.add(Path.of(value).toAbsolutePath());
      }
    }
    toolkits.add(root.resolve("usr/local/cuda"));
    List<Path> versions = Folders.matching(root.resolve("usr/local"), "cuda-1[23]*");
    versions.sort(Comparator.comparing(Folders::version).reversed());
    toolkits.addAll(versions);
    toolkits.add(root.resolve("opt/cuda"));
    List<Path> folders = new ArrayList<>();
    for (Path toolkit : toolkits) {
      folders.add(toolkit.resolve("lib64"));
      folders.add(toolkit.resolve("lib"));
      folders.add(toolkit.resolve("targets/x86_64-linux/lib"));
    }
    return folders;
  }
}
