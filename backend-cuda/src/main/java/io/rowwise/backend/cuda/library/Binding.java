package io.rowwise.backend.cuda.library;

import io.rowwise.backend.library.PrivateDirectory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import jcuda.JCudaVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of JCuda's native libraries, made ready to be loaded, or why it is not. It is public because
 * who loads it lives in another class loader; programs do not use it.
 *
 * @param library what {@link System#loadLibrary} is to load
 * @param preload the files to load before it
 * @param missing one line that says why it cannot be loaded; null if it can
 */
public record Binding(String library, List<Path> preload, String missing) {
  private static final Logger LOG = LoggerFactory.getLogger(Binding.class);

  /** What {@link System#loadLibrary} calls one of JCuda's libraries. */
  public static String name(String binding, String platform) {
    return binding + "-" + JCudaVersion.get() + "-" + platform;
  }

  /** What is said when an artifact is not on the class path. */
  public static String notOnTheClassPath(String library, String artifact, String platform) {
    return "%s is not on the class path; add org.jcuda:%s:%s:%s"
        .formatted(System.mapLibraryName(library), artifact, JCudaVersion.get(), platform);
  }

  /**
   * Unpacks JCuda's binding of a library of the toolkit; on Linux so that it takes the one that is
   * there.
   *
   * @param driver the driver's version, as {@link LibrarySearch#here} takes it
   * @param jars sees the jars of JCuda's native libraries
   * @param directory where to
   */
  public static Binding of(
      CudaLibrary library,
      int driver,
      String platform,
      ClassLoader jars,
      PrivateDirectory directory) {
    String name = name(library.binding(), platform);
    String file = System.mapLibraryName(name);
    try (InputStream packed = jars.getResourceAsStream("lib/" + file)) {
      if (packed == null) {
        return missing(notOnTheClassPath(name, library.artifact(), platform));
      }
      byte[] binding = packed.readAllBytes();
      List<Path> preload = List.of();
      if (platform.startsWith("linux")) {
        FoundLibrary found = LibrarySearch.here(driver).find(library);
        binding = found.bind(file, binding);
        preload = found.preload();
        LOG.debug("{}: {}", library.title(), found);
      }
      directory.add(file, new ByteArrayInputStream(binding));
      return new Binding(name, preload, null);
    } catch (LibraryMissingException e) {
      return missing(e.getMessage());
    } catch (IOException e) {
      return missing("JCuda's library for %s cannot be unpacked: %s".formatted(library.title(), e));
    }
  }

  private static Binding missing(String reason) {
    return new Binding(null, List.of(), reason);
  }
}
