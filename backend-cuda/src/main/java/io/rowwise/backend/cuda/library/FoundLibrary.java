package io.rowwise.backend.cuda.library;

import io.rowwise.backend.library.ElfFile;
import io.rowwise.backend.library.Relinking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A library of the CUDA toolkit that was found.
 *
 * @param library which
 * @param cuda of which CUDA: 12 or 13
 * @param path its file
 */
public record FoundLibrary(CudaLibrary library, int cuda, Path path) {
  /** The CUDA whose libraries JCuda's bindings ask for. */
  static final int BINDINGS = 12;

  /** The files to load before the binding, in order: what it needs from its folder, and itself. */
  public List<Path> preload() {
    List<Path> files = new ArrayList<>();
    String pattern = String.format(Locale.ROOT, library.companions(), cuda);
    try (DirectoryStream<Path> companions = Files.newDirectoryStream(path.getParent(), pattern)) {
      companions.forEach(files::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    files.add(path);
    return files;
  }

  /**
   * JCuda's binding, so that it takes this library.
   *
   * @param file the binding's name, for messages
   * @param binding its bytes
   * @return the same bytes, or a changed copy
   * @throws LibraryMissingException if this library does not have what is called of it
   */
  public byte[] bind(String file, byte[] binding) throws LibraryMissingException {
    if (cuda == BINDINGS) {
      return binding;
    }
    String wanted = library.file(cuda);
    try {
      ElfFile elf = ElfFile.read(path);
      if (!elf.definedVersions().contains(wanted)) {
        throw new LibraryMissingException(
            "%s has symbols of the versions %s, wanted %s"
                .formatted(path, elf.definedVersions(), wanted));
      }
      Set<String> missing = elf.missing(library.symbols(), wanted);
      if (!missing.isEmpty()) {
        throw new LibraryMissingException("%s does not have %s".formatted(path, missing));
      }
      return Relinking.relink(file, binding, library.file(BINDINGS), wanted);
    } catch (IOException e) {
      throw new LibraryMissingException(e.getMessage(), e);
    }
  }

  /** One line: where it is, and what was done to JCuda's binding. */
  @Override
  public String toString() {
    return cuda == BINDINGS
        ? path.toString()
        : "%s, %s relinked to it from %s"
            .formatted(path, library.binding(), library.file(BINDINGS));
  }
}
