package io.rowwise.backend.cuda;

import io.rowwise.backend.cuda.jcuda.NativeCompiler;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.function.Supplier;
import jcuda.JCudaVersion;

/** Loads NVRTC and JCuda's binding of it, or says in one line why they do not load. */
final class CompilerLoader {
  private CompilerLoader() {}

  /**
   * The compiler, loaded when first asked for.
   *
   * @throws CompilerUnavailableException if it does not load, each time with the same reason
   */
  static Compiler compiler() {
    return Once.RESULT.get();
  }

  /** As the driver's: there is no second try. */
  private static final class Once {
    static final Supplier<Compiler> RESULT = load();

    private static Supplier<Compiler> load() {
      try {
        Compiler compiler =
            CompilerLoader.load(
                DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch")),
                CompilerLoader.class.getClassLoader(),
                Path.of(System.getProperty("java.io.tmpdir")));
        return () -> compiler;
      } catch (CompilerUnavailableException e) {
        return () -> {
          throw new CompilerUnavailableException(e.getMessage(), e);
        };
      }
    }
  }

  /**
   * Loads it anew.
   *
   * @param platform as {@link DriverLoader#platform} gives it
   * @param jars sees the jars of JCuda and of its native libraries
   * @param temporary the directory to unpack in; on Linux nothing stays there
   */
  static Compiler load(String platform, ClassLoader jars, Path temporary) {
    try {
      String version = JCudaVersion.get();
      String library = "JNvrtc-" + version + "-" + platform;
      String file = System.mapLibraryName(library);
      try (InputStream packed = jars.getResourceAsStream("lib/" + file)) {
        if (packed == null) {
          throw new CompilerUnavailableException(
              "%s is not on the class path; add org.jcuda:jcuda-natives:%s:%s"
                  .formatted(file, version, platform));
        }
        try (PrivateDirectory directory = PrivateDirectory.in(temporary)) {
          directory.add(file, packed);
          return start(library, jars, directory.path());
        }
      }
    } catch (IOException e) {
      throw new CompilerUnavailableException(
          "JCuda's native library cannot be unpacked in java.io.tmpdir=%s: %s"
              .formatted(temporary, e),
          e);
    } catch (LinkageError e) {
      throw new CompilerUnavailableException(reason(e, temporary), e);
    }
  }

  private static Compiler start(String library, ClassLoader jars, Path directory) {
    Throwable failure;
    try {
      return (Compiler)
          new JCudaClassLoader(jars, directory)
              .loadClass(NativeCompiler.class.getName())
              .getConstructor(String.class)
              .newInstance(library);
    } catch (InvocationTargetException e) {
      failure = e.getCause();
    } catch (ReflectiveOperationException | LinkageError e) {
      failure = e;
    }
    throw new CompilerUnavailableException(reason(failure, directory), failure);
  }

  /**
   * One line out of what the loading threw.
   *
   * @param directory the line does not show it, as its name is another one each time
   */
  static String reason(Throwable failure, Path directory) {
    String line = failure.toString().lines().findFirst().orElseThrow();
    if (line.contains("libnvrtc.so.12: cannot open")
        || line.endsWith("Can't find dependent libraries")) {
      return "no NVRTC: %s was not found; it comes with the CUDA toolkit 12, or compile to PTX beforehand with nvcc -ptx"
          .formatted(line.contains(".so") ? "libnvrtc.so.12" : "nvrtc64_120_0.dll");
    }
    return "JCuda's NVRTC does not load: " + line.replace(directory + File.separator, "");
  }
}
