package io.rowwise.backend.cuda.loader;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.jcuda.NativeDriver;
import io.rowwise.backend.cuda.library.Binding;
import io.rowwise.backend.cuda.library.CudaLibrary;
import io.rowwise.backend.library.PrivateDirectory;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Loads JCuda and the NVIDIA driver, or says in one line why they do not load.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class DriverLoader {
  /** What the names of the directories begin with in which JCuda's libraries are loaded. */
  static final String DIRECTORIES = "rowwise-cuda-";

  private static final Set<String> PLATFORMS = Set.of("linux-x86_64", "windows-x86_64");

  private DriverLoader() {}

  /**
   * The driver, loaded when first asked for.
   *
   * @throws BackendUnavailableException if it does not load, each time with the same reason
   */
  public static Driver driver() {
    return Once.RESULT.get();
  }

  /**
   * The one load, under the lock of class initialisation. Its result is kept, whichever way it
   * went: a library that is loaded stays loaded, and one that was not there would be unpacked again
   * for the same answer.
   */
  private static final class Once {
    static final Supplier<Driver> RESULT = load();

    private static Supplier<Driver> load() {
      try {
        Driver driver =
            DriverLoader.load(
                platform(System.getProperty("os.name"), System.getProperty("os.arch")),
                DriverLoader.class.getClassLoader(),
                Path.of(System.getProperty("java.io.tmpdir")));
        return () -> driver;
      } catch (BackendUnavailableException e) {
        return () -> {
          throw new BackendUnavailableException(e.getMessage(), e);
        };
      }
    }
  }

  /** A platform as JCuda's artifacts name it; one that they do not know keeps its own names. */
  public static String platform(String osName, String osArch) {
    String name = osName.toLowerCase(Locale.ROOT);
    String os = name;
    if (name.startsWith("windows")) {
      os = "windows";
    } else if (name.startsWith("mac")) {
      os = "macosx";
    }
    return os + "-" + (osArch.equals("amd64") ? "x86_64" : osArch);
  }

  /**
   * Loads it anew.
   *
   * @param platform as {@link #platform} gives it
   * @param jars sees the jars of JCuda and of its native libraries
   * @param temporary the directory to unpack in; on Linux nothing stays there
   */
  static Driver load(String platform, ClassLoader jars, Path temporary) {
    if (!PLATFORMS.contains(platform)) {
      throw new BackendUnavailableException("JCuda has no native library for " + platform);
    }
    if (platform.startsWith("windows")) {
      PrivateDirectory.deleteLeft(temporary, DIRECTORIES);
    }
    try {
      String library = Binding.name("JCudaDriver", platform);
      String file = System.mapLibraryName(library);
      try (InputStream packed = jars.getResourceAsStream("lib/" + file)) {
        if (packed == null) {
          throw new BackendUnavailableException(
              Binding.notOnTheClassPath(library, "jcuda-natives", platform));
        }
        try (PrivateDirectory directory = PrivateDirectory.in(temporary, DIRECTORIES)) {
          directory.add(file, packed);
          IntFunction<Binding> cublas =
              version -> Binding.of(CudaLibrary.CUBLAS, version, platform, jars, directory);
          return start(library, jars, directory.path(), cublas);
        }
      }
    } catch (IOException e) {
      throw new BackendUnavailableException(
          "JCuda's native library cannot be unpacked in java.io.tmpdir=%s: %s"
              .formatted(temporary, e),
          e);
    } catch (LinkageError e) {
      throw new BackendUnavailableException(reason(e, temporary), e);
    }
  }

  private static Driver start(
      String library, ClassLoader jars, Path directory, IntFunction<Binding> cublas) {
    Throwable failure;
    try {
      return (Driver)
          new JCudaClassLoader(jars, directory)
              .loadClass(NativeDriver.class.getName())
              .getConstructor(String.class, IntFunction.class)
              .newInstance(library, cublas);
    } catch (InvocationTargetException e) {
      failure = e.getCause();
    } catch (ReflectiveOperationException | LinkageError e) {
      failure = e;
    }
    throw new BackendUnavailableException(reason(failure, directory), failure);
  }

  /**
   * One line out of what the loading threw.
   *
   * @param directory the line does not show it, as its name is another one each time
   */
  static String reason(Throwable failure, Path directory) {
    String line = failure.toString().lines().findFirst().orElseThrow();
    if (line.contains("libcuda.so.1: cannot open")) {
      return "no NVIDIA driver: libcuda.so.1 was not found";
    }
    if (line.endsWith("Can't find dependent libraries")) {
      return "no NVIDIA driver: nvcuda.dll, or a library that JCuda needs, was not found";
    }
    return "JCuda does not load: " + line.replace(directory + File.separator, "");
  }
}
