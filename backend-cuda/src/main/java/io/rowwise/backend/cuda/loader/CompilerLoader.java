package io.rowwise.backend.cuda.loader;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.jcuda.NativeCompiler;
import io.rowwise.backend.cuda.library.Binding;
import io.rowwise.backend.cuda.library.CudaLibrary;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import io.rowwise.backend.cuda.library.LibrarySearch;
import io.rowwise.backend.library.PrivateDirectory;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;

/**
 * Loads NVRTC and JCuda's binding of it, or says in one line why they do not load.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CompilerLoader {
  private static final String INSTEAD = "; or compile to PTX beforehand with nvcc -ptx";

  private CompilerLoader() {}

  /**
   * The compiler, loaded when first asked for.
   *
   * @throws LibraryMissingException if it does not load, each time with the same reason
   */
  public static Compiler compiler() throws LibraryMissingException {
    return Once.RESULT.get();
  }

  /** As the driver's: there is no second try. */
  private static final class Once {
    static final CompilerSupplier RESULT = load();

    private static CompilerSupplier load() {
      try {
        Compiler compiler =
            CompilerLoader.load(
                driverVersion(),
                DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch")),
                CompilerLoader.class.getClassLoader(),
                Path.of(System.getProperty("java.io.tmpdir")));
        return () -> compiler;
      } catch (LibraryMissingException e) {
        return () -> {
          throw new LibraryMissingException(e.getMessage(), e);
        };
      }
    }
  }

  /** What it writes has to be for the driver, which is there if there is a backend to load it. */
  private static int driverVersion() {
    try {
      return DriverLoader.driver().version();
    } catch (BackendUnavailableException | DriverException e) {
      return LibrarySearch.ANY_DRIVER;
    }
  }

  /**
   * Loads it anew.
   *
   * @param driver the driver's version, as {@link LibrarySearch#here} takes it
   * @param platform as {@link DriverLoader#platform} gives it
   * @param jars sees the jars of JCuda and of its native libraries
   * @param temporary the directory to unpack in; on Linux nothing stays there
   * @throws LibraryMissingException if it does not load
   */
  static Compiler load(int driver, String platform, ClassLoader jars, Path temporary)
      throws LibraryMissingException {
    try (PrivateDirectory directory = PrivateDirectory.in(temporary, DriverLoader.DIRECTORIES)) {
      Binding binding = Binding.of(CudaLibrary.NVRTC, driver, platform, jars, directory);
      if (binding.missing() != null) {
        throw new LibraryMissingException(binding.missing() + INSTEAD);
      }
      return start(binding, jars, directory.path());
    } catch (IOException e) {
      throw new LibraryMissingException(
          "JCuda's native library cannot be unpacked in java.io.tmpdir=%s: %s"
              .formatted(temporary, e),
          e);
    } catch (LinkageError e) {
      throw new LibraryMissingException(reason(e, temporary), e);
    }
  }

  private static Compiler start(Binding binding, ClassLoader jars, Path directory)
      throws LibraryMissingException {
    Throwable failure;
    try {
      return (Compiler)
          new JCudaClassLoader(jars, directory)
              .loadClass(NativeCompiler.class.getName())
              .getConstructor(Binding.class)
              .newInstance(binding);
    } catch (InvocationTargetException e) {
      failure = e.getCause();
    } catch (ReflectiveOperationException | LinkageError e) {
      failure = e;
    }
    throw new LibraryMissingException(reason(failure, directory), failure);
  }

  /**
   * One line out of what the loading threw.
   *
   * @param directory the line does not show it, as its name is another one each time
   */
  static String reason(Throwable failure, Path directory) {
    String line = failure.toString().lines().findFirst().orElseThrow();
    if (line.endsWith("Can't find dependent libraries")) {
      return "NVRTC is missing: nvrtc64_120_0.dll was not found" + INSTEAD;
    }
    return "JCuda's NVRTC does not load: " + line.replace(directory + File.separator, "");
  }
}
