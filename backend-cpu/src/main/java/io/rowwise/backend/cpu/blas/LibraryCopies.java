package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.library.ElfFile;
import io.rowwise.backend.library.Relinking;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Copies of OpenBLAS and what it needs, changed so that they are nobody else's:
 *
 * <ul>
 *   <li>Each has another name of its own, and needs the others by those names: Linux takes a
 *       library that is loaded already for one that is needed, if the names are equal.
 *   <li>Where kernels are chosen for it, OpenBLAS asks {@code strdup} instead of {@code getenv},
 *       which returns what it is asked for; and it asks for {@code SkylakeX} and {@code 1} instead
 *       of the environment variables for its kernels and its number of threads.
 * </ul>
 */
final class LibraryCopies {
  /** The binding's file. */
  static final String BINDING = "libjniopenblas.so";

  private static final String NEEDED_BY_BINDING = "libopenblas_nolapack.so.0";
  private static final String VARIABLE_OF_THREADS = "OPENBLAS_NUM_THREADS";

  private static final int BUFFER_BYTES = 1 << 16;

  // The C++ library of the system needs that of the system.
  private static final String STAYS_SHARED = "libgcc_s.so.1";

  // Another one when the copies are made in another way.
  private static final String FORMAT = "rowwise 1";

  private final PackedLibraries packed;
  private final Optional<String> core;
  private final String identity;
  private final String key;

  /**
   * @param core which kernels OpenBLAS is to use; empty if it chooses
   */
  LibraryCopies(PackedLibraries packed, Optional<String> core) throws IOException {
    this.packed = packed;
    this.core = core;
    this.identity = String.join("", FORMAT, " ", core.orElse("detected"), "\n", packed.identity());
    CRC32 sum = new CRC32();
    sum.update(identity.getBytes(StandardCharsets.UTF_8));
    String digits = Long.toHexString(sum.getValue());
    this.key = "0".repeat(Integer.BYTES * 2 - digits.length()).concat(digits);
  }

  /** What they were made from and how, in some lines. */
  String identity() {
    return identity;
  }

  /** A short name of that. */
  String key() {
    return key;
  }

  /** The name of OpenBLAS's copy. */
  String openBlas() {
    return renamed(PackedLibraries.OPENBLAS);
  }

  /** Another name of the same length, which nobody else's library has. */
  private String renamed(String library) {
    String stem = library.substring("lib".length(), library.indexOf('.'));
    String digits = key.concat("0".repeat(library.length()));
    int room = library.length() - "librw.so".length() - 1;
    return String.join("", "librw", digits.substring(0, room), stem.substring(0, 1), ".so");
  }

  /** Writes them into an empty directory. */
  void unpackInto(Path directory) throws IOException {
    Queue<String> libraries = new ArrayDeque<>();
    Set<String> met = new HashSet<>();
    libraries.add(PackedLibraries.OPENBLAS);
    met.add(PackedLibraries.OPENBLAS);
    while (!libraries.isEmpty()) {
      String library = libraries.remove();
      MappedByteBuffer bytes = unpack(library, directory.resolve(renamed(library)));
      for (String needed : ElfFile.of(library, bytes).needed()) {
        if (!needed.equals(STAYS_SHARED) && packed.has(needed)) {
          Relinking.renameNeeded(library, bytes, needed, renamed(needed));
          if (met.add(needed)) {
            libraries.add(needed);
          }
        }
      }
      Relinking.rename(library, bytes, renamed(library));
      if (library.equals(PackedLibraries.OPENBLAS) && core.isPresent()) {
        Relinking.renameImport(library, bytes, "getenv", "strdup");
        Relinking.replaceText(library, bytes, OpenBlasCore.VARIABLE, core.get());
        Relinking.replaceText(library, bytes, VARIABLE_OF_THREADS, "1");
      }
    }
    Relinking.renameNeeded(
        PackedLibraries.BINDING,
        unpack(PackedLibraries.BINDING, directory.resolve(BINDING)),
        NEEDED_BY_BINDING,
        openBlas());
  }

  private MappedByteBuffer unpack(String library, Path to) throws IOException {
    try (InputStream in = packed.open(library)) {
      write(in, to);
    }
    // Mapped, since a small heap has no room for it.
    try (FileChannel channel =
        FileChannel.open(to, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(MapMode.READ_WRITE, 0, channel.size());
    }
  }

  /** Writes a file; a channel would need a direct buffer, of which the program may have no more. */
  static void write(InputStream in, Path to) throws IOException {
    try (OutputStream out = new FileOutputStream(to.toFile())) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    }
  }
}
