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

/**
 * The folders where Python's packages keep CUDA's libraries, as those of PyTorch do: {@code
 * site-packages/nvidia/cublas/lib} for CUDA 12, {@code site-packages/nvidia/cu13/lib} for 13. Found
 * without running Python: a Python installation is a folder, with {@code bin/python3} and {@code
 * lib/python3.12/site-packages} in it.
 */
final class PythonFolders {
  /** Debian's packages for Python are in the latter. */
  private static final List<String> PACKAGES = List.of("site-packages", "dist-packages");

  private final Path root;
  private final UnaryOperator<String> environment;

  /**
   * @param root of the file system
   * @param environment the value of a variable, or null
   */
  PythonFolders(Path root, UnaryOperator<String> environment) {
    this.root = root;
    this.environment = environment;
  }

  /** Those that there are, the likeliest Python's first. */
  List<Path> find() {
    Set<Path> packages = new LinkedHashSet<>(variable("PYTHONPATH"));
    for (Path installation : installations()) {
      List<Path> versions = Folders.matching(installation.resolve("lib"), "python3*");
      versions.sort(Comparator.comparing(Folders::version).reversed());
      for (Path version : versions) {
        PACKAGES.forEach(each -> packages.add(version.resolve(each)));
      }
    }
    List<Path> folders = new ArrayList<>();
    for (Path each : packages) {
      for (Path nvidia : Folders.matching(each.resolve("nvidia"), "*")) {
        Path libraries = nvidia.resolve("lib");
        if (Files.isDirectory(libraries)) {
          folders.add(libraries);
        }
      }
    }
    return folders;
  }

  private Set<Path> installations() {
    Set<Path> installations = new LinkedHashSet<>(variable("VIRTUAL_ENV"));
    installations.addAll(variable("CONDA_PREFIX"));
    for (Path folder : variable("PATH")) {
      for (String name : List.of("python3", "python")) {
        Path program = folder.resolve(name);
        if (Files.isRegularFile(program)) {
          addAbove(folder, installations);
          // A virtual environment's is a link to that of the installation that it was made from.
          try {
            addAbove(program.toRealPath().getParent(), installations);
          } catch (IOException e) {
            // It is gone, or not for us to see; the folders below may do.
          }
        }
      }
    }
    for (Path home : variable("HOME")) {
      installations.add(home.resolve(".local"));
      installations.addAll(Folders.matching(home.resolve(".pyenv/versions"), "3*"));
    }
    for (String usual : List.of("usr/local", "usr", "opt/conda", "opt/venv")) {
      installations.add(root.resolve(usual));
    }
    return installations;
  }

  private static void addAbove(Path folder, Set<Path> installations) {
    Path above = folder.getParent();
    if (above != null) {
      installations.add(above);
    }
  }

  private List<Path> variable(String name) {
    String value = environment.apply(name);
    return value == null ? List.of() : Folders.listed(value, File.pathSeparator);
  }
}
