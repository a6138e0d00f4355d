package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.BackendUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;

/** OpenBLAS's native libraries for a platform, as they lie in the jars on the class path. */
final class PackedLibraries {
  /** The library. */
  static final String OPENBLAS = "libopenblas.so.0";

  /** JavaCPP's binding of it, which has the C library's memory in it as well. */
  static final String BINDING = "libjniopenblas_nolapack.so";

  private static final List<String> PLATFORMS =
      List.of("linux-x86_64", "linux-arm64", "macosx-x86_64", "macosx-arm64", "windows-x86_64");

  private static final int BUFFER_BYTES = 1 << 16;

  private final ClassLoader jars;
  private final String folder;

  private PackedLibraries(ClassLoader jars, String platform) {
    this.jars = jars;
    this.folder = folder(platform);
  }

  private static String folder(String platform) {
    return String.join("", "org/bytedeco/openblas/", platform, "/");
  }

  /**
   * Those of a platform.
   *
   * @param jars sees the jars
   * @param platform as JavaCPP names it
   * @throws BackendUnavailableException if they are not there; the message names the artifact
   */
  static PackedLibraries of(ClassLoader jars, String platform) {
    PackedLibraries libraries = new PackedLibraries(jars, platform);
    if (!libraries.has(OPENBLAS) || !libraries.has(BINDING)) {
      List<String> others =
          PLATFORMS.stream()
              .filter(other -> !other.equals(platform))
              .filter(other -> jars.getResource(folder(other)) != null)
              .toList();
      throw new BackendUnavailableException(
          String.join(
              "",
              "OpenBLAS's native libraries for ",
              platform,
              " are not on the class path",
              others.isEmpty() ? "" : ", only those for " + String.join(", ", others),
              "; add org.bytedeco:openblas with the classifier ",
              platform));
    }
    return libraries;
  }

  boolean has(String file) {
    return jars.getResource(folder.concat(file)) != null;
  }

  /** A library's bytes; the caller closes it. */
  InputStream open(String file) throws IOException {
    URL url = jars.getResource(folder.concat(file));
    if (url == null) {
      throw new IOException(folder + file + " is not on the class path any more");
    }
    URLConnection connection = url.openConnection();
    // The cache would keep the jar open when whoever deployed it replaces it.
    connection.setUseCaches(false);
    return connection.getInputStream();
  }

  /** What tells these libraries from those of another version: a line for each. */
  String identity() throws IOException {
    return String.join("", identity(OPENBLAS), identity(BINDING));
  }

  private String identity(String file) throws IOException {
    URL url = jars.getResource(folder.concat(file));
    long size;
    long sum;
    URLConnection connection = url.openConnection();
    connection.setUseCaches(false);
    if (connection instanceof JarURLConnection inJar) {
      // The jar's directory says it without unpacking anything.
      try (JarFile jar = inJar.getJarFile()) {
        ZipEntry entry = jar.getEntry(inJar.getEntryName());
        size = entry.getSize();
        sum = entry.getCrc();
      }
    } else {
      CRC32 crc = new CRC32();
      size = 0;
      try (InputStream in = connection.getInputStream()) {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          crc.update(buffer, 0, read);
          size += read;
        }
      }
      sum = crc.getValue();
    }
    return String.join(" ", "packed", file, Long.toString(size), Long.toHexString(sum)) + "\n";
  }
}
